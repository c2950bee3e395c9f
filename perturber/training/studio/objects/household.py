"""Parametric household objects: mostly turned profiles."""

from __future__ import annotations

import numpy as np

from perturber.training.studio.objects.solids import (
    ACCENT,
    DARK,
    MAIN,
    SECOND,
    Floats,
    Shaper,
    Solid,
    box,
    curve,
    ellipsoid,
    lathe,
    limb,
    moved,
    standing,
    turn,
)


def mug(rng: np.random.Generator) -> list[Solid]:
    """A cup, straight, waisted or bellied, with one handle and a drink or shadow inside."""
    height, wall = rng.uniform(0.85, 1.3), rng.uniform(0.03, 0.06)
    foot, waist, rim = 0.42 * rng.uniform(0.75, 1.1), 0.44 * rng.uniform(0.88, 1.12), 0.45 * rng.uniform(0.95, 1.15)
    side = curve([(foot, 0.03), (waist, 0.5 * height), (rim, height - 0.02)], 8)
    inner = side[::-1] - (wall, 0)
    inner[-1, 1] = 0.08
    edge = [(rim - 0.3 * wall, height), (rim - 0.7 * wall, height)]
    cup = lathe(np.concatenate([[(foot - 0.03, 0)], side, edge, inner]))
    level = height * rng.uniform(0.55, 0.85)
    at = float(np.interp(level, side[:, 1], side[:, 0]))
    drink = lathe([(0.3 * at, 0.1), (at - 0.6 * wall, level - 0.02), (at - 0.6 * wall, level)], DARK, segments=24)
    top, bottom, reach = height * rng.uniform(0.75, 0.9), height * rng.uniform(0.12, 0.3), rng.uniform(0.22, 0.4)
    role = MAIN if rng.random() < 0.6 else ACCENT
    handle = _handle(side, (top, bottom), reach, rng.uniform(0.04, 0.075), role)
    return standing([*_turned([cup, drink, handle], rng.uniform(-50, 50))])


def _handle(side: Floats, ends: tuple[float, float], reach: float, thick: float, role: int) -> Solid:
    """An ear on the +x side of a turned body whose K×2 outline (radius, height) rises."""
    (top, bottom), (high, low) = ends, np.interp(ends, side[:, 1], side[:, 0])
    far, span = max(high, low) + reach, ends[0] - ends[1]
    points = [
        (high - 0.04, top, 0, thick * 1.1, thick),
        (high + 0.6 * reach, top + 0.03 * span, 0, thick, thick * 0.8),
        (far, top - 0.3 * span, 0, thick, thick * 0.75),
        (far - 0.15 * reach, bottom + 0.25 * span, 0, thick, thick * 0.75),
        (low - 0.04, bottom, 0, thick, thick * 0.8),
    ]
    return limb(points, role, samples=18, segments=10, side=(0, 0, 1))


def _turned(solids: list[Solid], degrees: float) -> list[Solid]:
    return [moved(solid, turn(1, degrees)) for solid in solids]


