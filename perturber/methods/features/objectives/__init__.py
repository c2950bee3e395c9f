"""Objectives of feature visualization, one file each, registered by their ``kind``."""
