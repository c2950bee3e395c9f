"""A street between houses and trees, seen along the right lane; the distance is out of focus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import ImageDraw

from assets.backgrounds.scenery.cars import park_cars
from assets.backgrounds.scenery.ground import SUN, View
from assets.backgrounds.scenery.plants import Crown, from_canvas, ink, to_canvas
from assets.build.canvas import blend, clouds, defocus, develop, focus, linear
from assets.build.geometry import Floats, Ints
from assets.build.noise import ramp

LABEL, ORDER = "Street", 2
LEVELS = (88, 88, 88)
SHARP, MOST = 7.0, 0.0046
LEFT, RIGHT = -10.0, 8.6
"""Positions of the rows of houses, in meters from the camera."""
CURBS = (-6.6, 4.6)
LINE = -1.9
SUNSHINE, SKYLIGHT = np.array([1.0, 0.93, 0.82]) * 1.9, np.array([0.62, 0.76, 1.0]) * 0.52
MISTY = 620.0
"""Meters of air after which 1/e of the light is left."""
HAZE = np.array([0.66, 0.75, 0.86])
PLASTER = linear(((142, 98, 84), (196, 180, 156), (168, 160, 152), (182, 156, 126), (122, 90, 80), (204, 196, 180)))


@dataclass(frozen=True, eq=False)
class Row:
    """A row of houses along the street: for each its start (meters ahead), height, wall and window pitch."""

    x: float
    starts: Floats
    heights: Floats
    walls: Ints
    pitches: Floats

    @classmethod
    def of(cls, x: float, lowest: float, highest: float, seed: int) -> Row:
        rng = np.random.default_rng(seed)
        starts = np.cumsum(rng.uniform(8, 15, 24)) - 12
        walls = rng.permutation(np.arange(24) % len(PLASTER))
        return cls(x, starts, rng.uniform(lowest, highest, 24), walls, rng.uniform(1.9, 2.7, 24))

    def house(self, z: Floats) -> Ints:
        return np.clip(np.searchsorted(self.starts, z) - 1, 0, len(self.starts) - 1)


ROWS = (Row.of(LEFT, 10.5, 16.0, 3), Row.of(RIGHT, 8.0, 10.5, 5))


def _sky(view: View) -> Floats:
    x, y = view.pixels
    rise = np.clip(y / view.horizon, 0, 1)[..., None]
    sky = np.array([0.26, 0.48, 0.90]) * (1 - rise) + np.array([0.90, 0.95, 1.0]) * rise
    return blend(sky, np.array([1.05, 1.04, 1.03]), ramp(0.46, 0.74, clouds(x * 3 + 5, y * 7, 5, seed=12)) * 0.9)


def _windows(row: Row, z: Floats, high: Floats) -> tuple[Floats, Floats, Floats]:
    """Return a wall's share of glass, its share of frame or sill, and a random number per window."""
    house = row.house(z)
    pitch = row.pitches[house]
    a, b = ((z - row.starts[house]) / pitch) % 1, (high / 3.2) % 1
    ground = high < 3.2
    inside = np.minimum(ramp(0.24, 0.26, np.abs(a)), ramp(0.80, 0.78, a))
    inside = np.minimum(
        inside, np.where(ground, ramp(0.82, 0.80, b), np.minimum(ramp(0.26, 0.28, b), ramp(0.82, 0.80, b)))
    )
    bar = (np.abs(a - 0.52) < 0.022) | (np.abs(b - 0.58) < 0.014)
    rim = (a > 0.19) & (a < 0.85) & (b > 0.21) & (b < 0.86) & ~ground
    number = np.floor((z - row.starts[house]) / pitch) * 7 + np.floor(high / 3.2) * 131 + house * 17
    chance = np.sin(number * 12.9898) * 43758.5453 % 1
    return inside * ~bar, np.clip(rim - inside, 0, 1) + inside * bar, chance


