"""The sandy bottom of a shallow sea: ripples, caustics, light shafts from above, rocks in the distance."""

from __future__ import annotations

import numpy as np

from assets.backgrounds.scenery.ground import View, hill_normals, hills
from assets.build.canvas import blend, clouds, defocus, develop, focus, linear
from assets.build.geometry import Floats
from assets.build.noise import ramp

LABEL, ORDER = "Underwater", 3
LEVELS = (110, 110, 110)
SAND, ROCK = linear((206, 196, 160)), linear((92, 88, 74))
WATER = np.array([0.010, 0.20, 0.30])
CLARITY = np.array([5.0, 13.0, 16.0])
"""Distance after which 1/e of red, green and blue is left, in meters."""
PARTICLES = 420


def _bottom(x: Floats, z: Floats) -> Floats:
    """Soft humps, and rocks far from the middle."""
    humps = 0.35 * (clouds(x / 3.2 + 20, z / 3.2, 3, seed=40) - 0.5) * ramp(1.5, 9, z)
    bulk = clouds(x / 3.0 + 50, z / 3.4 + 6, 4, seed=44)
    place = ramp(0.9, 2.6, np.abs(x) - 0.12 * z) * ramp(6.0, 9.0, z)
    return np.asarray(humps + 2.6 * place * ramp(0.47, 0.78, bulk))


def _ripples(x: Floats, z: Floats, footprint: Floats) -> Floats:
    warp = clouds(x / 0.7 + 30, z / 0.6, 3, seed=46)
    wave = 1 - np.abs(np.sin(np.pi * (z / 0.13 + 0.35 * x / 0.13 + 2.6 * warp)))
    return np.asarray(0.024 * wave**1.4 * ramp(0.10, 0.03, footprint))


def _net(x: Floats, z: Floats, footprint: Floats) -> Floats:
    """Brightness of the caustics under the waves, around 1."""
    shift = [clouds(x / 0.5 + 11 * k, z / 0.5 + 7 * k, 2, seed=50 + k) - 0.5 for k in (1, 2)]
    lines = np.zeros(x.shape)
    for number, cell in enumerate((0.30, 0.19)):
        noise = clouds((x + 0.55 * shift[0]) / cell + 5, (z + 0.55 * shift[1]) / cell, 1, seed=54 + number)
        lines += (1 - np.clip(np.abs(noise - 0.5) / 0.30, 0, 1)) ** 5
    shown = ramp(0.22, 0.06, footprint)
    return np.asarray(0.62 + (1.25 * lines - 0.05) * shown + 0.42 * (1 - shown))


def _water(view: View) -> Floats:
    """Open water, brightest at the upper right, towards the sun."""
    x, y = view.pixels
    glow = np.exp(-(((x - 0.72) / 0.55) ** 2) - ((y + 0.12) / 0.36) ** 2)
    tall = ramp(0.75, -0.1, y)
    return np.asarray(WATER * (0.42 + 1.15 * tall)[..., None] + np.array([0.10, 0.50, 0.50]) * (glow * 0.9)[..., None])


def _shafts(view: View) -> Floats:
    """Light shafts fanning out from a point above the picture, in 0 … 1."""
    x, y = view.pixels
    angle = np.arctan2(x - 0.74, y + 0.55)
    beams = clouds(angle * 13 + 20, y * 0.8, 3, seed=58)
    fine = clouds(angle * 40 + 20, y * 0.8, 2, seed=59)
    strength = ramp(0.50, 0.78, 0.7 * beams + 0.3 * fine) * ramp(0.72, 0.05, y) * np.exp(-((angle / 0.62) ** 2))
    return np.asarray(strength)


def _particles(size: int) -> Floats:
    """Floating specks: most small, some near the lens as faint discs."""
    rng = np.random.default_rng(5)
    light = np.zeros((size, size, 1))
    for radius, share, strength in ((1.0, 0.72, 1.0), (2.4, 0.22, 2.2), (6.5, 0.06, 7.0)):
        specks = np.zeros((size, size, 1))
        at = (rng.random((int(PARTICLES * share), 2)) * size).astype(int)
        specks[at[:, 0], at[:, 1], 0] = strength * rng.uniform(0.2, 1.0, len(at))
        light += defocus(specks, radius * size / 1024)
    return light


def paint(size: int) -> Floats:
    """size × size × 3 in 0 … 1."""
    view = View(size, horizon=0.37, eye=0.85)
    depth = hills(view, _bottom, 1.0, 60, steps=900)
    x, footprint = view.across(depth), view.footprint(depth)

    def relief(a: Floats, b: Floats) -> Floats:
        return _bottom(a, b) + _ripples(a, b, footprint)

    height, normal = _bottom(x, depth), hill_normals(view, relief, depth)
    stone = ramp(0.18, 0.34, height + 0.25 * (view.texture(depth, 0.5, 3, seed=61) - 0.5))
    spots = view.texture(depth, 0.05, 4, seed=62)
    albedo = blend(SAND * (0.72 + 0.55 * spots)[..., None], ROCK * (0.3 + 1.3 * spots)[..., None], stone)
    sun = np.clip(normal @ np.array([0.35, 0.87, 0.35]), 0, 1) ** 1.6 * _net(x, depth, footprint)
    light = np.array([0.62, 1.0, 0.92]) * (1.25 * sun)[..., None] + np.array([0.16, 0.42, 0.46]) * 0.5
    water = _water(view)
    left = np.exp(-depth[..., None] / CLARITY)
    picture = water + (albedo * light * 0.9 - water) * left
    picture = focus(picture, view.blur(depth, 2.6, 0.0065))
    picture += _shafts(view)[..., None] * np.array([0.10, 0.24, 0.24])
    picture += _particles(size) * np.array([0.30, 0.42, 0.40])
    return develop(picture, 1.0, 0.2)
