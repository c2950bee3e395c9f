"""Report how a family was trained as an HTML page."""
