"""A lawn before a row of trees out of focus."""

from __future__ import annotations

import numpy as np
from PIL import ImageDraw, ImageFilter

from assets.build.canvas import blend, blurred, clouds, grid, muted, to_array, to_image
from assets.build.geometry import Floats
from assets.build.noise import ramp

LABEL, ORDER = "Lawn", 1
HORIZON = 0.36
BLADES = 46_000


def _distance(size: int) -> Floats:
    """Sky and trees, blurred."""
    x, y = grid(size)
    sky = np.array([0.76, 0.85, 0.93]) + (np.array([0.93, 0.95, 0.95]) - 0.8) * (y / HORIZON)[..., None] * 0.5
    crowns = clouds(x * 5, y * 0 + 3, 4, seed=3)
    edge = HORIZON * (0.02 + 0.75 * (crowns - 0.28))
    leaf = clouds(x * 22, y * 26, 5, seed=9)
    big = clouds(x * 6, y * 7, 3, seed=14)
    trees = ramp(-0.012, 0.012, y - edge + 0.12 * (leaf - 0.5))
    light = ramp(0.35, 0.75, 0.55 * leaf + 0.6 * big - 0.35 * ramp(0.1, HORIZON, y))
    green = np.array([0.09, 0.15, 0.06]) + np.array([0.33, 0.42, 0.16]) * light[..., None]
    picture = blend(sky, green, trees)
    gaps = ramp(0.62, 0.72, clouds(x * 30, y * 30, 3, seed=21)) * trees * ramp(HORIZON * 0.75, HORIZON * 0.2, y)
    picture = blend(picture, sky, gaps * 0.7)
    rng = np.random.default_rng(4)
    for _ in range(11):
        centre, width = rng.random(), rng.uniform(0.004, 0.013)
        trunk = np.exp(-(((x - centre - 0.01 * np.sin(9 * y + centre * 9)) / width) ** 4)) * (y > edge + 0.08)
        picture = blend(picture, np.array([0.17, 0.13, 0.09]), trunk * 0.75)
    hedge = ramp(HORIZON - 0.055, HORIZON - 0.02, y + 0.03 * (clouds(x * 14, y * 0, 4, seed=30) - 0.5))
    dark = np.array([0.12, 0.19, 0.07]) + np.array([0.16, 0.22, 0.07]) * leaf[..., None]
    return blurred(blend(picture, dark, hedge), size * 0.0075)


def _ground(size: int) -> Floats:
    """The lawn's patches of light and dark in perspective, without blades."""
    x, y = grid(size)
    depth = np.clip((y - HORIZON) / (1 - HORIZON), 2e-3, 1)
    across, along = (x - 0.5) / depth + 200, 1 / depth
    broad, patch = clouds(across * 1.4, along * 1.2, 4, seed=5), clouds(across * 7, along * 4, 3, seed=11)
    green = np.array([0.34, 0.46, 0.14]) * (0.55 + 0.75 * broad[..., None])
    haze = np.exp(-(y - HORIZON) / 0.07)[..., None]
    return np.asarray(
        green + np.array([0.13, 0.11, 0.03]) * (patch[..., None] - 0.5) + np.array([0.11, 0.11, 0.06]) * haze
    )


def paint(size: int) -> Floats:
    """size × size × 3 in 0 … 1."""
    _, y = grid(size)
    picture = blend(_distance(size), _ground(size), (y - HORIZON) * size / 6 + 0.5)
    tone = _ground(size)[..., 1]
    rng = np.random.default_rng(8)
    image = to_image(picture)
    draw = ImageDraw.Draw(image, "RGBA")
    nearness = np.sort(rng.random(BLADES) ** 0.85)
    blurs = iter([0.08, 0.16, 0.26, 0.38, 0.52, 0.68, 2.0])
    stop = next(blurs)
    for near in nearness.tolist():
        if near > stop:
            image = image.filter(ImageFilter.GaussianBlur(size * 0.0016 * (1.1 - near)))
            draw, stop = ImageDraw.Draw(image, "RGBA"), next(blurs)
        _blade(draw, near, size, tone, rng)
    shade = 0.88 - 0.14 * ramp(0.8, 1.0, y)[..., None]
    return muted(blurred(to_array(image), 0.55) * shade, 0.72)


def _blade(draw: ImageDraw.ImageDraw, near: float, size: int, tone: Floats, rng: np.random.Generator) -> None:
    """One bent blade of two polygons, darker at its root."""
    x, y = rng.uniform(-0.05, 1.05) * size, size * (HORIZON + (1 - HORIZON) * (0.02 + 1.07 * near))
    height, width = (
        size * (0.006 + 0.055 * near) * rng.uniform(0.5, 1.2),
        size * (0.0007 + 0.0034 * near) * rng.uniform(0.6, 1.3),
    )
    lean = rng.normal() * height * 0.5
    local = tone[min(int(y), size - 1), int(np.clip(x, 0, size - 1))] / 0.42
    light = local * rng.uniform(0.55, 1.3)
    dry = rng.random()
    base = np.array([0.56, 0.50, 0.27]) if dry < 0.06 else np.array([0.36 + 0.1 * dry * dry, 0.50 + 0.06 * dry, 0.15])
    root, tip = (tuple(int(c) for c in np.clip(base * light * k, 0, 1) * 255) for k in (0.58, 1.12))
    mx, my = x + lean * 0.35, y - height * 0.55
    draw.polygon([(x - width, y), (x + width, y), (mx + width * 0.7, my), (mx - width * 0.7, my)], fill=(*root, 225))
    draw.polygon([(mx - width * 0.7, my), (mx + width * 0.7, my), (x + lean, y - height)], fill=(*tip, 232))