def _facades(view: View, picture: Floats, row: Row) -> tuple[Floats, Floats]:
    """Return the picture with a row of houses, and the depth of the visible walls (0 elsewhere)."""
    x, y = view.pixels
    side = (x - 0.5) * np.sign(row.x)
    z = view.lens * abs(row.x) / np.maximum(side, 1e-4)
    high = view.eye - (y - view.horizon) * z / view.lens
    house = row.house(z)
    seen = (side > 0.004) & (high > 0) & (high < row.heights[house]) & (z < 190)
    glass, frame, chance = _windows(row, z, high)
    dirt = clouds(z / 3 + 50, high / 5, 4, seed=14)
    color = PLASTER[row.walls[house]] * (0.72 + 0.5 * dirt)[..., None]
    band = (high % 3.2 > 3.02) | (high < 0.6) | (high > row.heights[house] - 0.55)
    color = np.where(band[..., None], color * 0.72 + 0.10, color)
    color = blend(color, linear((214, 208, 196)), frame * 0.75)
    sunny = max(0.0, -np.sign(row.x) * SUN[0])
    sky = ramp(-6, 16, high)[..., None] * np.array([0.50, 0.62, 0.80])
    glazed = (0.03 + 0.45 * chance**3)[..., None] * (0.25 + sky) + 0.02
    awning = (high < 3.1) & (high > 2.35) & (chance * 3 % 1 > 0.45)
    color = np.where(awning[..., None], linear((112, 66, 54)) * (0.7 + chance[..., None]), color)
    lit = color * (SUNSHINE * sunny + SKYLIGHT * (0.62 + 0.45 * np.clip(high / 12, 0, 1))[..., None])
    shade = 0.55 + 0.45 * ramp(0, 1.6, high)
    lit = blend(lit, glazed, glass * ~awning) * shade[..., None]
    mist = 1 - np.exp(-z / MISTY)
    return blend(picture, blend(lit, HAZE, mist), seen.astype(float)), np.where(seen, z, 0)


def _greenery(view: View, picture: Floats) -> Floats:
    """The wood at the end of the street, the trees along it, and the parked cars under them."""
    size = view.size
    image = to_canvas(picture)
    draw = ImageDraw.Draw(image)
    rng = np.random.default_rng(17)
    for k in range(15):
        mist = HAZE * 0.28
        shade, sunny = linear((34, 46, 30)) * 0.7 + mist, linear((120, 138, 84)) * 0.6 + mist
        foot = view.at((k - 7) * 2.6, 0, 170)
        tall = rng.uniform(0.035, 0.062) * size
        Crown(foot[0], foot[1] - tall * 0.8, tall * 0.6, tall * 0.8, shade, sunny, 12, 40).draw(draw, rng)
    for z in (112.0, 88.0, 68.0, 52.0, 40.0):
        for x in (CURBS[0] - 0.9, CURBS[1] + 0.8):
            mist = 1 - np.exp(-z / MISTY)
            foot, meter = view.at(x, 0, z + rng.uniform(-3, 3)), view.lens * size / z
            tall = rng.uniform(6.0, 8.0) * meter
            lean = rng.uniform(-0.3, 0.3) * meter
            trunk = linear((84, 72, 60)) * (1 - mist) + HAZE * mist
            draw.line([foot, (foot[0] + lean, foot[1] - tall * 0.6)], fill=ink(trunk), width=max(1, int(0.22 * meter)))
            shade, sunny = (c * (1 - mist) + HAZE * mist for c in (linear((26, 40, 20)), linear((126, 142, 78))))
            center = (foot[0] + lean, foot[1] - tall * 0.68)
            Crown(*center, 2.0 * meter, tall * 0.34, shade, sunny, 30, 70).draw(draw, rng)
    return from_canvas(image)


def _shaded(view: View, depth: Floats, x: Floats) -> Floats:
    """Mask of the ground in the shadow of the right row."""
    row = ROWS[1]
    along = (row.x - x) / SUN[0]
    behind = depth - SUN[2] * along
    return np.where(x < row.x, ramp(-0.35, 0.35, row.heights[row.house(behind % 150)] - SUN[1] * along), 1.0)


