"""The large pieces: hull, cab and box of the truck; body, greenhouse and tail of the race car.

Approximately in meters: both are just over 6 long; x to the driver's left, y up, z ahead.
"""

from __future__ import annotations

import numpy as np

from assets.build.geometry import Floats
from assets.build.kit import Curve, Field, Part, Skin, arc, both, curve, tube, wheel
from assets.build.noise import ramp

Place = tuple[float, float, float, float, float]
TRUCK_WHEELS: dict[str, Place] = {"front": (1.02, 0.54, 1.78, 0.54, 0.40), "rear": (0.98, 0.54, -1.72, 0.54, 0.52)}
CAR_WHEELS: dict[str, Place] = {"front": (1.29, 0.52, 1.93, 0.52, 0.44), "rear": (1.28, 0.54, -1.83, 0.54, 0.52)}
"""x, y and z of the center, radius, width."""
TRUCK_ARCH, CAR_ARCH = 1.27, 1.13
"""Radius of a wheel arch in wheel radii."""
BELT = 1.40
"""Height of the truck's stripe, where cab and box meet the hull."""
ARCH_RINGS = 13
TRUCK_RIM = ((-0.5, 0.40), (-0.5, 0.88), (-0.44, 0.965), (-0.28, 1.0), (0, 1.0), (0.28, 1.0), (0.44, 0.965),
             (0.5, 0.89), (0.5, 0.74), (0.46, 0.645), (0.42, 0.61), (0.20, 0.55), (0.12, 0.38), (0.26, 0.31),
             (0.42, 0.20), (0.46, 0.06))  # fmt: skip
CAR_RIM = ((-0.5, 0.40), (-0.5, 0.90), (-0.46, 0.97), (-0.34, 1.0), (0, 1.0), (0.34, 1.0), (0.46, 0.975),
           (0.5, 0.91), (0.5, 0.78), (0.47, 0.715), (0.42, 0.69), (0.22, 0.66), (0.34, 0.40), (0.28, 0.24),
           (0.34, 0.16), (0.36, 0.05))  # fmt: skip


def _flat(value: float) -> Curve:
    return curve((0, value), (1, value))


def _arched(floor: float, wheels: dict[str, Place], reach: float, inner: float) -> Field:
    """Return a floor that rises over the wheels, outside of ``inner``."""

    def height(x: Floats, z: float) -> Floats:
        top = floor
        for _, cy, cz, radius, _ in wheels.values():
            across = 1 - ((z - cz) / (radius * reach)) ** 2
            if across > 0:
                top = max(top, cy + radius * reach * float(np.sqrt(across)))
        return np.where(np.abs(x) > inner, top, floor)

    return height


def _places(tail: Floats, wheels: dict[str, Place], reach: float, nose: Floats) -> Floats:
    """Return ring positions along z, equally many between and over the arches for both vehicles."""
    turn = np.linspace(0, np.pi, ARCH_RINGS)
    rear, front = (
        cz - radius * reach * 1.0001 * np.cos(turn) for _, _, cz, radius, _ in (wheels["rear"], wheels["front"])
    )
    behind = np.linspace(tail[-1], rear[0], 7)[1:-1]
    return np.concatenate([tail, behind, rear, np.linspace(rear[-1], front[0], 13)[1:-1], front, nose])


def _truck_hull() -> Floats:
    """Return the truck's hull; its front rings are flattened onto the face and become the car's hood and nose."""
    rear, front, beyond = -2.88, 2.96, 3.40
    skin = Skin(
        width=curve((front, 1.24), (beyond, 1.0)),
        roof=lambda x, z: np.full(len(x), float(np.interp(z, (front, beyond), (BELT + 0.01, 0.70)))),
        floor=_arched(0.50, TRUCK_WHEELS, TRUCK_ARCH, 0.70),
        exponent=_flat(14),
        inset=curve((rear, 0.05), (rear + 0.03, 0.015), (rear + 0.1, 0),
                    (front - 0.12, 0), (front - 0.04, 0.02), (front, 0.07)),
    )  # fmt: skip
    tail = rear + np.array([0, 0.012, 0.03, 0.06, 0.10])
    nose = np.concatenate([[front - 0.12, front - 0.05, front - 0.02], np.linspace(front, beyond, 7)])
    grid = skin.grid(_places(tail, TRUCK_WHEELS, TRUCK_ARCH, nose), 40)
    grid[..., 2] = np.minimum(grid[..., 2], front)
    return grid


