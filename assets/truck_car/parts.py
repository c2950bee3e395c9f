"""The parts of the fire truck and, with equal grids, of the race car.

Metres, roughly: the truck is 7 long; x to the left of the driver, y up, z ahead.
"""

from __future__ import annotations

import numpy as np

from assets.build.geometry import Floats
from assets.build.kit import Part, Point, bar, loft, mirrored, wheel

LADDER = ((0.48, 3.08, 3.40, -2.9, 3.15), (0.33, 3.22, 3.52, -2.3, 2.4))
"""Half width, height behind and in front, z behind and in front, of the two ladder pieces."""
TRUCK_WHEELS = {"front": (1.02, 0.54, 1.85, 0.54, 0.40), "rear": (1.00, 0.54, -1.75, 0.54, 0.52)}
CAR_WHEELS = {"front": (1.36, 0.55, 2.30, 0.55, 0.42), "rear": (1.36, 0.57, -2.20, 0.57, 0.48)}
"""x, y and z of the centre, radius, width."""


def _cab() -> Part:
    truck = [(1.12, 0, 1.63, 1.20, 1.10, 9), (1.16, 0, 1.63, 1.23, 1.13, 9), (2.92, 0, 1.60, 1.23, 1.12, 9, -0.03),
             (3.04, 0, 1.59, 1.21, 1.10, 8, -0.06), (3.12, 0, 1.57, 1.13, 1.02, 7, -0.08)]  # fmt: skip
    car = [(-2.85, 0, 1.22, 0.95, 0.06, 4), (-2.2, 0, 1.33, 1.08, 0.30, 4.5), (-1.3, 0, 1.40, 1.13, 0.50, 5),
           (-0.4, 0, 1.40, 1.14, 0.57, 5), (0.30, 0, 1.38, 1.13, 0.55, 5), (0.9, 0, 1.28, 1.17, 0.39, 5),
           (1.5, 0, 1.14, 1.20, 0.16, 5), (1.9, 0, 1.03, 1.06, 0.06, 5)]  # fmt: skip
    return Part("cab", (loft("z", truck, 18, 40), loft("z", car, 18, 40)))


def _body() -> Part:
    truck = [(-3.05, 0, 1.62, 1.20, 1.10, 9), (-3.0, 0, 1.62, 1.24, 1.14, 10),
             (1.03, 0, 1.62, 1.24, 1.14, 10), (1.08, 0, 1.62, 1.20, 1.10, 9)]  # fmt: skip

    def cut(z: float, width: float, low: float, high: float, exponent: float) -> tuple[float, ...]:
        return (z, 0, (low + high) / 2, width, (high - low) / 2, exponent)

    car = [cut(-3.55, 1.28, 0.47, 1.10, 6), cut(-3.48, 1.46, 0.36, 1.25, 7), cut(-2.9, 1.56, 0.26, 1.35, 6),
           cut(-2.1, 1.58, 0.25, 1.35, 6), cut(-0.9, 1.47, 0.25, 1.22, 7), cut(0.6, 1.47, 0.25, 1.18, 7),
           cut(1.6, 1.55, 0.25, 1.14, 6), cut(2.4, 1.57, 0.25, 1.03, 6), cut(3.1, 1.52, 0.25, 0.82, 6),
           cut(3.5, 1.34, 0.27, 0.63, 5), cut(3.68, 1.04, 0.31, 0.52, 5)]  # fmt: skip
    return Part("body", (loft("z", truck, 22, 44), loft("z", car, 22, 44)))


def _wheels() -> list[Part]:
    parts = []
    for name, place in TRUCK_WHEELS.items():
        left = wheel(*place), wheel(*CAR_WHEELS[name])
        parts += [Part(f"wheel_{name}_l", left), Part(f"wheel_{name}_r", (mirrored(left[0]), mirrored(left[1])))]
    return parts


def _both(name: str, truck: Floats, car: Floats) -> list[Part]:
    """A part and its mirror image."""
    return [Part(f"{name}_l", (truck, car)), Part(f"{name}_r", (mirrored(truck), mirrored(car)))]