def teapot(rng: np.random.Generator) -> list[Solid]:
    """A bellied pot with spout, handle, lid and knob."""
    height, radius = rng.uniform(0.65, 1.0), rng.uniform(0.5, 0.66)
    foot, neck, belly = radius * rng.uniform(0.5, 0.7), radius * rng.uniform(0.4, 0.62), rng.uniform(0.38, 0.55)
    knots = [
        (foot, 0.02),
        (radius * 0.92, 0.25 * height),
        (radius, belly * height),
        (0.85 * radius, 0.8 * height),
        (neck, height),
    ]
    side = curve(knots, 14)
    pot = lathe(np.concatenate([[(foot - 0.02, 0.0)], side, [(neck - 0.04, height)]]))
    dome = rng.uniform(0.08, 0.2)
    bow = np.linspace(0, np.pi / 2, 6)[:-1]
    cover = np.stack([(neck + 0.02) * np.cos(bow), height + 0.02 + dome * np.sin(bow)], axis=1)
    lid = lathe([(neck + 0.02, height), *cover], int(rng.choice([MAIN, SECOND])), segments=24)
    knob = ellipsoid((0, height + dome + 0.06, 0), rng.uniform(0.05, 0.09), ACCENT, segments=12, rings=8)
    low, tip, out = rng.uniform(0.22, 0.4) * height, rng.uniform(0.85, 1.1) * height, radius + rng.uniform(0.3, 0.5)
    spout = limb(
        [
            (-0.8 * radius, low, 0, 0.15),
            (-radius - 0.12, low + 0.08, 0, 0.12),
            (-0.5 * radius - 0.5 * out, 0.55 * tip + 0.3 * low, 0, 0.08),
            (-out, tip, 0, 0.055),
            (-out - 0.05, tip + 0.03, 0, 0.05),
        ],
        samples=14,
        segments=12,
        side=(0, 0, 1),
    )
    ends = (height * rng.uniform(0.75, 0.88), height * rng.uniform(0.2, 0.35))
    handle = _handle(side[:-1], ends, rng.uniform(0.25, 0.4), rng.uniform(0.04, 0.06), int(rng.choice([MAIN, ACCENT])))
    return standing(_turned([pot, lid, knob, spout, handle], rng.choice([0, 180]) + rng.uniform(-40, 40)))


def barrel(rng: np.random.Generator) -> list[Solid]:
    """Bulging staves with iron hoops, sunken heads, perhaps a tap; upright."""
    height, end, bulge = rng.uniform(1.2, 1.6), rng.uniform(0.4, 0.5), rng.uniform(1.12, 1.35)

    def radius(y: float) -> float:
        return float(end * (1 + (bulge - 1) * (1 - (2 * y / height - 1) ** 2)))

    side = [(radius(y), y) for y in np.linspace(0, height, 13)]
    sunk = 0.05 * height
    body = lathe([(end - 0.06, sunk), (end - 0.05, 0), *side, (end - 0.05, height), (end - 0.06, height - sunk)])
    hoops = []
    width = rng.uniform(0.035, 0.07)
    for share in [(0.06, 0.3), (0.06, 0.2, 0.36), (0.08, 0.25)][rng.integers(3)]:
        for y in (share * height, (1 - share) * height):
            a, b = radius(y - width) + 0.015, radius(y + width) + 0.015
            inner = [(b - 0.05, y + width), (b, y + width), (a, y - width), (a - 0.05, y - width)][::-1]
            hoops.append(lathe(inner, DARK, segments=28))
    extras = []
    if rng.random() < 0.4:
        y = height * rng.uniform(0.2, 0.5)
        extras.append(limb([(0, y, radius(y) - 0.1, 0.05), (0, y, radius(y) + 0.14, 0.04)], ACCENT, samples=4))
        extras.append(box((0.14, 0.04, 0.05), (0, y + 0.05, radius(y) + 0.1), ACCENT, 0.01))
    return standing(_turned([body, *hoops, *extras], rng.uniform(-60, 60)))


def crate(rng: np.random.Generator) -> list[Solid]:
    """A box of boards between corner posts, perhaps with diagonal braces."""
    size = np.array([1.0, rng.uniform(0.65, 1.1), rng.uniform(0.75, 1.25)])
    x, y, z = size / 2
    post, deep = rng.uniform(0.08, 0.14), rng.uniform(0.02, 0.04)
    parts = [box(size - 2 * deep, (0, 0, 0), DARK)]
    count, gap = rng.integers(3, 6), rng.uniform(0.015, 0.05)
    wide = 2 * y / count - gap
    for row in range(count):
        level = -y + (row + 0.5) * 2 * y / count
        for sign in (-1, 1):
            parts.append(box((2 * x - deep, wide, deep), (0, level, sign * (z - deep / 2)), MAIN, 0.006))
            parts.append(box((deep, wide, 2 * z - deep), (sign * (x - deep / 2), level, 0), MAIN, 0.006))
    lids = rng.integers(3, 6)
    for row in range(lids):
        at = -x + (row + 0.5) * 2 * x / lids
        parts.append(box((2 * x / lids - gap, deep, 2 * z), (at, y, 0), MAIN, 0.006))
    braces = rng.random() < 0.7
    for sign in (-1, 1):
        for other in (-1, 1):
            parts.append(box((post, 2 * y, post / 2), (other * (x - post / 2), 0, sign * z), SECOND, 0.01))
            parts.append(box((post / 2, 2 * y, post), (sign * x, 0, other * (z - post / 2)), SECOND, 0.01))
        for level in (post / 2 - y, y - post / 2):
            parts.append(box((2 * x - 2 * post, post, post / 2), (0, level, sign * z), SECOND, 0.01))
            parts.append(box((post / 2, post, 2 * z - 2 * post), (sign * x, level, 0), SECOND, 0.01))
        if braces:
            parts += _braces((x - post, y - post, z - post), sign, (x, z), post)
    return standing(_turned(parts, rng.uniform(-35, 35)))


