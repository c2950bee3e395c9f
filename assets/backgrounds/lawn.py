"""A lawn in front of a row of trees out of focus."""

from __future__ import annotations

import numpy as np
from PIL import ImageDraw

from assets.backgrounds.scenery.ground import View
from assets.backgrounds.scenery.plants import Crown, from_canvas, ink, to_canvas
from assets.build.canvas import blend, clouds, defocus, develop, focus, grid, linear, mute
from assets.build.geometry import Floats
from assets.build.noise import ramp

LABEL, ORDER = "Lawn", 1
LEVELS = (80, 80, 80)
HORIZON, EYE = 0.36, 0.75
BLADES = 52_000
SHARP = 2.3
GREEN, DRY, SOIL = linear((104, 138, 52)), linear((168, 158, 92)), linear((52, 58, 26))
FRESH = linear((132, 164, 66))


def _trees(view: View) -> Floats:
    """Sky, a distant wood in haze, single trees and bushes."""
    size = view.size
    x, y = view.pixels
    rise = np.clip(y / view.horizon, 0, 1)[..., None]
    sky = np.array([0.42, 0.62, 0.95]) * (1 - rise) + np.array([0.95, 0.99, 1.02]) * rise
    edge = 0.18 + 0.08 * clouds(x[:1] * 5 + 9, y[:1] * 0, 4, seed=6)
    haze = np.array([0.42, 0.52, 0.50])
    wood = linear((60, 76, 46)) * (0.45 + 1.1 * clouds(x * 60, y * 45, 4, seed=7))[..., None]
    wood = wood * ramp(0.44, 0.30, y)[..., None] * 0.85 + haze * 0.10 * ramp(0.40, 0.28, y)[..., None]
    image = to_canvas(blend(sky, wood, (y - view.horizon + edge) * size / 6 + 0.5))
    draw = ImageDraw.Draw(image)
    rng = np.random.default_rng(4)
    rows = ((120.0, 22, 21.0, 0.20), (85.0, 14, 18.0, 0.09), (60.0, 9, 12.5, 0.02))
    for depth, count, tall, mist in rows:
        for k in range(count):
            share = (k + rng.uniform(0.15, 0.85)) / count * 1.16 - 0.08
            high = tall * rng.uniform(0.65, 1.2) * view.lens / depth * size
            foot = view.at(0, 0, depth)[1]
            hue = rng.uniform(0.88, 1.12)
            shade = linear((18 * hue, 28, 13)) * (1 - mist) + haze * mist
            sunny = linear((112 * hue, 134, 56)) * (1 - mist) + haze * mist
            trunk = linear((66, 54, 42)) * (1 - mist) + haze * mist
            draw.line(
                [(share * size, foot), (share * size, foot - high * 0.6)],
                fill=ink(trunk),
                width=max(1, int(high * 0.035)),
            )
            Crown(share * size, foot - high * 0.60, high * rng.uniform(0.30, 0.42), high * 0.42, shade, sunny).draw(
                draw, rng
            )
    for k in range(30):
        foot = view.at(0, 0, 48)[1] + size * 0.004
        high = rng.uniform(0.018, 0.05) * size
        shade, sunny = linear((26, 36, 20)), linear((96, 122, 54)) * rng.uniform(0.6, 1.1)
        Crown((k + rng.random()) / 30 * size, foot - high * 0.6, high * 1.5, high, shade, sunny, 14, 40).draw(draw, rng)
    return defocus(from_canvas(image), 0.0088 * size)


def _tone(view: View) -> tuple[Floats, Floats]:
    """Brightness (about 1) and dryness (0 … 1) of the grass over the picture."""
    depth = view.depth
    broad, patch = view.texture(depth, 2.2, 3, seed=5), view.texture(depth, 0.55, 4, seed=11)
    bright = 0.55 + 0.55 * broad + 0.40 * patch
    return bright, ramp(0.48, 0.80, 0.6 * view.texture(depth, 1.3, 3, seed=15) + 0.4 * patch)


def _ground(view: View, bright: Floats, dry: Floats) -> Floats:
    """The ground between the blades, and the grass where blades are finer than pixels."""
    depth = view.depth
    x = view.across(depth)
    tufts = clouds(x / 0.05 + 300, depth / 0.16, 4, seed=17, footprint=view.footprint(depth) / 0.05)
    mown = blend(np.broadcast_to(GREEN * 0.92, (*bright.shape, 3)), DRY * 0.9, dry * 0.75)
    far = mown * (bright * (0.35 + 1.15 * tufts))[..., None]
    haze = np.exp(-np.clip(depth, 0, 200) / 150)[..., None]
    near = SOIL * (bright * (0.4 + 0.9 * tufts))[..., None]
    return blend(near, far * haze + np.array([0.40, 0.48, 0.36]) * 0.6 * (1 - haze), ramp(3.5, 9.0, depth))


def _blades(view: View, picture: Floats, bright: Floats, dry: Floats) -> Floats:
    """Bent blades from far to near, darker at their roots, some with a glint."""
    size = view.size
    image = to_canvas(picture)
    draw = ImageDraw.Draw(image)
    rng = np.random.default_rng(8)
    count = int(BLADES * min(1.0, size / 512))  # in a small picture more would hide each other
    y = HORIZON + (1 - HORIZON) * (0.05 + 1.10 * np.sort(rng.random(count) ** 0.80))
    x = rng.uniform(-0.04, 1.04, count)
    meter = size * (y - HORIZON) / EYE
    high = meter * rng.uniform(0.018, 0.055, count) * rng.uniform(0.7, 1.15, count)
    wide = meter * rng.uniform(0.0012, 0.0028, count)
    lean = high * rng.normal(0, 0.55, count)
    row, column = (np.clip(v * size, 0, size - 1).astype(int) for v in (y, x))
    old = rng.random(count) < 0.05 + 0.30 * dry[row, column]
    young = rng.random(count)[:, None]
    light = bright[row, column] * rng.lognormal(-0.05, 0.36, count) * (1 + 0.25 * np.clip(lean / high, -1, 1))
    color = np.where(old[:, None], DRY, GREEN + (FRESH - GREEN) * young**2) * light[:, None]
    glint = (rng.random(count) < 0.06)[:, None] * np.array([0.16, 0.18, 0.16])
    for k, (px, py) in enumerate(zip((x * size).tolist(), (y * size).tolist(), strict=True)):
        h, w, bend = float(high[k]), float(wide[k]), float(lean[k])
        mx, my = px + bend * 0.35, py - h * 0.6
        draw.polygon([(px - w, py), (px + w, py), (mx + w * 0.8, my), (mx - w * 0.8, my)], fill=ink(color[k] * 0.52))
        tip = ink(color[k] * 1.12 + glint[k])
        draw.polygon(
            [(mx - w * 0.8, my), (mx + w * 0.8, my), (px + bend, py - h * (1 - 0.3 * abs(bend) / h))], fill=tip
        )
    return from_canvas(image)


def paint(size: int) -> Floats:
    """size × size × 3 in 0 … 1."""
    view = View(size, horizon=HORIZON, eye=EYE)
    _, y = grid(size)
    bright, dry = _tone(view)
    backdrop = _trees(view)
    grass = _blades(view, _ground(view, bright, dry), bright, dry)
    grass = focus(grass, view.blur(np.minimum(view.depth, 60), SHARP, 0.0048) + 0.35)
    edge = ramp(-0.004, 0.007, y - HORIZON - 0.012 + 0.006 * clouds(view.pixels[0] * 40, y * 0, 3, seed=2))
    return mute(develop(blend(backdrop, grass, edge), 0.80), 0.80)