def _ladder() -> list[Part]:
    """Rails become diffuser fins and wing endplates, rungs grille bars and louvres."""
    (half, y0, y1, z0, z1), (inner, v0, v1, w0, w1) = LADDER
    fin = bar((0.62, 0.34, -3.56), (0.62, 0.22, -2.8), 0.12, width=0.02, exponent=6)
    plate = loft("x", [(1.50, -3.42, 1.66, 0.44, 0.30, 5), (1.56, -3.42, 1.66, 0.44, 0.30, 5)], 2, 12)
    rail = bar((half, y0, z0), (half, y1, z1), 0.11, width=0.045, exponent=6)
    upper = bar((inner, v0, w0), (inner, v1, w1), 0.09, width=0.04, exponent=6, columns=12)
    parts = _both("rail", rail, fin) + _both("upper_rail", upper, plate)
    for i in range(16):
        z = z0 + 0.15 + i * (z1 - z0 - 0.3) / 15
        y = float(np.interp(z, (z0, z1), (y0, y1)))
        rung = bar((-half, y, z), (half, y, z), 0.04)
        if i < 5:
            height = 0.34 + 0.04 * i
            end = bar((-0.75, height, 3.60 - 0.03 * i), (0.75, height, 3.60 - 0.03 * i), 0.010)
        else:
            slot = 1.52 + 0.07 * (i - 5)
            height = float(np.interp(slot, (1.6, 2.4), (1.145, 1.035))) + 0.004
            end = bar((-0.28, height, slot), (0.28, height, slot), 0.010)
        parts.append(Part(f"rung_{i:02d}", (rung, end)))
    return parts


def _roof() -> list[Part]:
    """Light bar, tank, hose reel and hatch become wing struts, wing, scoop and fuel cap."""
    lamp = loft("x", [(0.20, 2.62, 2.89, 0.13, 0.11, 4), (0.23, 2.62, 2.89, 0.16, 0.14, 4),
                      (0.96, 2.62, 2.89, 0.16, 0.14, 4), (1.0, 2.62, 2.89, 0.12, 0.10, 4)], 6, 16)  # fmt: skip
    strut = loft("x", [(0.60, -3.25, 1.50, 0.12, 0.36, 4), (0.66, -3.25, 1.50, 0.12, 0.36, 4)], 6, 16)
    tank = loft("x", [(-1.05, -2.52, 2.96, 0.30, 0.26, 2.4), (-1.02, -2.52, 2.96, 0.38, 0.34, 2.4),
                      (1.02, -2.52, 2.96, 0.38, 0.34, 2.4), (1.05, -2.52, 2.96, 0.30, 0.26, 2.4)], 8, 24)  # fmt: skip
    wing = loft("x", [(-1.52, -3.42, 1.88, 0.40, 0.035, 3), (-1.50, -3.42, 1.88, 0.42, 0.05, 3),
                      (1.50, -3.42, 1.88, 0.42, 0.05, 3), (1.52, -3.42, 1.88, 0.40, 0.035, 3)], 8, 24)  # fmt: skip
    centre = loft(
        "y", [(2.74, 0, 2.62, 0.19, 0.13, 4), (2.98, 0, 2.62, 0.19, 0.13, 4), (3.0, 0, 2.62, 0.16, 0.1, 4)], 4, 16
    )
    scoop = loft(
        "y", [(1.88, 0, -0.20, 0.20, 0.34, 3), (1.99, 0, -0.22, 0.19, 0.30, 3), (2.04, 0, -0.26, 0.12, 0.18, 3)], 4, 16
    )
    hose = bar((0.98, 2.84, -2.0), (0.98, 2.84, 0.95), 0.11, columns=14)
    pipe = bar((1.54, 0.33, -1.2), (1.54, 0.33, 0.3), 0.06, columns=14)
    beacon = loft(
        "y", [(2.70, 0, -2.0, 0.09, 0.09, 2), (2.78, 0, -2.0, 0.09, 0.09, 2), (2.82, 0, -2.0, 0.03, 0.03, 2)], 3, 12
    )
    aerial = loft(
        "y", [(1.92, 0, -1.0, 0.02, 0.02, 2), (2.10, 0, -1.03, 0.014, 0.014, 2), (2.25, 0, -1.06, 0.01, 0.01, 2)], 3, 12
    )
    return [
        *_both("lamp", lamp, strut),
        Part("lamp_centre", (centre, scoop)),
        Part("tank", (tank, wing)),
        *_both("hose", hose, pipe),
        Part("beacon", (beacon, aerial)),
    ]


