"""Colors that are distinguishable on white and on black."""

from __future__ import annotations

from collections.abc import Sequence

VARIANTS = ("#3b74e8", "#e06c1f", "#12a07a", "#a458d6", "#c9a208", "#d6497f", "#2aa3c9", "#7c8594")
STEPS = ("#6a4fd0", "#3b7fd6", "#17a398", "#69ad2b", "#d9a213", "#e2652b", "#cf3a5c")
"""From early to late, or from weak to strong."""


def variant(number: int) -> str:
    """The color of a variant by its place in the family."""
    return VARIANTS[number % len(VARIANTS)]


def along(number: int, count: int) -> str:
    """A color between the first and the last of `STEPS`."""
    place = (len(STEPS) - 1) * number / max(count - 1, 1)
    low = min(int(place), len(STEPS) - 2)
    return _between(STEPS[low : low + 2], place - low)


def _between(ends: Sequence[str], share: float) -> str:
    one, two = ([int(end[at : at + 2], 16) for at in (1, 3, 5)] for end in ends)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(one, two, strict=True))
