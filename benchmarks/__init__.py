"""Speed as ratios within one run: this machine against itself, never seconds against a promise."""
