"""Documentation pages generated from the code. ``make docs`` runs `pages`."""
