"""Sand ripples in front of dunes and distant mesas, in warm afternoon light."""

from __future__ import annotations

import numpy as np

from assets.backgrounds.scenery.ground import View, hill_normals, hills
from assets.build.canvas import blend, clouds, develop, focus, linear, mute
from assets.build.geometry import Floats
from assets.build.noise import ramp

LABEL, ORDER = "Desert", 5
LEVELS = (110, 110, 110)
LIGHT = np.array([0.80, 0.44, 0.36]) / np.linalg.norm([0.80, 0.44, 0.36])
SUNSHINE, SKYLIGHT = np.array([1.0, 0.80, 0.56]) * 2.5, np.array([0.46, 0.60, 0.90]) * 0.42
SAND = linear((205, 166, 124))
HAZE = np.array([0.92, 0.74, 0.58]) * 0.95


def _dunes(x: Floats, z: Floats) -> Floats:
    """Ridges, gentle on the sunny side and steep on the left lee side; none near the camera."""
    total = 0.05 * (clouds(x / 2.6 + 90, z / 2.6, 2, seed=80) - 0.5)
    for seed, width, tall, start in ((60, 120.0, 13.0, 110.0), (64, 30.0, 3.6, 26.0)):
        bend = clouds(x / width * 0.8 + 40, z / width * 0.5, 2, seed=seed)
        f = ((x * 0.8 + z * 0.32) / width + 1.5 * bend) % 1
        crest = np.where(f < 0.3, f / 0.3, ramp(1, 0.3, f))
        size = 0.2 + 1.3 * clouds(x / width * 0.6 + 9, z / width * 0.5 + 3, 2, seed=seed + 2)
        total += tall * size * crest * ramp(start, start * 3.0, z)
    return np.asarray(total)


def _ripples(x: Floats, z: Floats, footprint: Floats) -> Floats:
    """Height of the wind ripples in meters; they fade where finer than a pixel."""
    warp = clouds(x / 0.9 + 70, z / 0.7, 3, seed=81)
    phase = z / 0.13 + 0.62 * x / 0.13 + 3.8 * warp
    wave = 0.5 - 0.5 * np.cos(2 * np.pi * (phase % 1) ** 0.8)
    strength = 0.35 + 0.9 * clouds(x / 1.4 + 30, z / 1.1, 2, seed=85)
    return np.asarray(0.015 * wave * strength * ramp(0.09, 0.03, footprint))


def _sky(view: View) -> Floats:
    x, y = view.pixels
    rise = np.clip(y / view.horizon, 0, 1)
    sky = np.array([0.20, 0.40, 0.78]) + (HAZE * 1.05 - np.array([0.20, 0.40, 0.78])) * (rise**2.0)[..., None]
    veil = ramp(0.50, 0.85, clouds(x * 2.2 + 3, y * 9, 5, seed=90)) * 0.45
    return blend(sky * 0.95, np.array([1.05, 0.98, 0.92]), veil)


def _mesas(view: View, picture: Floats) -> Floats:
    """Two ranges of mesas, the farther one paler."""
    x, y = view.pixels
    for seed, low, tall, haze in ((92, 0.034, 0.052, 0.78), (105, 0.022, 0.036, 0.62)):
        plan = clouds(x[:1] * 4.2 + seed, y[:1] * 0, 4, seed=seed)
        worn = clouds(x[:1] * 2.2 + seed, y[:1] * 0 + 3, 3, seed=seed)
        talus, cliff = ramp(0.30, 0.52, plan), ramp(0.50, 0.56, plan)
        top = view.horizon - low * (0.6 + 0.8 * worn) - tall * (0.45 * talus + 0.55 * cliff) * (0.4 + 1.1 * worn)
        layer = clouds(x * 4, y * 90, 2, seed=97)
        gully = clouds(x * 60, y * 6, 3, seed=99)
        rock = linear((150, 92, 66)) * (0.55 + 0.5 * layer + 0.5 * gully)[..., None] * SUNSHINE * 0.4
        picture = blend(picture, rock * (1 - haze) + HAZE * haze * 0.9, (y - top) * view.size / 2 + 0.5)
    return picture


def paint(size: int) -> Floats:
    """size × size × 3 in 0 … 1."""
    view = View(size, horizon=0.37, eye=1.15)
    depth = hills(view, _dunes, 1.5, 900, steps=800)
    footprint = view.footprint(depth)

    def relief(a: Floats, b: Floats) -> Floats:
        return _dunes(a, b) + _ripples(a, b, footprint)

    normal = hill_normals(view, relief, depth)
    facing = np.clip(normal @ LIGHT, 0, None)
    grain = view.texture(depth, 0.02, 2, seed=83) - 0.5
    tone = 0.9 + 0.28 * (view.texture(depth, 1.5, 4, seed=84) - 0.5) + 0.30 * grain
    bounce = 0.10 * SAND * SUNSHINE
    light = SUNSHINE * facing[..., None] + SKYLIGHT * (0.5 + 0.5 * normal[..., 1:2]) + bounce
    sand = SAND * tone[..., None] * light
    far = 1 - np.exp(-depth / 700)
    ground = blend(sand, HAZE, far)
    picture = blend(_mesas(view, _sky(view)), ground, (depth < 9e4).astype(float))
    return mute(develop(focus(picture, view.blur(depth, 3.4, 0.0050)), 0.62), 0.88)
