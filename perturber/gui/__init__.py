"""The window: the only package that imports Qt. It edits sessions and paints evaluations."""
