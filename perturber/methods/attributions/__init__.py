"""Attributions, one file each: which pixels speak for a class. No module here imports torch when it is imported."""