BONNET = curve((-3.05, 0.96), (-2.85, 1.08), (-2.2, 1.10), (-1.3, 1.04), (-0.3, 0.97), (0.9, 0.97), (1.5, 0.93),
               (2.2, 0.80), (2.7, 0.67), (2.98, 0.55), (3.12, 0.47))  # fmt: skip
FENDER = curve((-3.0, 0.0), (-2.5, 0.06), (-1.83, 0.14), (-1.0, 0.09), (0.0, 0.02), (0.9, 0.07), (1.5, 0.20),
               (1.95, 0.28), (2.4, 0.22), (2.8, 0.08), (3.05, 0.0))  # fmt: skip


def _car_roof(x: Floats, z: float) -> Floats:
    """Height of the race car's body above the ground: hood between fenders."""
    return np.asarray(BONNET(z) + FENDER(z) * ramp(0.56, 1.02, np.abs(x)))


def car_body() -> Floats:
    """The race car below its windows."""
    skin = Skin(
        width=curve((-3.05, 1.25), (-2.9, 1.38), (-2.5, 1.48), (-1.8, 1.52), (-1.1, 1.47), (-0.4, 1.36), (0.5, 1.34),
                    (1.1, 1.42), (1.6, 1.50), (2.1, 1.50), (2.5, 1.44), (2.8, 1.28), (3.0, 1.05), (3.12, 0.78)),
        roof=_car_roof,
        floor=_arched(0.17, CAR_WHEELS, CAR_ARCH, 0.98),
        exponent=curve((-3.05, 6), (-2, 5.5), (0, 5.5), (1.8, 5), (2.7, 4), (3.12, 3)),
        lean=0.05,
        inset=curve((-3.05, 0.10), (-3.0, 0.04), (-2.9, 0), (3.0, 0), (3.12, 0.02)),
    )  # fmt: skip
    tail = -3.05 + np.array([0, 0.014, 0.053, 0.111, 0.18])
    nose = np.array([2.56, 2.60, 2.64, 2.69, 2.75, 2.82, 2.90, 2.98, 3.06, 3.12])
    return skin.grid(_places(tail, CAR_WHEELS, CAR_ARCH, nose), 40)


CAB_FRONT = 3.0
CAB_ROOF = curve((1.02, 2.52), (1.15, 2.60), (1.8, 2.63), (2.7, 2.62), (2.93, 2.57), (3.0, 2.50), (3.35, 1.64))


def _truck_cab() -> Floats:
    """Return the truck's cab; its front rings are flattened onto the face and become the car's raked windshield."""
    skin = Skin(
        width=curve((1.0, 1.20), (1.05, 1.24), (2.84, 1.24), (2.96, 1.20), (3.0, 1.14), (3.35, 0.80)),
        roof=lambda x, z: CAB_ROOF(z) - 0.05 * np.asarray(x) ** 2,
        floor=lambda x, z: np.full(len(x), BELT - 0.01 + 0.2 * max(z - CAB_FRONT, 0)),
        exponent=_flat(11),
    )
    back, front = [1.0, 1.015, 1.05, 1.1], [2.84, 2.9, 2.95, 2.98, 3.0]
    places = np.concatenate([back, np.linspace(1.25, 2.75, 7), front, np.linspace(3.04, 3.35, 8)])
    grid = skin.grid(places, 40)
    lean = curve((2.6, 0), (2.94, 0.045))(grid[..., 2])
    grid[..., 2] = np.minimum(grid[..., 2], CAB_FRONT) - lean * (grid[..., 1] - BELT)
    return grid


