"""Parts shared by vehicles: wheels, windows, lamps, mirrors. Lengths in meters; the front faces +z."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from perturber.training.studio.objects.solids import (
    ACCENT,
    DARK,
    SECOND,
    Solid,
    both,
    box,
    ellipsoid,
    lathe,
    limb,
    moved,
    slab,
    turn,
)

PROUD = 0.03
"""Distance by which windows, lamps and stripes protrude from the body."""


def wheel(radius: float, width: float, hub: int = SECOND, segments: int = 16) -> list[Solid]:
    """A tire and its hub around the x axis, centered at the origin."""
    half, inner = width / 2, 0.6 * radius
    tire = [
        (inner, -half),
        (0.92 * radius, -half),
        (radius, -0.7 * half),
        (radius, 0.7 * half),
        (0.92 * radius, half),
        (inner, half),
    ]
    disc = [(inner, -half - 0.01), (inner, half + 0.01), (0.25 * radius, half + 0.02)]
    parts = [lathe(tire, DARK, segments=segments), lathe(disc, hub, segments=12)]
    return [moved(part, turn(2, -90)) for part in parts]


def axle(z: float, track: float, radius: float, width: float, hub: int = SECOND) -> list[Solid]:
    """Two wheels on the ground, their outer sides ``track`` apart."""
    right = [moved(part, offset=((track - width) / 2, radius, z)) for part in wheel(radius, width, hub)]
    return both(*right)


@dataclass(frozen=True)
class WindowRow:
    """A row of windows (or lockers) along both sides of a body."""

    start: float
    """z of the rear end; ``end`` is that of the front."""
    end: float
    low: float
    high: float
    gap: float = 0.12


def windows(row: WindowRow, width: float, count: int, role: int = DARK) -> list[Solid]:
    """``count`` panes on both sides of a body of the given width."""
    step = (row.end - row.start) / count
    size = (2 * PROUD, row.high - row.low, step - row.gap)
    y = (row.low + row.high) / 2
    return both(*(box(size, (width / 2, y, row.start + (k + 0.5) * step), role) for k in range(count)))


def glass(low: tuple[float, float], high: tuple[float, float], width: float, role: int = DARK) -> Solid:
    """A windshield over the full line between two points (z, y) of the side view."""
    x = width / 2
    corners = [(-x, low[1], low[0]), (x, low[1], low[0]), (0.94 * x, high[1], high[0]), (-0.94 * x, high[1], high[0])]
    return slab(corners, 2 * PROUD, role)


def between(a: tuple[float, float], b: tuple[float, float], share: float) -> tuple[float, float]:
    return a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])


def screen(
    low: tuple[float, float], high: tuple[float, float], width: float, part: Sequence[float] = (0.1, 0.88)
) -> Solid:
    """A windshield over a part of a line of the side view."""
    return glass(between(low, high, part[0]), between(low, high, part[1]), width)


def lamps(width: float, z: float, y: float, size: float) -> list[Solid]:
    """Two round lamps on the front."""
    return both(ellipsoid((0.36 * width, y, z), (size, size, 0.4 * size), ACCENT, segments=10, rings=6))


def mirrors(width: float, y: float, z: float) -> list[Solid]:
    arm = limb(
        [(width / 2 - 0.05, y, z, 0.025), (width / 2 + 0.22, y + 0.05, z, 0.025)],
        DARK,
        samples=3,
        segments=6,
        side=(0, 1, 0),
    )
    return both(arm, box((0.07, 0.36, 0.2), (width / 2 + 0.22, y - 0.08, z), DARK, 0.02))


def light_bar(z: float, y: float, width: float, deep: float) -> list[Solid]:
    """A light bar across a roof."""
    return [
        box((0.25 * width, 0.1, deep), (0, y + 0.05, z), SECOND, 0.02),
        *both(box((0.3 * width, 0.17, deep), (0.29 * width, y + 0.08, z), ACCENT, 0.04)),
    ]


def ladder(length: float, wide: float, thick: float = 0.05) -> list[Solid]:
    """A ladder along z around the origin: two rails and rungs."""
    rails = both(box((thick, 1.8 * thick, length), (wide / 2, 0, 0), ACCENT))
    count = max(int(length / 0.42), 6)
    rungs = [box((wide, thick, thick), (0, 0, -length / 2 + (k + 0.5) * length / count), ACCENT) for k in range(count)]
    return [*rails, *rungs]
