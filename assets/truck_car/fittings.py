"""The smaller pieces: front, lights, flanks and roof of the truck; wing, lamps and trim of the race car."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import LinearNDInterpolator

from assets.build.geometry import Floats
from assets.build.kit import Part, Point, bar, bent, both, loft, pebble, tube
from assets.truck_car.hulls import BELT, car_body

WING_Y, WING_Z = 1.86, -2.82
WING_TILT = 0.16
SPAN = 1.36
PLATE = 1.38
LAMP_X, LAMP_Z = 0.96, 2.78
Rails = tuple[float, float, float, float, float]
LADDER: tuple[Rails, Rails] = ((0.47, 2.98, 3.10, -2.80, 3.02), (0.36, 3.14, 3.24, -2.3, 3.30))
STOWED: tuple[Rails, Rails] = ((0.40, 0.92, 1.42, -2.30, -0.10), (0.32, 0.98, 1.46, -2.10, 0.10))
"""Half width, height behind and in front, z behind and in front, of the ladder's fixed and sliding section.

The race car hides the whole ladder below roof and engine cover, so that it stays a ladder during the morph.
"""
RUNGS = 13


def _wing(chord: float, thick: float, rings: int) -> Floats:
    """A tilted wing across the car, round in front and thin behind, by half chord and half thickness."""
    turn = (np.arange(24) + 0.5) / 24 * 2 * np.pi
    along = np.cos(turn)
    lift = np.sin(turn) * thick * (0.55 + 0.45 * along) - 0.25 * thick * (1 - along**2)
    section = np.stack([WING_Y + lift - chord * along * WING_TILT, WING_Z + chord * along], -1)
    return np.stack([np.insert(section, 0, x, axis=1) for x in np.linspace(-SPAN, SPAN, rings)])


def _front() -> list[Part]:
    """Bumper with siren and bell, grille, lamps."""
    bumper = loft("x", [(-1.28, 3.14, 0.66, 0.14, 0.13, 6), (-1.24, 3.17, 0.66, 0.24, 0.17, 7),
                        (-1.02, 3.22, 0.66, 0.30, 0.18, 8), (1.02, 3.22, 0.66, 0.30, 0.18, 8),
                        (1.24, 3.17, 0.66, 0.24, 0.17, 7), (1.28, 3.14, 0.66, 0.14, 0.13, 6)], 10, 28)  # fmt: skip
    lip = [(-1.46, 2.42, 0.17, 0.30, 0.022, 4), (-1.38, 2.60, 0.17, 0.33, 0.028, 4),
           (-0.8, 2.88, 0.17, 0.36, 0.028, 4), (0.8, 2.88, 0.17, 0.36, 0.028, 4), (1.38, 2.60, 0.17, 0.33, 0.028, 4),
           (1.46, 2.42, 0.17, 0.30, 0.022, 4)]  # fmt: skip
    grille = pebble((0, 1.07, 2.99), (0.60, 0.25, 0.07), exponent=9, rings=8, columns=20)
    mouth = pebble((0, 0.37, 2.90), (0.66, 0.115, 0.24), exponent=5, rings=8, columns=20)
    bezel = pebble((0.925, 0.99, 2.965), (0.25, 0.145, 0.075), axis="z", exponent=7, rings=6, columns=20)
    lens = _lens()
    warning = pebble((0.94, 1.235, 2.96), (0.17, 0.065, 0.06), axis="z", exponent=6, rings=5, columns=14)
    signal = pebble((1.02, 0.40, 2.80), (0.17, 0.10, 0.20), axis="z", exponent=4, rings=5, columns=14)
    siren = loft("z", [(3.14, 0.66, 0.90, 0.08, 0.08, 2), (3.20, 0.66, 0.90, 0.115, 0.115, 2),
                       (3.30, 0.66, 0.90, 0.125, 0.125, 2), (3.38, 0.66, 0.90, 0.10, 0.10, 2),
                       (3.41, 0.66, 0.90, 0.05, 0.05, 2)], 7, 18)  # fmt: skip
    rain_light = pebble((0.0, 0.62, -3.05), (0.16, 0.06, 0.04), axis="z", exponent=5, rings=7, columns=18)
    bell = loft("y", [(0.83, -0.66, 3.26, 0.125, 0.125, 2), (0.85, -0.66, 3.26, 0.115, 0.115, 2),
                      (0.92, -0.66, 3.26, 0.085, 0.085, 2), (0.99, -0.66, 3.26, 0.07, 0.07, 2),
                      (1.02, -0.66, 3.26, 0.04, 0.04, 2), (1.06, -0.66, 3.26, 0.025, 0.025, 2)], 8, 18)  # fmt: skip
    filler = pebble((-0.62, 1.07, -1.75), (0.09, 0.03, 0.09), axis="y", rings=8, columns=18)
    return [
        Part("bumper", (bumper, loft("x", lip, 10, 28))),
        Part("grille", (grille, mouth)),
        *both("headlight", bezel, lens),
        *both("warning", warning, signal),
        Part("siren", (siren, rain_light)),
        Part("bell", (bell, filler)),
    ]


def _lens() -> Floats:
    """The race car's head lamp, on the front of the fender."""
    body = car_body().reshape(-1, 3)
    upper = body[(body[:, 0] > 0.3) & (body[:, 1] > 0.42) & (body[:, 2] > 2)]
    height = LinearNDInterpolator(upper[:, [0, 2]], upper[:, 1])
    rings = []
    for share in np.linspace(0.04, 1, 6):
        outline = tube(((0, 0, 0), (0, 0, 1)), 1, columns=20, exponent=2.6)[0]
        across, up = outline[:, 0], outline[:, 1]
        x = LAMP_X + share * (0.19 * across + 0.03 * up)
        z = LAMP_Z + share * (0.14 * up - 0.10 * across)
        rings.append(np.stack([x, height(x, z) + 0.05 * (1 - share**2) - 0.014, z], -1))
    return np.stack(rings)


