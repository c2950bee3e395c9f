"""Pages of the documentation that are made from the code. `pages` is what ``make docs`` runs."""
