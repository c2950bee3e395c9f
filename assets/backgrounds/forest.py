"""A path through an open wood: fallen leaves, trunks near and far, sun in the foliage."""

from __future__ import annotations

import numpy as np
from PIL import ImageDraw

from assets.backgrounds.scenery.ground import View
from assets.backgrounds.scenery.plants import Crown, from_canvas, ink, to_canvas
from assets.build.canvas import blend, clouds, defocus, develop, focus, linear, mute
from assets.build.geometry import Floats
from assets.build.noise import ramp

LABEL, ORDER = "Forest Path", 8
LEVELS = (84, 84, 84)
SHARP, MOST = 2.6, 0.0080
LEAVES = 17_000
CLEAR = 48.0
"""Meters of air after which 1/e of the light is left."""
MIST, EARTH = np.array([0.60, 0.70, 0.46]) * 0.50, linear((98, 80, 58))
LITTER = linear(((136, 96, 58), (112, 76, 48), (160, 122, 74), (92, 70, 50), (120, 108, 60)))
MOSS = linear((76, 92, 40))


def _center(depth: Floats) -> Floats:
    """Position of the path's middle, in meters to the right."""
    return np.asarray(0.9 * np.sin(depth / 9.0) * ramp(3, 16, depth))


def _foliage(view: View) -> Floats:
    """Bright distant foliage with gaps of sky."""
    x, y = view.pixels
    leaf, broad = clouds(x * 40, y * 40, 4, seed=71), clouds(x * 6, y * 5, 3, seed=75)
    light = np.clip(1.3 * broad + 0.8 * leaf - 0.72 - 0.5 * np.abs(y - 0.16), 0, 1)
    green = linear((40, 56, 26)) + (linear((176, 192, 96)) - linear((40, 56, 26))) * light[..., None]
    glow = np.exp(-(((x - 0.56) / 0.22) ** 2) - ((y - 0.24) / 0.16) ** 2)
    green = green + MIST * (0.10 + 1.0 * glow)[..., None]
    gaps = ramp(0.60, 0.70, clouds(x * 34 + 9, y * 34, 3, seed=78)) * ramp(0.34, 0.10, y) * ramp(0.45, 0.6, broad)
    return blend(green, np.array([1.5, 1.6, 1.45]), gaps * 0.8)


def _trunk(picture: Floats, view: View, at: tuple[float, float], thick: float) -> None:
    """Paint a trunk with bark, lit from the right; its foot at x, z in meters."""
    foot, meter = view.at(at[0], -0.05, at[1]), view.lens / at[1]
    reach = (thick * meter * 1.8 + 0.05) * view.size
    part = slice(max(0, int(foot[0] - reach)), max(0, int(foot[0] + reach)))
    x, y = (grid[:, part] for grid in view.pixels)
    above = foot[1] / view.size - y
    lean = 0.05 * np.sin(at[0] * 7 + at[1])
    middle = foot[0] / view.size + lean * above + 0.012 * meter * np.sin(y * 9 + at[0] * 5)
    half = thick * meter * (0.85 + 0.6 * np.exp(-np.maximum(above, 0) / (0.12 * meter)))
    across = (x - middle) / half
    mask = ramp(0, 0.06, 1 - np.abs(across)) * (above > 0)
    rounded = np.sqrt(np.clip(1 - across**2, 0, 1))
    bark = clouds(across * 4 + at[0] * 9 + 40, y / meter * 3.0, 4, seed=82)
    lit = 0.16 + 0.85 * np.clip(0.55 * across + 0.45 * rounded, 0, 1) ** 1.3
    moss = ramp(0.50, 0.75, clouds(x * 20, y * 9, 3, seed=85)) * ramp(0.4, -0.5, across)
    color = blend(np.broadcast_to(linear((112, 96, 80)), (*x.shape, 3)), MOSS, moss * 0.7)
    mist = 1 - np.exp(-at[1] / CLEAR)
    shaded = color * (lit * (0.30 + 1.4 * bark))[..., None]
    picture[:, part] = blend(picture[:, part], shaded * (1 - mist) + MIST * mist, mask)