def _flanks() -> list[Part]:
    """Stripe, steps, suction hoses, mirrors, handles, pump outlets."""
    wrap = bent(
        ((1.25, BELT, -2.80), (1.25, BELT, 0), (1.25, BELT, 2.82), (1.13, BELT, 2.975), (0.02, BELT, 2.985)), 24
    )
    sill = bent(((1.37, 0.24, -1.22), (1.36, 0.24, 0), (1.40, 0.24, 1.30), (1.37, 0.24, 1.33), (1.33, 0.24, 1.34)), 24)
    parts = both(
        "stripe",
        tube(wrap, 0.055, width=0.022, exponent=5, columns=10),
        tube(sill, 0.10, width=0.05, exponent=4, columns=10),
    )
    step = pebble((1.22, 0.46, 1.0), (0.09, 0.045, 0.10), axis="z", exponent=5, rings=4, columns=12)
    step = step * [1, 1, 0] + [0, 0, 1] * ((step - [0, 0, 1.0]) * [0, 0, 0.9] / 0.1 + [0, 0, 0.05])
    duct = pebble((1.38, 0.66, -1.02), (0.06, 0.19, 0.12), axis="z", exponent=4, rings=4, columns=12)
    parts += both("step", step, duct)
    hose = bent(((1.06, 2.70, -2.5), (1.08, 2.72, -1.0), (1.06, 2.70, 0.75)), 8)
    plate = tube(
        bent(((PLATE, 1.72, -3.28), (PLATE, 1.74, -2.80), (PLATE, 1.76, -2.38)), 8),
        0.24,
        width=0.018,
        exponent=5,
        columns=14,
    )
    parts += both("hose", tube(hose, 0.105, columns=14), plate)
    mirror = pebble((1.50, 1.98, 2.92), (0.13, 0.27, 0.055), axis="z", exponent=5, rings=5, columns=16)
    wing_mirror = pebble((1.42, 1.25, 0.84), (0.16, 0.085, 0.10), axis="z", exponent=3, rings=5, columns=16)
    parts += both("mirror", mirror, wing_mirror)
    stems: list[tuple[str, tuple[Point, Point, float], tuple[Point, Point, float]]] = [
        ("arm_a", ((1.20, 2.30, 2.86), (1.50, 2.18, 2.92), 0.022), ((1.05, 1.10, 0.78), (1.38, 1.24, 0.82), 0.03)),
        ("arm_b", ((1.20, 1.70, 2.88), (1.50, 1.78, 2.92), 0.022), ((1.05, 1.08, 0.86), (1.38, 1.23, 0.86), 0.03)),
        ("grab_a", ((1.275, 1.0, 1.04), (1.275, 2.2, 1.04), 0.024), ((0.78, 1.01, 1.38), (0.06, 1.05, 1.34), 0.012)),
        ("grab_b", ((1.275, 1.5, 2.83), (1.275, 2.1, 2.83), 0.022), ((0.50, 1.09, 1.24), (0.10, 1.22, 1.08), 0.010)),
        (
            "handle_a",
            ((1.265, 1.55, 2.10), (1.265, 1.55, 1.92), 0.026),
            ((1.345, 0.93, -0.42), (1.345, 0.93, -0.58), 0.016),
        ),
        (
            "handle_b",
            ((1.265, 1.55, 1.26), (1.265, 1.55, 1.10), 0.026),
            ((1.10, 0.42, 3.02), (1.36, 0.46, 2.66), 0.018),
        ),
    ]
    for name, truck, car in stems:
        parts += both(name, bar(*truck), bar(*car, width=0.05 if name == "handle_b" else None))
    for name, (y, z) in {"outlet_a": (1.08, 0.36), "outlet_b": (1.08, 0.74), "outlet_c": (1.68, 0.55)}.items():
        cap = loft("x", [(1.22, z, y, 0.11, 0.11, 2), (1.30, z, y, 0.11, 0.11, 2), (1.30, z, y, 0.075, 0.075, 2),
                         (1.37, z, y, 0.075, 0.075, 2)], 4, 14)  # fmt: skip
        at = {"outlet_a": -0.72, "outlet_b": -0.60, "outlet_c": -0.48}[name]
        tip = loft("x", [(1.20, at, 0.30, 0.03, 0.03, 2), (1.25, at, 0.30, 0.03, 0.03, 2),
                         (1.27, at, 0.30, 0.03, 0.03, 2), (1.28, at, 0.30, 0.02, 0.02, 2)], 4, 14)  # fmt: skip
        parts += both(name, cap, tip)
    return parts


