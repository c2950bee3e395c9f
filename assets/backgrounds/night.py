"""A wet street at night: lamps, windows and signs as discs of light, and their reflections."""

from __future__ import annotations

import numpy as np

from assets.backgrounds.scenery.ground import View
from assets.build.canvas import clouds, defocus, develop, focus, linear
from assets.build.geometry import Floats
from assets.build.noise import ramp

LABEL, ORDER = "City at Night", 9
LEVELS = (110, 110, 110)
MOST = 0.0135
"""Radius of a distant light's disc, as a share of the picture."""
AMBER, WARM, COOL = linear((255, 176, 84)), linear((255, 214, 150)), linear((190, 220, 255))
RED, GREEN = linear((255, 60, 44)), linear((90, 240, 170))
KEY = np.array([1.0, 0.86, 0.68])


def _lights(view: View) -> Floats:
    """Points of light: rows of street lamps, windows, signs, distant cars."""
    rng = np.random.default_rng(31)
    size = view.size
    picture = np.zeros((size, size, 3))

    def put(at: tuple[float, float], color: Floats, strength: float) -> None:
        column, row = round(at[0]), round(at[1])
        if 0 <= row < size and 0 <= column < size:
            picture[row, column] += color * strength * (size / 1024) ** 2

    for depth in np.geomspace(24, 190, 11).tolist():
        for side in (-1, 1):
            put(view.at(side * 5.6, 6.4, depth), AMBER, 560 * (24 / depth) ** 0.4)
    for _ in range(190):
        side, depth = rng.choice((-1, 1)), rng.uniform(26, 170)
        at = view.at(side * (10.5 + rng.uniform(0, 0.5)), rng.uniform(1.2, 17), depth)
        color = (WARM, WARM, AMBER, COOL)[rng.integers(4)]
        put(at, color, rng.lognormal(4.2, 0.7))
    for _ in range(26):
        side, depth = rng.choice((-1, 1)), rng.uniform(24, 110)
        put(
            view.at(side * 9.6, rng.uniform(2.2, 4.2), depth),
            (RED, GREEN, COOL, AMBER)[rng.integers(4)],
            rng.uniform(120, 420),
        )
    for depth in (70.0, 92.0, 120.0, 150.0):
        for x, color in ((-2.3, WARM), (2.1, RED)):
            for half in (-0.7, 0.7):
                put(view.at(x + half + rng.uniform(-0.3, 0.3), 0.7, depth), color, 330)
    return picture


def _houses(view: View) -> Floats:
    """Dark walls on both sides against the glow of the sky."""
    x, y = view.pixels
    side = np.abs(x - 0.5)
    z = view.lens * 10.5 / np.maximum(side, 1e-3)
    high = view.eye - (y - view.horizon) * z / view.lens
    house = np.floor(z / 11 + (x > 0.5) * 7.3)
    chance = np.sin(house * 12.9898 + (x > 0.5) * 3.1) * 43758.5453 % 1
    wall = ramp(-0.3, 0.3, 13 + 9 * chance - high) * (z < 210)
    sky = np.array([0.016, 0.024, 0.055]) + np.array([0.09, 0.065, 0.05]) * ramp(-0.05, view.horizon, y)[..., None] ** 2
    lamp = 0.4 + 1.6 * np.exp(-(((high - 4) / 5.0) ** 2)) * (0.6 + 0.4 * np.cos(2 * np.pi * z / 18))
    front = np.array([0.020, 0.015, 0.012]) * (lamp * (0.6 + 0.8 * chance))[..., None]
    mist = (1 - np.exp(-z / 260))[..., None]
    front = front * (1 - mist) + np.array([0.10, 0.075, 0.06]) * mist
    return np.asarray(sky * (1 - wall[..., None]) + front * wall[..., None])


def _mirrored(view: View, scene: Floats, rough: Floats) -> Floats:
    """Reflections on wet ground: the scene upside down, stretched downwards and broken by puddles."""
    size = view.size
    rows = np.arange(size)
    start = int(view.horizon * size)
    source = np.clip(2 * start - rows, 0, start)
    flipped = scene[source]
    streaked = np.zeros(scene.shape)
    for k in range(-4, 9):
        streaked += np.roll(flipped, k * size // 90, 0)
    shift = ((rough - 0.5) * size * 0.05).astype(int)
    columns = np.clip(rows[None, :] + shift, 0, size - 1)
    return np.take_along_axis(streaked / 13, columns[..., None], 1)


def _asphalt(view: View) -> tuple[Floats, Floats, Floats]:
    """Color, wetness and unevenness of the ground."""
    depth = view.depth
    patch, grit = view.texture(depth, 0.8, 4, seed=34), view.texture(depth, 0.022, 3, seed=35)
    wet = ramp(0.38, 0.66, 0.75 * patch + 0.25 * view.texture(depth, 2.6, 2, seed=36))
    tone = 0.050 + 0.03 * (patch - 0.5) + 0.055 * (grit - 0.5) * (1 - 0.6 * wet)
    pools = 0.5 + 0.75 * np.exp(-((view.across(depth) - 0.6) ** 2) / 14) * ramp(26, 3, depth)
    lamps = 0.35 * np.exp(-((depth % 30 - 15) ** 2) / 40) * (depth > 12)
    light = KEY * (1.05 * (pools + lamps))[..., None] + np.array([0.05, 0.07, 0.12])
    return np.clip(tone, 0.004, None)[..., None] * light, wet, 0.6 * patch + 0.4 * grit


def paint(size: int) -> Floats:
    """size × size × 3 in 0 … 1."""
    view = View(size, horizon=0.37, eye=1.5)
    _, y = view.pixels
    scene = defocus(_houses(view), 0.008 * size) + defocus(_lights(view), MOST * size)
    scene += 0.30 * defocus(scene, 0.045 * size)
    ground, wet, rough = _asphalt(view)
    grazing = 0.10 + 0.85 * np.exp(-view.eye / np.maximum(view.depth, 1e-3) * 7)
    mirrored = _mirrored(view, scene, rough) * (grazing * (0.35 + 0.95 * wet))[..., None]
    ground = focus(ground, view.blur(view.depth, 5.0, 0.006)) + defocus(mirrored, 0.004 * size)
    edge = ramp(-0.002, 0.010, y - view.horizon - 0.004 + 0.004 * clouds(view.pixels[0] * 30, y * 0, 2, seed=38))
    return develop(scene * (1 - edge[..., None]) + ground * edge[..., None], 1.5, 0.25)