GREENHOUSE = curve((-2.75, 1.05), (-2.2, 1.20), (-1.6, 1.42), (-1.1, 1.60), (-0.4, 1.72), (0.05, 1.72), (0.4, 1.65),
                   (0.8, 1.43), (1.2, 1.15), (1.52, 0.93))  # fmt: skip


def _car_greenhouse() -> Floats:
    skin = Skin(
        width=curve((-2.75, 0.70), (-2.0, 0.96), (-1.2, 1.14), (-0.4, 1.21), (0.45, 1.21), (1.0, 1.12), (1.52, 0.92)),
        roof=lambda x, z: GREENHOUSE(z) - 0.10 * np.asarray(x) ** 2 * float(ramp(1.57, 1.2, z)),
        floor=lambda x, z: np.full(len(x), 0.80),
        exponent=curve((-2.75, 3.4), (-1, 4.2), (0.35, 4.2), (1.52, 3.2)),
        lean=0.27,
    )
    return skin.grid(np.linspace(-2.75, 1.52, 24), 40)


def _truck_box() -> Floats:
    """Closed flanks, and the hose bed sunk between them."""
    skin = Skin(
        width=curve((-2.88, 1.20), (-2.84, 1.24), (0.92, 1.24), (0.96, 1.22)),
        roof=lambda x, z: 2.56 - 0.20 * ramp(0.98, 0.94, np.abs(x)) * ramp(-2.88, -2.80, z) * ramp(-0.05, -0.15, z),
        floor=lambda x, z: np.full(len(x), BELT - 0.01),
        exponent=_flat(14),
    )  # fmt: skip
    places = np.array([-2.88, -2.86, -2.84, -2.79, -2.3, -1.7, -1.0, -0.4, -0.16, -0.06, 0.3, 0.7, 0.92, 0.96])
    return skin.grid(places, 40)


def _car_tail() -> Floats:
    """A lip across the tail; the rest is hidden in the body."""
    skin = Skin(
        width=curve((-3.10, 1.20), (-2.9, 1.28), (-2.2, 1.20), (-1.0, 0.9)),
        roof=lambda x, z: np.full(
            len(x), float(curve((-3.1, 1.17), (-2.9, 1.16), (-2.6, 1.10), (-2.2, 1.04), (-1, 0.95))(z))
        ),
        floor=lambda x, z: np.full(len(x), 0.84),
        exponent=_flat(6),
        inset=curve((-3.1, 0.03), (-3.06, 0)),
    )
    places = np.array([-3.1, -3.09, -3.06, -3.0, -2.9, -2.8, -2.7, -2.55, -2.4, -2.2, -1.9, -1.6, -1.3, -1.0])
    return skin.grid(places, 40)


def _crown(place: Place, reach: float, flank: float, size: tuple[float, float]) -> Floats:
    """The trim around a wheel arch."""
    _, cy, cz, radius, _ = place
    path = arc((flank, cy, cz), radius * reach, (-8, 188), 15)
    return tube(path, size[0], width=size[1], up=(1, 0, 0), columns=8)


def _wheels() -> list[Part]:
    parts = []
    for name, truck in TRUCK_WHEELS.items():
        car = CAR_WHEELS[name]
        parts += both(f"wheel_{name}", wheel(truck, TRUCK_RIM), wheel(car, CAR_RIM))
        chrome = _crown(truck, TRUCK_ARCH + 0.06, 1.235, (0.035, 0.06))
        flare = _crown(car, CAR_ARCH + 0.03, 1.47, (0.07, 0.035))
        parts += both(f"arch_{name}", chrome, flare)
    return parts


def hulls() -> list[Part]:
    """Return the large parts, wheels and wheel arches."""
    large = [
        Part("hull", (_truck_hull(), car_body())),
        Part("cab", (_truck_cab(), _car_greenhouse())),
        Part("box", (_truck_box(), _car_tail())),
    ]
    return large + _wheels()
