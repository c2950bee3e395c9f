"""Parametric vehicles: bodies drawn from their side view, with shared wheels, windows and lamps. Lengths in metres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from perturber.training.studio.solids import (
    ACCENT,
    DARK,
    MAIN,
    SECOND,
    Shaper,
    Solid,
    both,
    box,
    ellipsoid,
    lathe,
    limb,
    moved,
    prism,
    slab,
    standing,
    turn,
)

PROUD = 0.03
"""How far windows, lamps and stripes stand out from the body."""


def wheel(radius: float, width: float, hub: int = SECOND, segments: int = 16) -> list[Solid]:
    """A tyre and its hub around the x axis, centred at the origin."""
    half, inner = width / 2, 0.6 * radius
    tyre = [
        (inner, -half),
        (0.92 * radius, -half),
        (radius, -0.7 * half),
        (radius, 0.7 * half),
        (0.92 * radius, half),
        (inner, half),
    ]
    disc = [(inner, -half - 0.01), (inner, half + 0.01), (0.25 * radius, half + 0.02)]
    parts = [lathe(tyre, DARK, segments=segments), lathe(disc, hub, segments=12)]
    return [moved(part, turn(2, -90)) for part in parts]


def axle(z: float, track: float, radius: float, width: float, hub: int = SECOND) -> list[Solid]:
    """Two wheels on the ground, their outer sides ``track`` apart."""
    right = [moved(part, offset=((track - width) / 2, radius, z)) for part in wheel(radius, width, hub)]
    return both(*right)


@dataclass(frozen=True)
class Row:
    """A row of windows (or lockers) along both sides of a body."""

    start: float
    """z of its rear end; its front end likewise."""
    end: float
    low: float
    high: float
    gap: float = 0.12


def windows(row: Row, width: float, count: int, role: int = DARK) -> list[Solid]:
    """So many panes on both sides of a body of some width."""
    step = (row.end - row.start) / count
    size = (2 * PROUD, row.high - row.low, step - row.gap)
    y = (row.low + row.high) / 2
    return both(*(box(size, (width / 2, y, row.start + (k + 0.5) * step), role) for k in range(count)))


def _glass(low: tuple[float, float], high: tuple[float, float], width: float, role: int = DARK) -> Solid:
    """A windscreen over the full slope between two points (z, y) of the side view."""
    x = width / 2
    corners = [(-x, low[1], low[0]), (x, low[1], low[0]), (0.94 * x, high[1], high[0]), (-0.94 * x, high[1], high[0])]
    return slab(corners, 2 * PROUD, role)


def _between(a: tuple[float, float], b: tuple[float, float], share: float) -> tuple[float, float]:
    return a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])


def _screen(
    low: tuple[float, float], high: tuple[float, float], width: float, part: Sequence[float] = (0.1, 0.88)
) -> Solid:
    """A windscreen on a part of a slope of the side view."""
    return _glass(_between(low, high, part[0]), _between(low, high, part[1]), width)


def _front(width: float, z: float, y: float, size: float) -> list[Solid]:
    """Two round lamps on the front."""
    return both(ellipsoid((0.36 * width, y, z), (size, size, 0.4 * size), ACCENT, segments=10, rings=6))


def _mirrors(width: float, y: float, z: float) -> list[Solid]:
    arm = limb(
        [(width / 2 - 0.05, y, z, 0.025), (width / 2 + 0.22, y + 0.05, z, 0.025)],
        DARK,
        samples=3,
        segments=6,
        side=(0, 1, 0),
    )
    return both(arm, box((0.07, 0.36, 0.2), (width / 2 + 0.22, y - 0.08, z), DARK, 0.02))


def _bar(z: float, y: float, width: float, deep: float) -> list[Solid]:
    """A light bar across a roof."""
    return [
        box((0.25 * width, 0.1, deep), (0, y + 0.05, z), SECOND, 0.02),
        *both(box((0.3 * width, 0.17, deep), (0.29 * width, y + 0.08, z), ACCENT, 0.04)),
    ]


def _ladder(length: float, wide: float, thick: float = 0.05) -> list[Solid]:
    """A ladder along z around the origin: two rails and rungs."""
    rails = both(box((thick, 1.8 * thick, length), (wide / 2, 0, 0), ACCENT))
    count = max(int(length / 0.42), 6)
    rungs = [box((wide, thick, thick), (0, 0, -length / 2 + (k + 0.5) * length / count), ACCENT) for k in range(count)]
    return [*rails, *rungs]


def fire_truck(rng: np.random.Generator) -> list[Solid]:
    """A cab over its front axle, a long body with lockers, a ladder on the roof and a light bar."""
    length, width, floor = rng.uniform(5.6, 8.2), rng.uniform(2.1, 2.5), rng.uniform(0.55, 0.75)
    cab, top = rng.uniform(1.7, 2.6), rng.uniform(2.55, 3.0)
    deck = top + rng.uniform(-0.35, 0.12)
    nose, back = length / 2, -length / 2
    rear = nose - cab
    slope, sill = rng.uniform(0.08, 0.4), rng.uniform(1.35, 1.65)
    roof = nose - slope
    outline = [(rear, floor), (nose, floor), (nose + 0.04, sill), (roof, top), (rear, top)]
    parts = [
        prism(outline, width, MAIN, 0.08),
        prism([(back, floor), (rear - 0.06, floor), (rear - 0.06, deck), (back, deck)], width, MAIN, 0.05),
        box((0.8 * width, 0.3, length - 0.3), (0, floor - 0.02, 0), DARK),
        _screen((nose + 0.04, sill), (roof, top), 0.9 * width),
        box((width + 0.1, 0.28, 0.3), (0, floor + 0.05, nose + 0.08), SECOND, 0.05),
        box((0.5 * width, 0.4, 0.1), (0, sill - 0.38, nose + 0.03), SECOND, 0.02),
        *_front(width, nose + 0.06, sill - 0.4, 0.15),
        *windows(Row(rear + 0.1, roof - 0.05, sill + 0.05, top - 0.2), width, int(rng.integers(1, 3))),
        *_bar(rear + 0.55 * cab, top, 0.8 * width, rng.uniform(0.25, 0.4)),
        *_mirrors(width, sill + 0.35, nose - 0.1),
    ]
    stripe, high = rng.uniform(1.05, 1.25), rng.uniform(0.1, 0.2)
    parts += both(box((2 * PROUD, high, length - 0.15), (width / 2, stripe, 0), SECOND))
    lockers = Row(back + 0.1, rear - 0.15, stripe + 0.22, deck - 0.18)
    parts += windows(lockers, width, int(rng.integers(3, 6)), rng.choice([SECOND, DARK]))
    radius = rng.uniform(0.48, 0.56)
    for z in [
        nose - 0.42 * cab,
        back + 0.24 * length,
        *([back + 0.24 * length - 2.2 * radius] if length > 7.4 else []),
    ]:
        parts += axle(z, width + 0.06, radius, 0.4)
    return standing([*parts, *_rescue(rng, (back, nose), (deck, top), width)])


def _rescue(
    rng: np.random.Generator, ends: tuple[float, float], roofs: tuple[float, float], width: float
) -> list[Solid]:
    """The ladder of a fire truck, on its turntable or in a rack, and hoses."""
    back, nose = ends
    base = max(roofs) + rng.uniform(0.22, 0.32)
    long = (nose - back) * rng.uniform(0.75, 1.0)
    tilt = rng.uniform(0, 6) if rng.random() < 0.7 else rng.uniform(6, 16)
    x = rng.choice([0.0, 0.22 * width, -0.22 * width])
    lift = 0.5 * long * np.sin(np.radians(tilt))
    at = (x, base + lift, back + 0.5 * long + 0.1)
    parts = [moved(part, turn(0, -tilt), at) for part in _ladder(long, rng.uniform(0.5, 0.75))]
    pad = lathe([(0.45, roofs[0] - 0.05), (0.4, base + 0.02)], DARK, segments=14)
    parts.append(moved(pad, offset=(x, 0, back + 0.6)))
    parts.append(box((0.6, max(base - roofs[0], 0.1), 0.12), (x, (base + roofs[0]) / 2, back + 0.55 * long), DARK))
    if abs(x) > 0.1:
        reel = lathe([(0.24, -0.3), (0.24, 0.3)], SECOND, segments=12)
        parts.append(moved(reel, turn(0, 90), (-x, roofs[0] + 0.2, back + rng.uniform(1.0, 2.0))))
    return parts


def race_car(rng: np.random.Generator) -> list[Solid]:
    """Low and wide: a closed wedge with a spoiler, or an open-wheeled car with wings at both ends."""
    return standing(_formula(rng) if rng.random() < 0.35 else _wedge(rng))


def _wedge(rng: np.random.Generator) -> list[Solid]:
    """A closed racing car with a low nose, fenders, a small cabin and a rear wing."""
    length, width = rng.uniform(4.2, 4.8), rng.uniform(1.9, 2.1)
    low, nose, hip = rng.uniform(0.08, 0.14), rng.uniform(0.3, 0.45), rng.uniform(0.72, 0.88)
    top = hip + rng.uniform(0.28, 0.42)
    front, back = length / 2, -length / 2
    waist = rng.uniform(0.08, 0.2) * length
    outline = [(back, low + 0.1), (front, low), (front, nose), (waist, hip), (back + 0.1, hip + 0.03)]
    cabin = [(waist + 0.25, hip - 0.12), (waist - 0.6, top), (-0.15 * length, top), (back + 0.35, hip - 0.1)]
    inside = 0.68 * width
    parts = [
        prism(outline, 0.86 * width, MAIN, 0.08),
        prism(cabin, inside, MAIN, 0.1),
        _screen(cabin[0], cabin[1], 0.9 * inside, (0.25, 0.92)),
        _screen(cabin[3], cabin[2], 0.8 * inside, (0.4, 0.9)),
        *windows(Row(-0.14 * length, waist - 0.55, hip + 0.02, top - 0.07, 0.06), inside, 1),
        box((width, 0.06, 0.35), (0, low + 0.03, front + 0.05), SECOND, 0.02),
        *both(ellipsoid((0.32 * width, nose + 0.02, front - 0.2), (0.16, 0.07, 0.2), ACCENT, segments=10, rings=7)),
        *both(box((0.25, 0.1, 0.06), (0.3 * width, hip - 0.12, back + 0.02), ACCENT)),
        *both(box((0.1, 0.16, 0.4 * length), (0.45 * width, low + 0.1, 0), SECOND, 0.03)),
    ]
    if rng.random() < 0.6:
        start, end = (front, nose), (waist, hip)
        parts.append(_glass(_between(start, end, 0.02), _between(start, end, 0.9), rng.uniform(0.3, 0.6), SECOND))
    radius, wide = rng.uniform(0.33, 0.37), rng.uniform(0.3, 0.36)
    for z in (front - 0.19 * length, back + 0.19 * length):
        parts += axle(z, width, radius, wide)
        parts += both(
            ellipsoid((width / 2 - 0.5 * wide, radius + 0.04, z), (0.55 * wide, radius + 0.07, 1.5 * radius), MAIN)
        )
    high = hip + rng.uniform(0.25, 0.5)
    return [*parts, *_wing((0, high, back + 0.15), (width * rng.uniform(0.85, 1.0), 0.35), hip)]


def _wing(at: tuple[float, float, float], size: tuple[float, float], foot: float) -> list[Solid]:
    """A wing (width, depth) with end plates on two posts that reach down to a height."""
    x, y, z = at
    wide, deep = size
    plate = moved(box((wide, 0.05, deep), (0, 0, 0), SECOND, 0.015), turn(0, 8), (x, y, z))
    ends = both(box((0.04, 0.24, deep + 0.08), (wide / 2, y - 0.02, z), MAIN, 0.01))
    posts = both(box((0.05, y - foot + 0.1, 0.16), (0.25 * wide, (y + foot) / 2 - 0.05, z), DARK))
    return [plate, *ends, *posts]


def _formula(rng: np.random.Generator) -> list[Solid]:
    """An open-wheeled car: a slim tub with a needle nose, side pods, an air box, wings and fat wheels."""
    length, width = rng.uniform(4.4, 5.2), rng.uniform(1.85, 2.05)
    front, back = length / 2, -length / 2
    tip = rng.uniform(0.2, 0.35)
    tub = [
        (0, 0.42, back + 0.3, 0.16, 0.2),
        (0, 0.48, -0.2 * length, 0.36, 0.3),
        (0, 0.45, 0.08 * length, 0.33, 0.26),
        (0, tip + 0.12, 0.32 * length, 0.19, 0.15),
        (0, tip, front - 0.1, 0.1, 0.07),
    ]
    box_top = rng.uniform(0.85, 1.0)
    parts = [
        limb(tub, samples=14, segments=14),
        prism(
            [(back + 0.4, 0.5), (-0.02 * length, 0.5), (-0.06 * length, box_top), (-0.14 * length, box_top)],
            0.3,
            MAIN,
            0.06,
        ),
        ellipsoid((0, 0.72, 0.03 * length), (0.24, 0.1, 0.42), DARK),
        ellipsoid((0, 0.84, 0.0), 0.15, ACCENT, segments=12, rings=9),
        *both(
            prism(
                [(-0.3 * length, 0.12), (0.1 * length, 0.12), (0.08 * length, 0.55), (-0.2 * length, 0.5)],
                0.46,
                MAIN,
                0.1,
            )
        ),
    ]
    pods = [moved(part, offset=(side * 0.27 * width, 0, 0)) for part, side in zip(parts[-2:], (1, -1), strict=True)]
    parts = [*parts[:-2], *pods, box((1.5, 0.06, 0.75 * length), (0, 0.12, -0.03 * length), DARK)]
    fat = rng.uniform(0.34, 0.44)
    for z, radius in ((0.31 * length, 0.33), (back + 0.17 * length, 0.36)):
        parts += axle(z, width, radius, fat)
        rods = [(0.05, 0.42, z + 0.15, 0.035), (width / 2 - 0.5 * fat, radius, z, 0.035)]
        parts += both(limb(rods, DARK, samples=3, segments=6, side=(0, 0, 1)))
    parts += _wing((0, rng.uniform(0.85, 1.05), back + 0.25), (0.8 * width * rng.uniform(0.7, 1), 0.42), 0.4)
    parts += [box((0.95 * width, 0.05, 0.42), (0, tip - 0.09, front - 0.1), SECOND, 0.015)]
    parts += both(box((0.04, 0.22, 0.5), (0.475 * width, tip - 0.02, front - 0.1), MAIN, 0.01))
    return parts


def school_bus(rng: np.random.Generator) -> list[Solid]:
    """A long box with a row of windows behind a short hood."""
    length, width, floor = rng.uniform(6.2, 9.0), rng.uniform(2.2, 2.5), rng.uniform(0.55, 0.7)
    top, hood = rng.uniform(2.7, 3.05), rng.uniform(0.75, 1.35)
    front, back = length / 2 - hood, -length / 2
    sill = floor + rng.uniform(0.75, 0.95)
    bow, lean = rng.uniform(0.1, 0.22), rng.uniform(0.05, 0.2)
    outline = [
        (back, floor),
        (front, floor),
        (front, sill),
        (front - lean, top - bow),
        (front - lean - 0.15, top),
        (back + 0.15, top),
    ]
    outline += [(back, top - bow)]
    nose = length / 2
    bonnet = [
        (front - 0.1, floor),
        (nose, floor),
        (nose, sill - 0.25),
        (nose - 0.15, sill - 0.05),
        (front - 0.1, sill + 0.05),
    ]
    parts = [
        prism(outline, width, MAIN, bow),
        prism(bonnet, 0.8 * width, MAIN, 0.12),
        _screen((front, sill), (front - lean, top - bow), 0.86 * width, (0.08, 0.95)),
        box((0.5 * width, 0.45, 0.06), (0, floor + 0.4, nose), DARK),
        *_front(width * 0.9, nose, floor + 0.45, 0.13),
        box((width, 0.22, 0.16), (0, floor + 0.02, nose + 0.08), DARK, 0.04),
        box((width, 0.22, 0.16), (0, floor + 0.02, back - 0.06), DARK, 0.04),
        box((0.8 * width, 0.25, length - 0.4), (0, floor, 0), DARK),
        box((0.75 * width, 0.7, 0.06), (0, sill + 0.55, back), DARK),
        *both(ellipsoid((0.36 * width, top - 0.08, front - lean - 0.05), 0.1, ACCENT, segments=8, rings=6)),
        *both(ellipsoid((0.36 * width, top - 0.08, back + 0.05), 0.1, ACCENT, segments=8, rings=6)),
    ]
    panes = Row(back + 0.25, front - lean - 0.2, sill + 0.15, top - 0.42, rng.uniform(0.1, 0.2))
    parts += windows(panes, width, int(rng.integers(6, 11)))
    for y in (sill + 0.02, floor + 0.35)[: rng.integers(1, 3)]:
        parts += both(box((2 * PROUD, 0.09, front - back - 0.1), (width / 2, y, (front + back) / 2), SECOND))
    if rng.random() < 0.7:
        parts.append(box((0.06, 0.5, 0.5), (width / 2 + 0.08, sill - 0.25, front - 0.9), ACCENT, 0.02))
    parts += _mirrors(width, sill + 0.3, front)
    radius = rng.uniform(0.45, 0.52)
    for z in (nose - 0.55 * hood, back + rng.uniform(0.2, 0.3) * length):
        parts += axle(z, width + 0.04, radius, 0.35)
    return standing(parts)


def moving_van(rng: np.random.Generator) -> list[Solid]:
    """A small cab before a big plain box, which often reaches over its roof."""
    width, floor, cab = rng.uniform(2.1, 2.4), rng.uniform(0.65, 0.8), rng.uniform(1.6, 2.1)
    cargo, top = rng.uniform(3.4, 5.6), rng.uniform(2.9, 3.6)
    nose = (cab + cargo) / 2
    rear, back = nose - cab, -nose
    roof, sill, hood = rng.uniform(2.0, 2.3), rng.uniform(1.25, 1.4), rng.uniform(0.25, 0.75)
    slope = rng.uniform(0.3, 0.5)
    low = floor - 0.15
    outline = [
        (rear, low),
        (nose, low),
        (nose, sill - 0.2),
        (nose - hood, sill),
        (nose - hood - slope, roof),
        (rear, roof),
    ]
    over = rng.uniform(0.5, 0.9) * (cab - hood - slope) if rng.random() < 0.45 else 0.0
    parts = [
        prism(outline, 0.92 * width, SECOND if rng.random() < 0.5 else MAIN, 0.08),
        prism([(back, floor), (rear - 0.08, floor), (rear - 0.08, top), (back, top)], width, MAIN, 0.04),
        box((0.6 * width, 0.3, cargo + cab - 0.5), (0, floor - 0.12, 0), DARK),
        _screen((nose - hood, sill), (nose - hood - slope, roof), 0.8 * width),
        *windows(Row(rear + 0.2, nose - hood - slope + 0.1, sill + 0.03, roof - 0.17), 0.92 * width, 1),
        box((0.95 * width, 0.24, 0.2), (0, low + 0.08, nose + 0.05), DARK, 0.04),
        box((0.4 * width, 0.25, 0.05), (0, sill - 0.42, nose), DARK),
        *_front(0.92 * width, nose, sill - 0.4, 0.12),
        *_mirrors(0.92 * width, sill + 0.25, nose - hood - 0.1),
        *both(box((0.12, 0.25, 0.05), (0.42 * width, floor + 0.05, back), ACCENT)),
    ]
    if over:
        parts.append(
            prism(
                [(rear - 0.2, roof + 0.06), (rear + 0.7 * over, roof + 0.06), (rear + over, top), (rear - 0.2, top)],
                width,
                MAIN,
                0.04,
            )
        )
    if rng.random() < 0.6:
        parts += both(
            box(
                (2 * PROUD, rng.uniform(0.2, 0.6), cargo - 0.3),
                (width / 2, (floor + top) / 2, (back + rear) / 2),
                SECOND,
            )
        )
    if rng.random() < 0.6:
        parts += [
            box((0.9 * width, 0.04, 2 * PROUD), (0, floor + k * (top - floor) / 5, back), DARK) for k in range(1, 5)
        ]
    radius = rng.uniform(0.42, 0.5)
    for z in (nose - 0.42 * cab, back + 0.25 * cargo):
        parts += axle(z, width, radius, 0.34)
    return standing(parts)


def tractor(rng: np.random.Generator) -> list[Solid]:
    """Big lugged wheels behind, small ones in front, a slim hood, an exhaust, mostly a cabin."""
    length, big, small = rng.uniform(2.9, 3.6), rng.uniform(0.78, 0.98), rng.uniform(0.42, 0.56)
    nose, back = length / 2, -length / 2
    rear, front = back + 0.75 * big, nose - 0.7 * small
    width, low, hood = rng.uniform(0.62, 0.82), rng.uniform(0.5, 0.65), rng.uniform(1.25, 1.5)
    waist, drop = rng.uniform(-0.1, 0.15), rng.uniform(0.02, 0.2)
    wide, track = rng.uniform(0.42, 0.6), rng.uniform(1.9, 2.2)
    bonnet = [
        (waist - 0.1, low + 0.1),
        (nose, low + 0.15),
        (nose + 0.03, hood - drop - 0.1),
        (nose - 0.12, hood - drop),
        (waist - 0.1, hood),
    ]
    parts = [
        prism(bonnet, width, MAIN, 0.07),
        box((0.5 * width, 0.4, length - 0.5), (0, low, -0.05), DARK, 0.04),
        box((0.7 * width, 0.5, 0.05), (0, (low + hood) / 2, nose + 0.02), DARK),
        *_front(width * 0.9, nose + 0.02, hood - drop - 0.22, 0.09),
        *both(box((2 * PROUD, 0.12, nose - waist - 0.3), (width / 2, hood - 0.22, (nose + waist) / 2), SECOND)),
        lathe(
            [(0.05, hood - 0.1), (0.05, hood + 0.35), (0.075, hood + 0.4), (0.075, hood + 0.75), (0.04, hood + 0.95)],
            DARK,
            segments=10,
        ),
        moved(lathe([(0.09, -0.85), (0.09, 0.85)], DARK, segments=8), turn(2, 90), (0, big, rear)),
        moved(lathe([(0.07, -0.7), (0.07, 0.7)], DARK, segments=8), turn(2, 90), (0, small, front)),
    ]
    parts[5] = moved(parts[5], offset=(rng.choice([-0.25, 0, 0.25]) * width, 0, rng.uniform(waist + 0.35, nose - 0.5)))
    parts += _lugged(rear, track, big, wide) + axle(front, track * rng.uniform(0.8, 0.95), small, 0.6 * wide, ACCENT)
    arch = np.linspace(15, 150, 7)
    fender = [(rear + 1.1 * big * np.cos(a), big + 1.1 * big * np.sin(a)) for a in np.radians(arch)]
    for side in (-1, 1):
        plate = prism([(rear, big), *fender], 0.7 * wide, MAIN, 0.02)
        parts.append(moved(plate, offset=(side * (track / 2 - 0.55 * wide), 0, 0)))
    return standing([*parts, *_driver(rng, (rear, waist), hood, track - 2 * wide)])


def _lugged(z: float, track: float, radius: float, width: float) -> list[Solid]:
    """The rear wheels of a tractor, with lugs across their tyres."""
    lugs = []
    for k in range(14):
        bar = box((0.9 * width, 0.07 * radius, 0.12), (0, radius, 0), DARK)
        lugs.append(moved(bar, turn(0, k * 360 / 14), ((track - width) / 2, radius, z)))
    return [*axle(z, track, radius, width, ACCENT), *both(*lugs)]


def _driver(rng: np.random.Generator, span: tuple[float, float], hood: float, inside: float) -> list[Solid]:
    """Where the driver sits: a glazed cabin, or a seat, perhaps under a roof on posts, and a steering wheel."""
    rear, waist = span
    back, wide, top = rear - 0.25, max(inside + 0.25, 0.95), hood + rng.uniform(0.85, 1.1)
    middle, deep = (back + waist) / 2, waist - back
    roof = box((wide + 0.15, 0.12, deep + 0.3), (0, top, middle), MAIN, 0.04)
    posts = both(
        *(
            box((0.07, top - hood + 0.3, 0.07), (wide / 2 - 0.05, (top + hood) / 2 - 0.15, z), MAIN)
            for z in (back, waist)
        )
    )
    base = box((wide - 0.05, 0.55, deep), (0, hood - 0.3, middle), MAIN, 0.03)
    style = rng.random()
    if style < 0.65:
        glass = box((wide - 0.12, top - hood + 0.1, deep - 0.04), (0, (top + hood) / 2, middle), DARK)
        return [roof, *posts, base, glass]
    seat = [
        box((0.5, 0.14, 0.45), (0, hood + 0.02, middle - 0.15), DARK, 0.04),
        box((0.5, 0.5, 0.12), (0, hood + 0.3, middle - 0.38), DARK, 0.04),
    ]
    rim = moved(
        lathe([(0.17, -0.02), (0.19, 0), (0.17, 0.02)], DARK, segments=14), turn(0, 55), (0, hood + 0.3, waist - 0.2)
    )
    column = limb([(0, hood - 0.05, waist, 0.03), (0, hood + 0.3, waist - 0.2, 0.03)], DARK, samples=3, segments=6)
    shelter = [roof, *posts] if style > 0.85 else []
    return [base, *seat, rim, column, *shelter]


SHAPES: dict[str, Shaper] = {
    "fire_truck": fire_truck,
    "race_car": race_car,
    "school_bus": school_bus,
    "moving_van": moving_van,
    "tractor": tractor,
}
