"""Training recipes, one per file, registered by ``kind``."""
