"""What is measured on networks, one file for each measure, registered by their ``kind``."""
