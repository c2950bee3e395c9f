"""Compact number formatting."""

from __future__ import annotations

LARGE, HUGE = 1000, 1_000_000


def short(value: float, digits: int = 3) -> str:
    """Return a number with this many significant digits; from 1,000 to 1,000,000 as an integer."""
    return f"{value:.0f}" if LARGE <= abs(value) < HUGE else f"{value:.{digits}g}"
