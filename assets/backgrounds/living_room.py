"""A living room: wooden floor and rug, sofa, lamp, pictures, daylight from a window at the right."""

from __future__ import annotations

import numpy as np

from assets.backgrounds.scenery.ground import View
from assets.backgrounds.scenery.solids import Light, Solid, resize, tone, trace
from assets.build.canvas import Reals, clouds, develop, focus, linear
from assets.build.geometry import Floats, Ints
from assets.build.noise import ramp

LABEL, ORDER = "Living Room", 6
LEVELS = (110, 110, 110)
SHARP, MOST = 2.2, 0.0075
COARSE = 0.36
"""Share of the size at which the room is traced; only the floor needs full resolution."""
LIGHT = Light((3.4, 2.8, 1.4), (17.0, 16.2, 15.0), (0.34, 0.335, 0.33), 0.30)


FABRIC, CUSHION, WHITE, WOOD = tone(104, 118, 124), tone(196, 178, 142), tone(232, 230, 224), tone(142, 106, 72)
FLOOR = 0
WALL = 5.75
"""Distance from the camera to the back wall, in meters."""


def _sofa(x: float, z: float) -> list[Solid]:
    parts = [
        Solid((x, 0.24, z), (1.05, 0.12, 0.44), FABRIC, 0.05),
        Solid((x, 0.58, z + 0.36), (1.05, 0.34, 0.14), FABRIC, 0.09),
    ]
    for side in (-1, 1):
        parts.append(Solid((x + side * 1.02, 0.40, z), (0.13, 0.26, 0.46), FABRIC, 0.08))
        parts.append(Solid((x + side * 0.45, 0.42, z - 0.04), (0.44, 0.10, 0.40), FABRIC, 0.07))
        parts.append(Solid((x + side * 0.45, 0.66, z + 0.20), (0.42, 0.22, 0.11), FABRIC, 0.09))
        parts += [Solid((x + side * 0.95, 0.06, z + k * 0.36), (0.025, 0.06, 0.025), WOOD, 0.01) for k in (-1, 1)]
    parts.append(Solid((x - 0.62, 0.66, z + 0.02), (0.23, 0.21, 0.065), CUSHION, 0.062, 0.25))
    parts.append(Solid((x + 0.68, 0.66, z + 0.02), (0.22, 0.20, 0.06), tone(146, 108, 92), 0.058, -0.22))
    return parts


def _lamp(x: float, z: float) -> list[Solid]:
    return [
        Solid((x, 0.02, z), (0.16, 0.02, 0.16), tone(60, 58, 56), 0.01, cylinder=True),
        Solid((x, 0.75, z), (0.015, 0.75, 0.015), tone(60, 58, 56), 0.005, cylinder=True),
        Solid((x, 1.58, z), (0.22, 0.16, 0.22), tone(246, 226, 190), 0.01, cylinder=True, taper=0.35, glow=0.75),
    ]


def _frame(x: float, y: float, wide: float, tall: float, picture: tuple[float, float, float]) -> list[Solid]:
    return [
        Solid((x, y, WALL - 0.02), (wide, tall, 0.02), tone(58, 46, 38), 0.006),
        Solid((x, y, WALL - 0.03), (wide - 0.025, tall - 0.025, 0.02), WHITE, 0.003),
        Solid((x, y, WALL - 0.035), (wide - 0.09, tall - 0.09, 0.02), picture, 0.003),
    ]


def _shelf(x: float, z: float) -> list[Solid]:
    """A low sideboard with books and a plant in a pot."""
    rng = np.random.default_rng(12)
    parts = [Solid((x, 0.38, z), (0.55, 0.30, 0.20), tone(206, 196, 180), 0.01)]
    parts += [Solid((x + k * 0.28, 0.38, z - 0.2), (0.26, 0.26, 0.012), tone(222, 214, 200), 0.006) for k in (-1, 1)]
    parts += [Solid((x + k * 0.48, 0.04, z), (0.02, 0.05, 0.02), WOOD, 0.005) for k in (-1, 1)]
    at = x - 0.45
    for _ in range(8):
        wide, tall = rng.uniform(0.014, 0.028), rng.uniform(0.10, 0.15)
        parts.append(
            Solid(
                (at + wide, 0.68 + tall, z),
                (wide, tall, 0.09),
                tone(*(rng.uniform(60, 150) + rng.uniform(-22, 22, 3))),
                0.004,
            )
        )
        at += 2 * wide + 0.004
    parts.append(Solid((x + 0.30, 0.76, z), (0.09, 0.08, 0.09), tone(190, 150, 124), 0.01, cylinder=True, taper=-0.2))
    for _ in range(34):
        dx, dy, dz = rng.normal(0, 0.11), rng.uniform(0.88, 1.24), rng.normal(0, 0.08)
        leaf = (rng.uniform(0.015, 0.04), rng.uniform(0.03, 0.06), 0.012)
        parts.append(Solid((x + 0.30 + dx, dy, z + dz), leaf, tone(84, 106, 72), 0.011, rng.uniform(-1, 1)))
    return parts