def _roof() -> list[Part]:
    """Light bar, tank, horns and beacon become wing struts, wing, exhausts and aerial."""
    lamp = loft("x", [(0.17, 2.42, 2.76, 0.15, 0.10, 4), (0.20, 2.42, 2.76, 0.17, 0.12, 4),
                      (0.94, 2.42, 2.76, 0.17, 0.12, 4), (1.04, 2.38, 2.76, 0.13, 0.10, 4)], 6, 16)  # fmt: skip
    sunk = loft("x", [(0.06, 0.12, 1.59, 0.15, 0.05, 4), (0.58, 0.06, 1.56, 0.13, 0.05, 4)], 6, 16)
    strut = tube(bent(((0.55, 1.06, -2.25), (0.55, 1.55, -2.52), (0.55, 1.80, -2.72), (0.55, 1.86, -2.80)), 6), 0.10,
                 width=0.022, exponent=4, columns=12)  # fmt: skip
    cradle = tube(
        bent(((0.62, 2.38, -2.2), (0.62, 2.44, -2.25), (0.62, 2.50, -2.30)), 6),
        0.30,
        width=0.06,
        exponent=6,
        columns=12,
    )
    tank = loft("x", [(-0.90, -2.30, 2.72, 0.36, 0.28, 3.4), (-0.86, -2.30, 2.72, 0.42, 0.34, 3.4),
                      (0.86, -2.30, 2.72, 0.42, 0.34, 3.4), (0.90, -2.30, 2.72, 0.36, 0.28, 3.4)], 10, 24)  # fmt: skip
    center = pebble((0, 2.77, 2.42), (0.17, 0.13, 0.16), axis="y", exponent=5, rings=5, columns=16)
    scoop = loft("y", [(1.62, 0, -0.30, 0.20, 0.42, 3), (1.72, 0, -0.28, 0.20, 0.40, 3),
                       (1.80, 0, -0.28, 0.19, 0.34, 3), (1.84, 0, -0.30, 0.16, 0.26, 3),
                       (1.85, 0, -0.32, 0.10, 0.18, 3)], 5, 16)  # fmt: skip
    horn = tube(
        bent(((0.98, 2.70, 1.65), (0.98, 2.72, 1.95), (0.98, 2.73, 2.16)), 6),
        (0.03, 0.03, 0.033, 0.045, 0.075, 0.10),
        columns=12,
    )
    exhaust = tube(bent(((0.62, 0.40, -2.70), (0.62, 0.40, -2.95), (0.62, 0.40, -3.12)), 6), 0.075, columns=12)
    beacon = loft("y", [(2.52, -0.98, -2.70, 0.10, 0.10, 2), (2.60, -0.98, -2.70, 0.10, 0.10, 2),
                        (2.74, -0.98, -2.70, 0.09, 0.09, 2), (2.78, -0.98, -2.70, 0.04, 0.04, 2)], 4, 12)  # fmt: skip
    aerial = loft("y", [(1.62, -0.3, -0.98, 0.02, 0.02, 2), (1.75, -0.3, -1.0, 0.014, 0.014, 2),
                        (1.9, -0.3, -1.03, 0.012, 0.012, 2), (2.0, -0.3, -1.06, 0.008, 0.008, 2)], 4, 12)  # fmt: skip
    return [
        *both("lamp", lamp, sunk),
        *both("cradle", cradle, strut),
        Part("lamp_center", (center, scoop)),
        Part("tank", (tank, _wing(0.42, 0.075, 10))),
        *both("horn", horn, exhaust),
        Part("beacon", (beacon, aerial)),
    ]


