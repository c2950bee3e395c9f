"""Attacks, one file each. Importing them does not import torch, because the window reads their configurations."""
