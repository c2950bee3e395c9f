"""A snowfield in front of snowy firs, in low winter sun."""

from __future__ import annotations

import numpy as np
from PIL import ImageDraw

from assets.backgrounds.scenery.ground import View, hill_normals, hills
from assets.backgrounds.scenery.plants import Fir, from_canvas, to_canvas
from assets.build.canvas import blend, clouds, defocus, develop, focus, linear
from assets.build.geometry import Floats
from assets.build.noise import ramp

LABEL, ORDER = "Snow", 4
LEVELS = (110, 110, 110)
LIGHT = np.array([0.70, 0.42, 0.55]) / np.linalg.norm([0.70, 0.42, 0.55])
SUNSHINE, SKYLIGHT = np.array([1.0, 0.90, 0.76]) * 1.25, np.array([0.50, 0.68, 1.0]) * 0.50
SNOW, NEEDLES = linear((243, 245, 250)), linear((44, 62, 48))
MIST = np.array([0.76, 0.82, 0.92]) * 0.88


def _drifts(x: Floats, z: Floats) -> Floats:
    """Wind-shaped snow: broad swells, small drifts, a bank under the trees."""
    swell = 0.55 * (clouds(x / 9 + 13, z / 7, 2, seed=20) - 0.5) * ramp(2, 16, z)
    drift = 0.17 * (clouds(x / 1.1 + 40, z / 0.8, 3, seed=23) - 0.5)
    bank = 0.7 + 1.6 * clouds(x / 14 + 3, z / 30, 3, seed=25)
    crust = 0.016 * (clouds(x / 0.16 + 40, z / 0.11, 3, seed=27) - 0.5) * ramp(9, 3, z)
    return np.asarray(swell + drift + crust + bank * ramp(20, 60, z))


def _sky(view: View) -> Floats:
    x, y = view.pixels
    rise = np.clip(y / view.horizon, 0, 1)[..., None]
    sky = np.array([0.36, 0.55, 0.86]) * (1 - rise) + np.array([0.92, 0.90, 0.90]) * rise
    return blend(sky, np.array([0.97, 0.95, 0.94]), ramp(0.42, 0.72, clouds(x * 2 + 8, y * 5, 5, seed=30)) * 0.7)


def _woods(view: View, picture: Floats) -> Floats:
    """Distant wooded hills, then three rows of firs, each nearer and darker."""
    x, y = view.pixels
    for seed, tall, haze in ((32, 0.16, 0.82), (35, 0.09, 0.60)):
        edge = clouds(x[:1] * 2.4 + seed, y[:1] * 0, 3, seed=seed) * tall + 0.012 * clouds(
            x[:1] * 90, y[:1] * 0, 2, seed=36
        )
        wood = NEEDLES + 0.3 * ramp(0.45, 0.8, clouds(x * 70, y * 50, 3, seed=37))[..., None]
        layer = wood * (1 - haze) + MIST * haze
        picture = blend(picture, layer, (y - view.horizon + edge) * view.size / 2 + 0.5)
    image = to_canvas(picture)
    draw = ImageDraw.Draw(image)
    rng = np.random.default_rng(9)
    for depth, count, haze in ((120.0, 46, 0.45), (85.0, 26, 0.26), (62.0, 12, 0.10)):
        for k in range(count):
            place = (k + rng.uniform(0.1, 0.9)) / count * 1.2 - 0.1
            if abs(place - 0.47) < 0.16 and depth < 80:
                continue
            tall = rng.uniform(6, 15) if depth > 80 else rng.uniform(8, 17)
            foot, height = view.at(0, 1.1, depth)[1], view.lens * tall / depth * view.size
            snow = SNOW * 0.75 * (1 - haze) + MIST * haze
            Fir(place * view.size, foot, height, NEEDLES * (1 - haze) + MIST * haze, snow, 0.5).draw(draw, rng)
    return from_canvas(image)


def _sparkles(view: View, depth: Floats) -> Floats:
    """Crystals that reflect the sun."""
    rng = np.random.default_rng(11)
    size = view.size
    lit = rng.random((size, size)) < 0.0022 * ramp(16, 3, depth)
    return defocus((lit * rng.random((size, size)) ** 3)[..., None] * 5.0, 0.8 * size / 1024)


def paint(size: int) -> Floats:
    """size × size × 3 in 0 … 1."""
    view = View(size, horizon=0.36, eye=1.25)
    depth = hills(view, _drifts, 1.5, 75)
    normal = hill_normals(view, _drifts, depth)
    facing = np.clip(normal @ LIGHT + 0.06, 0, None) / 1.06
    glow = view.texture(depth, 0.03, 2, seed=29) - 0.5
    light = SUNSHINE * (1.25 * facing)[..., None] + SKYLIGHT * (0.55 + 0.45 * normal[..., 1:2])
    snow = SNOW * (1 + 0.10 * glow)[..., None] * light
    snow = blend(snow, MIST, 1 - np.exp(-np.minimum(depth, 75) / 260))
    backdrop = defocus(_woods(view, _sky(view)), 0.0068 * size)
    picture = blend(backdrop, snow, (depth < 9e4).astype(float))
    picture = focus(picture, view.blur(np.minimum(depth, 75), 3.6, 0.0050) * (depth < 9e4))
    return develop(picture + _sparkles(view, depth), 0.72)
