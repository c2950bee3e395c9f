"""Attributions, one file each: which pixels support a class. Importing them does not import torch."""