def _marks(x: Floats, depth: Floats, worn: Floats) -> Floats:
    """Amount of white paint on the road."""
    dash = ramp(0.075, 0.06, np.abs(x - LINE)) * ((depth + 2.0) % 9 < 4)
    return np.asarray(dash * ramp(0.36, 0.50, worn))


def _ground(view: View) -> Floats:
    """Asphalt with its tracks, patches and cracks; curbs and pavements."""
    depth = view.depth
    x, footprint = view.across(depth), view.footprint(depth)
    broad, patch = view.texture(depth, 3.0, 4, seed=2), view.texture(depth, 0.5, 4, seed=6)
    grit = view.texture(depth, 0.022, 3, seed=22)
    track = sum(np.exp(-(((x - c) / 0.42) ** 2)) for c in (-0.25, 1.35, -3.4, -5.0))
    tone = 0.063 + 0.040 * (broad - 0.5) + 0.028 * (patch - 0.5) + 0.060 * (grit - 0.5) - 0.010 * track
    road = tone[..., None] * np.array([1.0, 0.985, 0.96])
    crack = ramp(0.0045, 0.0020, np.abs(clouds(x / 2.4 + 61, depth / 2.0 + 3, 5, seed=26) - 0.5)) * ramp(
        0.46, 0.56, broad
    )
    road = road * (1 - 0.35 * crack * ramp(0.05, 0.02, footprint))[..., None]
    mended = ramp(-0.05, 0.05, 0.9 - np.abs(x - 2.3 + 0.1 * patch)) * ((depth + 3.5) % 26 < 4.5)
    road = blend(road, road * 0.72, mended)
    road = blend(road, linear((222, 220, 212)) * (0.5 + 0.6 * patch)[..., None], _marks(x, depth, patch) * 0.9)
    slab = (0.235 + 0.10 * (patch - 0.5) + 0.05 * (grit - 0.5))[..., None] * np.array([1.0, 0.97, 0.92])
    joint = ((depth % 0.9 < 0.03) | (np.abs(x) % 0.9 < 0.02)) & (footprint < 0.06)
    slab = np.where(joint[..., None], slab * 0.7, slab)
    beyond = np.maximum(CURBS[0] - x, x - CURBS[1])
    picture = blend(road * (1 - 0.35 * ramp(-0.9, -0.1, beyond))[..., None], slab, ramp(-0.02, 0.02, beyond))
    picture = blend(picture, np.array([0.36, 0.35, 0.33]), ramp(0.02, 0, np.abs(beyond - 0.12) - 0.10))
    sun = 1 - _shaded(view, depth, x)
    light = SUNSHINE * (SUN[1] * sun)[..., None] + SKYLIGHT * 0.95
    sheen = (0.22 * np.exp(-view.eye / np.maximum(depth, 1e-3) * 22))[..., None] * HAZE
    return blend(picture * light + sheen, HAZE, 1 - np.exp(-np.minimum(depth, 400) / MISTY))


def paint(size: int) -> Floats:
    """size × size × 3 in 0 … 1."""
    view = View(size, horizon=0.365, eye=2.1, lens=1.3)
    _, y = view.pixels
    picture = blend(_sky(view), _ground(view), (y - view.horizon) * size / 2 + 0.5)
    distance = np.where(y > view.horizon, view.depth, 1e5)
    for row in ROWS:
        picture, seen = _facades(view, picture, row)
        distance = np.where(seen > 0, seen, distance)
    picture = _greenery(view, picture)
    below = ramp(0.07, 0.11, y - view.horizon)
    picture = park_cars(view, picture, CURBS)
    far = defocus(picture, MOST * size)
    near = focus(picture, view.blur(distance, SHARP, MOST) * (distance < 1e3) + MOST * size * (distance >= 1e3))
    return develop(blend(far, near, below), 1.05)
