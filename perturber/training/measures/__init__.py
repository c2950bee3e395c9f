"""Measures of networks, one per file, registered by ``kind``."""
