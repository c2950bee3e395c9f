"""Parametric vehicles: bodies extruded from their side view. Lengths in meters."""

from __future__ import annotations

import numpy as np

from perturber.training.studio.objects.chassis import (
    PROUD,
    WindowRow,
    axle,
    ladder,
    lamps,
    light_bar,
    mirrors,
    screen,
    windows,
)
from perturber.training.studio.objects.racing import race_car
from perturber.training.studio.objects.solids import (
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
    standing,
    turn,
)


def fire_truck(rng: np.random.Generator) -> list[Solid]:
    """A cab over its front axle, a long body with lockers, a ladder on the roof and a light bar."""
    length, width, floor = rng.uniform(5.6, 8.2), rng.uniform(2.1, 2.5), rng.uniform(0.55, 0.75)
    cab, top = rng.uniform(1.7, 2.6), rng.uniform(2.55, 3.0)
    deck = top + rng.uniform(-0.35, 0.12)
    nose, back = length / 2, -length / 2
    rear = nose - cab
    rake, sill = rng.uniform(0.08, 0.4), rng.uniform(1.35, 1.65)
    roof = nose - rake
    outline = [(rear, floor), (nose, floor), (nose + 0.04, sill), (roof, top), (rear, top)]
    parts = [
        prism(outline, width, MAIN, 0.08),
        prism([(back, floor), (rear - 0.06, floor), (rear - 0.06, deck), (back, deck)], width, MAIN, 0.05),
        box((0.8 * width, 0.3, length - 0.3), (0, floor - 0.02, 0), DARK),
        screen((nose + 0.04, sill), (roof, top), 0.9 * width),
        box((width + 0.1, 0.28, 0.3), (0, floor + 0.05, nose + 0.08), SECOND, 0.05),
        box((0.5 * width, 0.4, 0.1), (0, sill - 0.38, nose + 0.03), SECOND, 0.02),
        *lamps(width, nose + 0.06, sill - 0.4, 0.15),
        *windows(WindowRow(rear + 0.1, roof - 0.05, sill + 0.05, top - 0.2), width, int(rng.integers(1, 3))),
        *light_bar(rear + 0.55 * cab, top, 0.8 * width, rng.uniform(0.25, 0.4)),
        *mirrors(width, sill + 0.35, nose - 0.1),
    ]
    stripe, high = rng.uniform(1.05, 1.25), rng.uniform(0.1, 0.2)
    parts += both(box((2 * PROUD, high, length - 0.15), (width / 2, stripe, 0), SECOND))
    lockers = WindowRow(back + 0.1, rear - 0.15, stripe + 0.22, deck - 0.18)
    parts += windows(lockers, width, int(rng.integers(3, 6)), SECOND)
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
    tilt = rng.uniform(0, 3) if rng.random() < 0.75 else rng.uniform(3, 14)
    x = rng.choice([0.0, 0.22 * width, -0.22 * width])
    lift = 0.5 * long * np.sin(np.radians(tilt))
    at = (x, base + lift, back + 0.5 * long + 0.1)
    wide, thick = rng.uniform(0.6, 0.85), rng.uniform(0.07, 0.11)
    rails = ladder(long, wide, thick)
    if rng.random() < 0.5:
        rails += [moved(part, offset=(0, 1.8 * thick, -0.06 * long)) for part in ladder(0.85 * long, 0.8 * wide, thick)]
    parts = [moved(part, turn(0, -tilt), at) for part in rails]
    pad = lathe([(0.45, roofs[0] - 0.05), (0.4, base + 0.02)], DARK, segments=14)
    parts.append(moved(pad, offset=(x, 0, back + 0.6)))
    reach = base + 1.1 * lift
    parts.append(box((0.6, reach - roofs[0] + 0.1, 0.12), (x, (reach + roofs[0]) / 2 - 0.05, back + 0.55 * long), DARK))
    if abs(x) > 0.1:
        reel = lathe([(0.24, -0.3), (0.24, 0.3)], SECOND, segments=12)
        parts.append(moved(reel, turn(0, 90), (-x, roofs[0] + 0.2, back + rng.uniform(1.0, 2.0))))
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
        screen((front, sill), (front - lean, top - bow), 0.86 * width, (0.08, 0.95)),
        box((0.5 * width, 0.45, 0.06), (0, floor + 0.4, nose), DARK),
        *lamps(width * 0.9, nose, floor + 0.45, 0.13),
        box((width, 0.22, 0.16), (0, floor + 0.02, nose + 0.08), DARK, 0.04),
        box((width, 0.22, 0.16), (0, floor + 0.02, back - 0.06), DARK, 0.04),
        box((0.8 * width, 0.25, length - 0.4), (0, floor, 0), DARK),
        box((0.75 * width, 0.7, 0.06), (0, sill + 0.55, back), DARK),
        *both(ellipsoid((0.36 * width, top - 0.08, front - lean - 0.05), 0.1, ACCENT, segments=8, rings=6)),
        *both(ellipsoid((0.36 * width, top - 0.08, back + 0.05), 0.1, ACCENT, segments=8, rings=6)),
    ]
    panes = WindowRow(back + 0.25, front - lean - 0.2, sill + 0.15, top - 0.42, rng.uniform(0.1, 0.2))
    parts += windows(panes, width, int(rng.integers(6, 11)))
    for y in (sill + 0.02, floor + 0.35)[: rng.integers(1, 3)]:
        parts += both(box((2 * PROUD, 0.09, front - back - 0.1), (width / 2, y, (front + back) / 2), SECOND))
    if rng.random() < 0.7:
        parts.append(box((0.06, 0.5, 0.5), (width / 2 + 0.08, sill - 0.25, front - 0.9), ACCENT, 0.02))
    parts += mirrors(width, sill + 0.3, front)
    radius = rng.uniform(0.45, 0.52)
    for z in (nose - 0.55 * hood, back + rng.uniform(0.2, 0.3) * length):
        parts += axle(z, width + 0.04, radius, 0.35)
    return standing(parts)


