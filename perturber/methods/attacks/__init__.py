"""Attacks, one file each. No module here imports torch when it is imported: the window reads the configurations."""