def _room() -> list[Solid]:
    walls = [
        Solid((0, -0.5, 5), (9, 0.5, 9), WOOD, 0.0),
        Solid((0, 1.5, WALL + 0.5), (9, 3, 0.5), tone(214, 208, 196), 0.0),
        Solid((-4.0, 1.5, 4), (0.5, 3, 9), tone(208, 204, 196), 0.0),
        Solid((0, 0.05, WALL - 0.01), (9, 0.05, 0.012), WHITE, 0.004),
    ]
    pictures = [
        *_frame(0.25, 1.55, 0.34, 0.26, tone(140, 156, 160)),
        *_frame(1.02, 1.58, 0.22, 0.30, tone(182, 158, 128)),
    ]
    return [*walls, *_sofa(0.55, 5.0), *_lamp(-0.95, 5.35), *_shelf(-1.85, 5.4), *pictures]


def _boards(x: Floats, z: Floats, footprint: Floats) -> Floats:
    """Oak boards across the view: colors N × … × 3."""
    row = np.floor(z / 0.14)
    start = np.sin(row * 78.233) * 43758.5453 % 1
    board = np.floor(x / 1.4 + start)
    chance = np.sin(row * 12.9898 + board * 37.719) * 43758.5453 % 1
    fiber = clouds(x / 0.16 + 40 * chance, z / 0.010 + 17 * chance, 3, seed=31, footprint=footprint / 0.012)
    figure = clouds(x / 0.5 + 20 * chance, z / 0.035 + 60 * chance, 3, seed=33, footprint=footprint / 0.035)
    value = 0.70 + 0.24 * chance + 0.45 * (fiber - 0.5) + 0.55 * (figure - 0.5)
    shown = ramp(0.02, 0.004, footprint)
    gap = np.maximum(
        ramp(0.030, 0.010, np.abs(z / 0.14 % 1 - 0.5) * -1 + 0.5),
        ramp(0.004, 0.0015, np.abs((x / 1.4 + start) % 1 - 0.5) * -1 + 0.5),
    )
    return linear((164, 128, 94)) * (value * (1 - 0.6 * gap * shown))[..., None]


def _coat(points: Reals, normals: Reals, number: Ints, own: Reals) -> Reals:
    """Slightly uneven colors; the floor stays plain and is multiplied by its boards at full size."""
    uneven = 0.90 + 0.2 * clouds(points[:, 0] * 9 + 50, points[:, 1] * 9 + points[:, 2] * 5, 3, seed=36)
    return np.where((number == FLOOR)[:, None], own, own * uneven[:, None])


def _sunbeam(view: View) -> Floats:
    """Sunlight through the window on the floor: two panes, in 0 … 1."""
    z = view.depth
    across = view.across(z) - 0.35 * (z - 3) + 0.75
    soft = 0.06
    panes = ramp(0.42, 0.42 - soft, np.abs(np.abs(across) - 0.46))
    return np.asarray(panes * ramp(3.0, 3.0 + soft, z) * ramp(4.3, 4.3 - 2 * soft, z))


def paint(size: int) -> Floats:
    """size × size × 3 in 0 … 1."""
    setting = {"horizon": 0.335, "eye": 1.0, "lens": 1.20}
    view, coarse = View(size, **setting), View(int(size * COARSE), **setting)
    traced, depth = trace(coarse, _room(), LIGHT, _coat)
    picture, depth = resize(traced, size), resize(depth, size)
    floor = np.abs(view.depth / np.maximum(depth, 1e-6) - 1) < 0.02
    boards = _boards(view.across(view.depth), view.depth, view.footprint(view.depth))
    sheen = 0.10 * np.exp(-((view.across(view.depth) - 1.1) ** 2) / 0.8) * ramp(2.0, 4.2, view.depth)
    light = picture / np.asarray(WOOD) + _sunbeam(view)[..., None] * np.array([0.75, 0.68, 0.55])
    wood = light * boards + sheen[..., None] * np.array([1.0, 0.98, 0.95])
    picture = np.where(floor[..., None], wood, picture)
    return develop(focus(picture, view.blur(depth, SHARP, MOST)), 1.15, 0.2)
