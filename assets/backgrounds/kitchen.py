"""A wooden table in a kitchen, with cupboards and a bright window out of focus."""

from __future__ import annotations

import numpy as np

from assets.backgrounds.scenery.ground import View
from assets.backgrounds.scenery.solids import Light, Solid, resize, tone, trace
from assets.build.canvas import Reals, clouds, develop, focus, linear
from assets.build.geometry import Floats, Ints
from assets.build.noise import ramp

LABEL, ORDER = "Kitchen Table", 7
LEVELS = (110, 110, 110)
SHARP, MOST, COARSE = 1.05, 0.0125, 0.36
LIGHT = Light((2.6, 2.2, -0.2), (14.0, 13.4, 12.4), (0.36, 0.37, 0.38), 0.30)
WOOD, FRONT, STEEL, WALL = tone(160, 122, 86), tone(196, 202, 198), tone(150, 152, 154), tone(226, 220, 208)
WINDOW = 3
EDGE, BACK = 2.7, 5.0
"""Distances to the far edge of the table and to the wall, in meters."""


def _window(x: float, y: float) -> list[Solid]:
    day, bar = (1.0, 1.0, 1.0), tone(230, 230, 226)
    parts = [Solid((x, y, BACK - 0.02), (0.62, 0.50, 0.03), day, 0.005, glow=1.6)]
    parts += [Solid((x + k * 0.62, y, BACK - 0.05), (0.045, 0.55, 0.05), bar, 0.01) for k in (-1, 0, 1)]
    parts += [Solid((x, y + k * 0.52, BACK - 0.05), (0.66, 0.045, 0.05), bar, 0.01) for k in (-1, 1)]
    return parts


def _cupboards() -> list[Solid]:
    parts = [Solid((0, 0.10, BACK - 0.32), (5, 0.025, 0.34), tone(120, 92, 68), 0.006)]
    for k in range(-5, 6):
        x = 0.62 * k + 0.1
        parts.append(Solid((x, -0.36, BACK - 0.30), (0.302, 0.42, 0.30), FRONT, 0.008))
        parts.append(Solid((x + 0.2, -0.06, BACK - 0.615), (0.07, 0.008, 0.012), STEEL, 0.004))
        if k not in (-2, -1, 0):
            parts.append(Solid((x, 1.02, BACK - 0.17), (0.302, 0.38, 0.17), FRONT, 0.008))
    parts += [Solid((0.98, 0.125, BACK - 0.3), (0.30, 0.012, 0.24), tone(40, 42, 44), 0.005)]
    for k, x in enumerate((-1.75, -1.60, -1.47)):
        parts.append(
            Solid(
                (x, 0.24 + 0.03 * (k % 2), BACK - 0.22),
                (0.055, 0.13, 0.09),
                tone(150 - 30 * k, 110, 90 + 20 * k),
                0.006,
            )
        )
    parts.append(
        Solid((1.62, 0.19, BACK - 0.3), (0.17, 0.075, 0.17), tone(206, 198, 184), 0.02, cylinder=True, taper=-0.5)
    )
    return parts


def _room() -> list[Solid]:
    shell = [
        Solid((0, -0.04, 0.5), (7, 0.04, EDGE - 0.5), WOOD, 0.012),
        Solid((0, -1.3, 5), (9, 0.5, 9), tone(150, 140, 128), 0.0),
        Solid((0, 1.5, BACK + 0.5), (9, 3, 0.5), WALL, 0.0),
    ]
    return [*shell, *_window(-0.28, 0.86), *_cupboards()]


def _coat(points: Reals, normals: Reals, number: Ints, own: Reals) -> Reals:
    """Tiles above the worktop and a garden in the window; the table stays plain, its boards are added at full size."""
    tile = np.sin(np.floor(points[:, 0] / 0.15) * 12.9898 + np.floor(points[:, 1] / 0.15) * 78.233) * 43758.5453 % 1
    tiled = (number == 2) & (points[:, 1] < 0.64)
    own = np.where(tiled[:, None], own * (0.78 + 0.3 * tile)[:, None], own)
    leaf = clouds(points[:, 0] * 7 + 9, points[:, 1] * 7, 4, seed=48)
    green = linear((92, 128, 70)) * (0.5 + 1.3 * leaf)[:, None]
    bushes = ramp(-0.22, 0.25, 0.86 + 0.7 * (leaf - 0.5) + 0.25 * np.sin(points[:, 0] * 5) - points[:, 1])
    return np.where((number == WINDOW)[:, None], own + (green - own) * bushes[:, None] * 0.85, own)


def _boards(x: Floats, z: Floats, footprint: Floats) -> Floats:
    """Wide boards along the view, with grain, knots and scratches."""
    board = np.floor(x / 0.17 + 0.4)
    chance = np.sin(board * 12.9898) * 43758.5453 % 1
    fine = footprint / 0.005
    bend = clouds(x / 0.10 + 30 * chance, z / 0.5, 2, seed=41)
    fiber = clouds((x + 0.02 * bend) / 0.004 + 50 * chance, z / 0.12, 3, seed=43, footprint=fine)
    rings = np.sin(2 * np.pi * ((x + 0.045 * bend) / 0.022 + 3 * chance)) * ramp(1.2, 0.3, footprint / 0.02)
    value = 0.80 + 0.22 * chance + 0.42 * (fiber - 0.5) + 0.07 * rings + 0.35 * (bend - 0.5)
    gap = ramp(0.012, 0.005, 0.5 - np.abs((x / 0.17 + 0.4) % 1 - 0.5)) * ramp(0.02, 0.004, footprint)
    return linear((166, 124, 84)) * (value * (1 - 0.55 * gap))[..., None]


def paint(size: int) -> Floats:
    """size × size × 3 in 0 … 1."""
    view, coarse = View(size, eye=0.36), View(int(size * COARSE), eye=0.36)
    traced, depth = trace(coarse, _room(), LIGHT, _coat)
    picture, depth = resize(traced, size), resize(depth, size)
    table = (np.abs(view.depth / np.maximum(depth, 1e-6) - 1) < 0.03) & (view.depth < EDGE)
    near = np.minimum(view.depth, EDGE)
    boards = _boards(view.across(near), near, view.footprint(near))
    x, _ = view.pixels
    gloss = (0.05 + 0.30 * np.exp(-(((x - 0.5) / 0.16) ** 2)) * ramp(0.9, 2.4, near)) * (
        0.8 + 0.4 * clouds(x * 90, near * 6, 2, seed=47)
    )
    wood = picture / np.asarray(WOOD) * boards + gloss[..., None] * np.array([0.55, 0.56, 0.58])
    picture = np.where(table[..., None], wood, picture)
    return develop(focus(picture, view.blur(depth, SHARP, MOST)), 1.0, 0.2)