def _braces(inner: tuple[float, float, float], sign: int, at: tuple[float, float], post: float) -> list[Solid]:
    """Diagonal boards on a front (or back) and a side of a crate."""
    x, y, z = inner
    front = box((2 * np.hypot(x, y), post, post / 3), (0, 0, 0), SECOND, 0.01)
    side = box((post / 3, post, 2 * np.hypot(z, y)), (0, 0, 0), SECOND, 0.01)
    return [
        moved(front, turn(2, float(np.degrees(np.arctan2(y, x)))), (0, 0, sign * at[1])),
        moved(side, turn(0, -float(np.degrees(np.arctan2(y, z)))), (sign * at[0], 0, 0)),
    ]


def wine_bottle(rng: np.random.Generator) -> list[Solid]:
    """A tall bottle with steep (Bordeaux) to sloping (Burgundy) shoulders, a label and a capsule."""
    radius, body, total = rng.uniform(0.19, 0.25), rng.uniform(0.75, 1.0), rng.uniform(1.5, 1.75)
    neck, taper = rng.uniform(0.065, 0.085), rng.uniform(0.12, 0.4)
    shoulder = body + taper
    t = np.linspace(0, 1, 8)
    blend = t**2 * (3 - 2 * t)
    bend = np.stack([radius + (neck - radius) * blend, body + taper * t], axis=1)
    profile = [(radius * 0.85, 0.0), (radius, 0.04), *bend, (neck * 0.95, total)]
    parts = [lathe(profile, MAIN, segments=32)]
    parts.append(lathe([(neck * 1.2, total - 0.04), (neck * 1.2, total), (neck, total + 0.015)], DARK, segments=20))
    start = rng.uniform(max(shoulder + 0.03, total - 0.35), total - 0.1)
    parts.append(lathe([(neck * 1.1, start), (neck * 1.08, total - 0.03)], SECOND, segments=20))
    low, high = rng.uniform(0.12, 0.25), rng.uniform(0.5, 0.7)
    parts.append(lathe([(radius + 0.006, low), (radius + 0.006, high)], ACCENT, segments=32))
    if rng.random() < 0.4:
        parts.append(lathe([(radius + 0.006, high + 0.04), (radius + 0.006, high + 0.09)], SECOND, segments=32))
    return standing(parts)


def vase(rng: np.random.Generator) -> list[Solid]:
    """A round vessel, from a bulbous urn to a slim amphora, with an open flaring mouth; perhaps two ears."""
    height, belly, at = rng.uniform(1.1, 1.7), rng.uniform(0.34, 0.6), rng.uniform(0.35, 0.68)
    foot, neck = belly * rng.uniform(0.42, 0.65), belly * rng.uniform(0.3, 0.55)
    lip, collar = neck * rng.uniform(1.3, 1.9), rng.uniform(0.84, 0.9)
    knots = [(foot, 0.05), (belly * 0.92, at * 0.6), (belly, at), (neck, collar), (lip, 1.0)]
    side = curve(knots, 22) * (1, height)
    inner = [(lip - 0.04, height), (neck - 0.035, collar * height), (neck - 0.02, (collar - 0.12) * height)]
    base = [(foot * 1.1, 0.0), (foot * 1.1, 0.03)]
    parts = [lathe(np.concatenate([base, side, inner]), MAIN, segments=30)]
    depth = (collar - 0.03) * height
    parts.append(lathe([(neck - 0.03, depth - 0.05), (neck - 0.028, depth)], DARK, segments=20))
    ring = float(np.interp(rng.uniform(0.45, 0.6) * height, side[:, 1], side[:, 0]))
    if rng.random() < 0.4:
        ends = (height * rng.uniform(0.84, 0.9), height * min(at + 0.08, 0.7))
        ear = _handle(side, ends, rng.uniform(0.1, 0.22), rng.uniform(0.03, 0.05), ACCENT)
        parts += [ear, moved(ear, turn(1, 180))]
    if rng.random() < 0.4:
        y = float(at * height)
        parts.append(
            lathe(
                [(ring * 0.9, y - 0.05), (belly + 0.01, y - 0.03), (belly + 0.01, y + 0.03), (ring * 0.9, y + 0.05)],
                SECOND,
            )
        )
    return standing(_turned(parts, rng.uniform(-60, 60)))


