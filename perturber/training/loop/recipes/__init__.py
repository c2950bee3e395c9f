"""Training recipes, one file each, registered by their ``kind``."""