def _trim() -> list[Part]:
    """Bumper, headlights, lockers, mirrors, handles."""
    bumper = loft("x", [(-1.26, 3.10, 0.62, 0.18, 0.17, 5), (-1.22, 3.18, 0.62, 0.22, 0.21, 5),
                        (1.22, 3.18, 0.62, 0.22, 0.21, 5), (1.26, 3.10, 0.62, 0.18, 0.17, 5)], 8, 24)  # fmt: skip
    splitter = loft("x", [(-1.52, 3.36, 0.22, 0.40, 0.04, 4), (-1.48, 3.44, 0.22, 0.40, 0.05, 4),
                          (1.48, 3.44, 0.22, 0.40, 0.05, 4), (1.52, 3.36, 0.22, 0.40, 0.04, 4)], 8, 24)  # fmt: skip
    locker = loft("z", [(-1.0, 1.10, 1.66, 0.15, 0.98, 8), (-0.97, 1.11, 1.66, 0.17, 1.0, 8),
                        (0.98, 1.11, 1.66, 0.17, 1.0, 8), (1.01, 1.10, 1.66, 0.15, 0.98, 8)], 12, 24)  # fmt: skip
    skirt = loft("z", [(-1.50, 1.46, 0.34, 0.10, 0.11, 5), (-1.45, 1.49, 0.34, 0.12, 0.13, 5),
                       (1.50, 1.49, 0.32, 0.12, 0.13, 5), (1.58, 1.46, 0.32, 0.10, 0.11, 5)], 12, 24)  # fmt: skip
    light = loft(
        "z",
        [(3.06, 0.86, 1.02, 0.22, 0.15, 5), (3.14, 0.86, 1.02, 0.22, 0.15, 5), (3.17, 0.86, 1.02, 0.18, 0.11, 5)],
        3,
        20,
    )
    eye = loft(
        "z",
        [(3.05, 1.08, 0.72, 0.27, 0.10, 4), (3.36, 1.07, 0.66, 0.25, 0.10, 4), (3.42, 1.05, 0.65, 0.21, 0.08, 4)],
        3,
        20,
    )
    mirror = loft("x", [(1.36, 3.06, 2.02, 0.06, 0.28, 4), (1.56, 3.06, 2.02, 0.06, 0.28, 4)], 3, 12)
    wing_mirror = loft("x", [(1.33, 0.95, 1.36, 0.09, 0.09, 3), (1.60, 0.95, 1.36, 0.09, 0.10, 3)], 3, 12)
    pairs: list[tuple[str, tuple[Point, Point, float], tuple[Point, Point, float]]] = [
        ("arm", ((1.18, 2.26, 2.96), (1.44, 2.22, 3.04), 0.025), ((1.15, 1.20, 0.95), (1.40, 1.32, 0.95), 0.03)),
        ("grab", ((1.27, 1.0, 1.45), (1.27, 2.0, 1.45), 0.025), ((0.95, 1.21, 1.46), (0.2, 1.21, 1.46), 0.012)),
        ("step", ((1.27, 0.50, 2.50), (1.27, 0.50, 2.95), 0.05), ((0.9, 0.50, 3.62), (0.1, 0.50, 3.66), 0.02)),
    ]
    parts = [Part("bumper", (bumper, splitter)), *_both("locker", locker, skirt), *_both("headlight", light, eye)]
    parts += _both("mirror", mirror, wing_mirror)
    for name, truck, car in pairs:
        parts += _both(name, bar(*truck), bar(*car))
    return parts


def parts() -> list[Part]:
    """Every part, the large ones first."""
    floor = loft("z", [(-2.9, 0, 0.40, 0.85, 0.16, 8), (2.9, 0, 0.40, 0.85, 0.16, 8)], 3, 16)
    tray = loft("z", [(-3.4, 0, 0.20, 1.2, 0.05, 8), (3.3, 0, 0.20, 1.2, 0.05, 8)], 3, 16)
    return [_cab(), _body(), Part("floor", (floor, tray)), *_wheels(), *_trim(), *_roof(), *_ladder()]