def moving_van(rng: np.random.Generator) -> list[Solid]:
    """A small cab in front of a big plain box, which often extends over its roof."""
    width, floor, cab = rng.uniform(2.1, 2.4), rng.uniform(0.65, 0.8), rng.uniform(1.6, 2.1)
    cargo, top = rng.uniform(3.4, 5.6), rng.uniform(2.9, 3.6)
    nose = (cab + cargo) / 2
    rear, back = nose - cab, -nose
    roof, sill, hood = rng.uniform(2.0, 2.3), rng.uniform(1.25, 1.4), rng.uniform(0.25, 0.75)
    rake = rng.uniform(0.3, 0.5)
    low = floor - 0.15
    outline = [
        (rear, low),
        (nose, low),
        (nose, sill - 0.2),
        (nose - hood, sill),
        (nose - hood - rake, roof),
        (rear, roof),
    ]
    over = rng.uniform(0.5, 0.9) * (cab - hood - rake) if rng.random() < 0.45 else 0.0
    parts = [
        prism(outline, 0.92 * width, SECOND if rng.random() < 0.5 else MAIN, 0.08),
        prism([(back, floor), (rear - 0.08, floor), (rear - 0.08, top), (back, top)], width, MAIN, 0.04),
        box((0.6 * width, 0.3, cargo + cab - 0.5), (0, floor - 0.12, 0), DARK),
        screen((nose - hood, sill), (nose - hood - rake, roof), 0.8 * width),
        *windows(WindowRow(rear + 0.2, nose - hood - rake + 0.1, sill + 0.03, roof - 0.17), 0.92 * width, 1),
        box((0.95 * width, 0.24, 0.2), (0, low + 0.08, nose + 0.05), DARK, 0.04),
        box((0.4 * width, 0.25, 0.05), (0, sill - 0.42, nose), DARK),
        *lamps(0.92 * width, nose, sill - 0.4, 0.12),
        *mirrors(0.92 * width, sill + 0.25, nose - hood - 0.1),
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
    pipe = [(0.05, hood - 0.2), (0.05, hood + 0.35), (0.075, hood + 0.4), (0.075, hood + 0.75), (0.04, hood + 0.95)]
    exhaust = lathe(pipe, DARK, segments=10)
    parts = [
        prism(bonnet, width, MAIN, 0.07),
        box((0.5 * width, 0.4, length - 0.5), (0, low, -0.05), DARK, 0.04),
        box((0.7 * width, 0.5, 0.05), (0, (low + hood) / 2, nose + 0.02), DARK),
        *lamps(width * 0.9, nose + 0.02, hood - drop - 0.22, 0.09),
        *both(box((2 * PROUD, 0.12, nose - waist - 0.3), (width / 2, hood - 0.22, (nose + waist) / 2), SECOND)),
        moved(exhaust, offset=(rng.choice([-0.25, 0, 0.25]) * width, 0, rng.uniform(waist + 0.35, nose - 0.5))),
        moved(lathe([(0.09, -0.85), (0.09, 0.85)], DARK, segments=8), turn(2, 90), (0, big, rear)),
        moved(lathe([(0.07, -0.7), (0.07, 0.7)], DARK, segments=8), turn(2, 90), (0, small, front)),
    ]
    parts += _lugged(rear, track, big, wide) + axle(front, track * rng.uniform(0.8, 0.95), small, 0.6 * wide, ACCENT)
    arch = np.linspace(15, 150, 7)
    fender = [(rear + 1.1 * big * np.cos(a), big + 1.1 * big * np.sin(a)) for a in np.radians(arch)]
    for side in (-1, 1):
        plate = prism([(rear, big), *fender], 0.7 * wide, MAIN, 0.02)
        parts.append(moved(plate, offset=(side * (track / 2 - 0.55 * wide), 0, 0)))
    return standing([*parts, *_driver(rng, (rear, waist), hood, track - 2 * wide)])


def _lugged(z: float, track: float, radius: float, width: float) -> list[Solid]:
    """The rear wheels of a tractor, with lugs across their tires."""
    lugs = []
    for k in range(14):
        bar = box((0.9 * width, 0.07 * radius, 0.12), (0, radius, 0), DARK)
        lugs.append(moved(bar, turn(0, k * 360 / 14), ((track - width) / 2, radius, z)))
    return [*axle(z, track, radius, width, ACCENT), *both(*lugs)]


def _driver(rng: np.random.Generator, span: tuple[float, float], hood: float, inside: float) -> list[Solid]:
    """The driver's place: a glazed cabin, or a seat, perhaps under a roof on posts, and a steering wheel."""
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
