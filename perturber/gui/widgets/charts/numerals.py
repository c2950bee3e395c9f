"""Numbers as they are written where there is little room."""

from __future__ import annotations

LARGE, HUGE = 1000, 1_000_000


def short(value: float, digits: int = 3) -> str:
    """A number with so many digits, and large ones in full instead of with an exponent."""
    return f"{value:.0f}" if LARGE <= abs(value) < HUGE else f"{value:.{digits}g}"