def _ends(piece: Rails) -> tuple[Floats, Floats]:
    half, y0, y1, z0, z1 = piece
    return np.array([half, y0, z0]), np.array([half, y1, z1])


def _truss(fixed: Rails, sliding: Rails, scale: float) -> dict[str, Floats]:
    """A ladder's left rails and braces and its rungs, ``scale`` thick."""
    (a, b), (c, d) = _ends(fixed), _ends(sliding)
    up = np.array([0.0, 0.20, 0.0]) * scale
    bars = {
        "rail_low": tube((a, b), 0.045 * scale, width=0.035 * scale, exponent=6),
        "rail_high": tube((a + up, b + up), 0.028 * scale, width=0.028 * scale, exponent=3),
        "slide_low": tube((c, d), 0.04 * scale, width=0.03 * scale, exponent=6),
        "slide_high": tube((c + up, d + up), 0.025 * scale, width=0.025 * scale, exponent=3),
    }
    for i in range(RUNGS):
        low, high = a + (b - a) * i / RUNGS, a + up + (b - a) * (i + 1) / RUNGS
        bars[f"brace_{i:02d}"] = tube((low, high) if i % 2 else (low + up, high - up), 0.016 * scale, columns=4)
        at = c + (d - c) * (i + 0.5) / RUNGS
        bars[f"rung_{i:02d}"] = tube((at, at * [-1, 1, 1]), 0.026 * scale)
    return bars


def _ladder() -> list[Part]:
    shown, hidden = _truss(*LADDER, 1.0), _truss(*STOWED, 0.3)
    parts = []
    for name, bars in shown.items():
        pair = bars, hidden[name]
        parts += [Part(name, pair)] if name.startswith("rung") else both(name, *pair)
    return parts


def fittings() -> list[Part]:
    """Return all parts except hulls and wheels."""
    floor = loft("z", [(-2.8, 0, 0.55, 0.68, 0.18, 8), (2.8, 0, 0.55, 0.68, 0.18, 8)], 3, 16)
    tray = loft("z", [(-3.0, 0, 0.20, 0.95, 0.06, 8), (2.9, 0, 0.20, 0.95, 0.06, 8)], 3, 16)
    return [Part("floor", (floor, tray)), *_front(), *_flanks(), *_roof(), *_ladder()]
