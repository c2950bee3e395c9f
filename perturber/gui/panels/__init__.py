"""The parts of the window, one panel per file."""