def table_lamp(rng: np.random.Generator) -> list[Solid]:
    """A foot, a stem (slim, or a bellied body), and a shade from drum to cone."""
    foot, stem = rng.uniform(0.22, 0.36), rng.uniform(0.5, 0.95)
    parts = [lathe([(foot, 0), (foot, 0.04), (foot * 0.8, 0.08), (0.06, 0.12)], SECOND, segments=24)]
    if rng.random() < 0.5:
        belly = rng.uniform(0.14, 0.26)
        knots = [(0.08, 0.08), (belly, 0.35 * stem), (belly * 0.8, 0.6 * stem), (0.04, stem)]
        parts.append(lathe(curve(knots, 12), ACCENT, segments=22))
    else:
        parts.append(lathe([(0.035, 0.05), (0.035, stem)], ACCENT, segments=14))
        beads = zip(rng.uniform(0.25, 0.9, rng.integers(0, 3)), rng.uniform(0.05, 0.09, 3), strict=False)
        parts += [ellipsoid((0, at * stem, 0), size, ACCENT, segments=12, rings=8) for at, size in beads]
    parts.append(lathe([(0.025, 0.8 * stem), (0.025, stem + 0.25)], DARK, segments=10))
    tall, wide, top = rng.uniform(0.4, 0.65), rng.uniform(0.38, 0.58), rng.uniform(0.35, 0.95)
    low = stem - rng.uniform(0.0, 0.08)
    t = np.linspace(0, 1, 7)
    bow = rng.uniform(-0.06, 0.03)
    outer = np.stack([wide * (1 + (top - 1) * t) + bow * np.sin(np.pi * t), low + tall * t], axis=1)
    inner = outer[::-1] - (0.02, 0)
    loop = np.concatenate([[(0.03, low + 0.7 * tall)], inner[2:], outer, inner[:1], [(0.03, low + 0.96 * tall)]])
    parts.append(lathe(loop, MAIN, segments=32))
    if rng.random() < 0.5:
        edges = [(outer[0], 0.0), (outer[-1], 0.03)]
        for (radius, y), down in edges:
            band = [(radius - 0.03, y - down), (radius + 0.01, y - down)]
            parts.append(lathe([*band, (radius + 0.01, y - down + 0.03), (radius - 0.03, y - down + 0.03)], SECOND))
    parts.append(ellipsoid((0, low + tall + 0.02, 0), (0.03, 0.05, 0.03), ACCENT, segments=10, rings=7))
    return standing(parts)


def soccer_ball(rng: np.random.Generator) -> list[Solid]:
    """A ball in a random orientation."""
    ball = ellipsoid((0, 0, 0), 0.5, segments=40, rings=26)
    return standing([moved(ball, turn(1, rng.uniform(-180, 180)) @ turn(0, rng.uniform(-180, 180)))])


SHAPES: dict[str, Shaper] = {
    "mug": mug,
    "teapot": teapot,
    "barrel": barrel,
    "crate": crate,
    "wine_bottle": wine_bottle,
    "vase": vase,
    "table_lamp": table_lamp,
    "soccer_ball": soccer_ball,
}
