"""Speed as ratios within one run on one machine, never as absolute seconds."""
