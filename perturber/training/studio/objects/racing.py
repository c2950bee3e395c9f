"""Parametric racing cars. Lengths in meters."""

from __future__ import annotations

import numpy as np

from perturber.training.studio.objects.chassis import WindowRow, axle, between, glass, screen, windows
from perturber.training.studio.objects.solids import (
    ACCENT,
    DARK,
    MAIN,
    SECOND,
    Solid,
    both,
    box,
    ellipsoid,
    limb,
    moved,
    prism,
    standing,
    turn,
)


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
        screen(cabin[0], cabin[1], 0.9 * inside, (0.25, 0.92)),
        screen(cabin[3], cabin[2], 0.8 * inside, (0.4, 0.9)),
        *windows(WindowRow(-0.14 * length, waist - 0.55, hip + 0.02, top - 0.07, 0.06), inside, 1),
        box((width, 0.06, 0.35), (0, low + 0.03, front + 0.05), SECOND, 0.02),
        *both(ellipsoid((0.32 * width, nose + 0.02, front - 0.2), (0.16, 0.07, 0.2), ACCENT, segments=10, rings=7)),
        *both(box((0.25, 0.1, 0.06), (0.3 * width, hip - 0.12, back + 0.02), ACCENT)),
        *both(box((0.1, 0.16, 0.4 * length), (0.45 * width, low + 0.1, 0), SECOND, 0.03)),
    ]
    if rng.random() < 0.6:
        start, end = (front, nose), (waist, hip)
        parts.append(glass(between(start, end, 0.02), between(start, end, 0.9), rng.uniform(0.3, 0.6), SECOND))
    radius, wide = rng.uniform(0.33, 0.37), rng.uniform(0.3, 0.36)
    for z in (front - 0.19 * length, back + 0.19 * length):
        parts += axle(z, width, radius, wide)
        parts += both(
            ellipsoid((width / 2 - 0.5 * wide, radius + 0.04, z), (0.55 * wide, radius + 0.07, 1.5 * radius), MAIN)
        )
    high = hip + rng.uniform(0.25, 0.5)
    return [*parts, *_wing((0, high, back + 0.15), (width * rng.uniform(0.85, 1.0), 0.35), hip)]


def _wing(at: tuple[float, float, float], size: tuple[float, float], foot: float) -> list[Solid]:
    """A wing (width, depth) with end plates on two posts that reach down to height ``foot``."""
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