def _plants(view: View, picture: Floats) -> Floats:
    """The picture with trunks and bushes from far to near, out of focus."""
    rng = np.random.default_rng(21)
    drawn = picture.copy()
    for depth in sorted(rng.uniform(9.0, 46.0, 40).tolist(), reverse=True):
        x = rng.uniform(-0.5, 0.5) * depth / view.lens * 1.1
        if abs(x - float(_center(np.array(depth)))) > 1.1 + 0.035 * depth:
            _trunk(drawn, view, (x, depth), rng.uniform(0.13, 0.26))
    image = to_canvas(drawn)
    draw = ImageDraw.Draw(image)
    for depth in np.linspace(36, 11, 44).tolist():
        side = rng.choice((-1, 1))
        x = float(_center(np.array(depth))) + side * rng.uniform(1.8, 0.36 * depth + 1.6)
        tall = rng.uniform(0.25, 0.75) * view.lens / depth * view.size
        mist = 1 - np.exp(-depth / CLEAR)
        shade, sunny = (c * (1 - mist) + MIST * mist for c in (linear((24, 36, 16)), linear((120, 146, 58))))
        foot = view.at(x, 0, depth)
        Crown(foot[0], foot[1] - tall * 0.7, tall * rng.uniform(0.9, 1.6), tall * 0.75, shade, sunny, 12, 34).draw(
            draw, rng
        )
    drawn = from_canvas(image)
    mask = (np.abs(drawn - from_canvas(to_canvas(picture))).max(-1, keepdims=True) > 1e-3).astype(float)
    return picture * (1 - defocus(mask, MOST * view.size)) + defocus(drawn * mask, MOST * view.size)


def _dapples(view: View, depth: Floats) -> Floats:
    """Sun and shade on the ground, factors around 1."""
    x = view.across(depth)
    spots = clouds(x / 0.9 + 30, depth / 1.1 + 5, 3, seed=91)
    return np.asarray(0.55 + 1.0 * ramp(0.44, 0.64, spots))


def _ground(view: View) -> Floats:
    depth = view.depth
    x = view.across(depth)
    beside = np.abs(x - _center(depth))
    crumbs, patch = view.texture(depth, 0.06, 4, seed=93), view.texture(depth, 0.7, 3, seed=95)
    path = EARTH * (0.55 + 0.9 * crumbs)[..., None]
    litter = np.clip(LITTER[1] * (0.3 + 1.4 * crumbs)[..., None], 0, 1)
    litter = blend(litter, MOSS * (0.5 + crumbs)[..., None], ramp(0.50, 0.72, patch) * ramp(0.8, 1.6, beside))
    ground = blend(path, litter, ramp(0.75, 1.25, beside + 0.6 * (patch - 0.5)))
    return np.asarray(ground * np.array([1.25, 1.15, 0.92]))


def _leaves(view: View, picture: Floats) -> Floats:
    """Single fallen leaves with shadows, most of them beside the path."""
    size = view.size
    image = to_canvas(picture)
    draw = ImageDraw.Draw(image)
    rng = np.random.default_rng(23)
    count = int(LEAVES * min(1.0, size / 512))
    y = view.horizon + (1 - view.horizon) * (0.09 + 0.96 * np.sort(rng.random(count) ** 0.75))
    x = rng.random(count) * 1.06 - 0.03
    depth = view.lens * view.eye / (y - view.horizon)
    beside = np.abs((x - 0.5) * depth / view.lens - _center(depth))
    kept = rng.random(count) < 0.30 + 0.70 * ramp(0.5, 1.3, beside)
    for k in np.flatnonzero(kept).tolist():
        meter = view.lens * size / depth[k]
        long, wide = meter * rng.uniform(0.010, 0.028), meter * rng.uniform(0.005, 0.013)
        turn, flat = rng.uniform(0, np.pi), view.eye / np.hypot(view.eye, depth[k]) * rng.uniform(0.8, 2.2)
        ring = np.linspace(0, 2 * np.pi, 9)[:-1]
        bulge = 1 - 0.25 * np.abs(np.cos(ring))
        a, b = long * np.cos(ring), wide * np.sin(ring) * bulge
        px, py = a * np.cos(turn) - b * np.sin(turn), (a * np.sin(turn) + b * np.cos(turn)) * min(flat, 1.0)
        corners = np.stack([x[k] * size + px, y[k] * size + py], -1)
        color = LITTER[rng.integers(len(LITTER))] * rng.uniform(0.6, 1.7)
        draw.polygon([(cx - 0.10 * long, cy + 0.22 * long) for cx, cy in corners.tolist()], fill=ink(EARTH * 0.22))
        draw.polygon([(cx, cy) for cx, cy in corners.tolist()], fill=ink(color))
    return from_canvas(image)


def paint(size: int) -> Floats:
    """size × size × 3 in 0 … 1."""
    view = View(size, horizon=0.35, eye=0.85)
    x, y = view.pixels
    depth = np.minimum(view.depth, 60)
    ground = _leaves(view, _ground(view)) * _dapples(view, depth)[..., None]
    ground = blend(ground, MIST, 1 - np.exp(-depth / CLEAR))
    wood = defocus(_foliage(view), 0.016 * size)
    ground = focus(ground, view.blur(depth, SHARP, MOST))
    edge = ramp(-0.008, 0.012, y - view.horizon - 0.028 + 0.02 * clouds(x * 24, y * 0, 3, seed=2))
    return mute(develop(_plants(view, blend(wood, ground, edge)), 1.0, 0.25), 0.85)
