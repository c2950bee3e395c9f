"""A street between houses, seen from the middle of the lane at 1.6 m."""

from __future__ import annotations

import numpy as np
from PIL import ImageDraw

from assets.build.canvas import blend, blurred, clouds, grid, to_array, to_image
from assets.build.geometry import Floats
from assets.build.noise import ramp

LABEL, ORDER = "Street", 2
HORIZON = 0.40
EYE, LENS = 1.6, 0.9
FACADES = ((140, 92, 72), (174, 160, 140), (128, 128, 132), (158, 128, 98), (108, 78, 68), (190, 178, 160))
Point = tuple[float, float]


class Street:
    """Draws polygons given in metres (x right, y up, z ahead) with haze."""

    def __init__(self, size: int, picture: Floats) -> None:
        self.size = size
        self.image = to_image(picture)
        self._draw = ImageDraw.Draw(self.image)

    def at(self, x: float, y: float, z: float) -> Point:
        depth = max(z, 1.0)
        return self.size * (0.5 + LENS * x / depth), self.size * (HORIZON - LENS * (y - EYE) / depth)

    def quad(self, corners: list[tuple[float, float, float]], colour: Floats, glow: float = 1.0) -> None:
        depth = sum(c[2] for c in corners) / len(corners)
        haze = float(np.clip((depth - 8) / 95, 0, 0.65))
        tint = np.clip(colour * glow * (1 - haze) + np.array([0.78, 0.81, 0.84]) * haze, 0, 1)
        self._draw.polygon([self.at(*c) for c in corners], fill=tuple(int(v) for v in tint * 255))

    def wall(self, x: float, low: float, high: float, *, near: float, far: float, colour: Floats) -> None:
        """A rectangle parallel to the street's axis."""
        if far > max(near, 2.6):
            near = max(near, 2.6)
            self.quad([(x, low, near), (x, high, near), (x, high, far), (x, low, far)], colour)


def _house(street: Street, side: int, near: float, far: float, rng: np.random.Generator) -> None:
    x, height = side * 9.5, rng.uniform(9, 18)
    shade = 0.78 if side < 0 else 1.02
    base = np.array(FACADES[rng.integers(len(FACADES))]) / 255 * rng.uniform(0.85, 1.05) * shade
    street.wall(x, 0, height, near=near, far=far, colour=base)
    street.wall(x, 0, 0.7, near=near, far=far, colour=base * 0.7)
    floors, windows = int(height / 3.1), max(1, int((far - near) / 2.1))
    for floor in range(floors):
        low = floor * 3.1 + (0.25 if floor == 0 else 1.0)
        high = low + (2.3 if floor == 0 else 1.6)
        for w in range(windows):
            a = near + (w + 0.24) * (far - near) / windows
            b = near + (w + 0.76) * (far - near) / windows
            glass = np.array([0.17, 0.21, 0.26]) * rng.uniform(0.6, 2.2)
            street.wall(x * 0.999, low - 0.14, high + 0.14, near=a - 0.12, far=b + 0.12, colour=base * 1.22)
            street.wall(x * 0.998, low, high, near=a, far=b, colour=glass)
            street.wall(x * 0.997, (low + high) / 2 - 0.04, (low + high) / 2 + 0.04, near=a, far=b, colour=base * 1.15)
            street.wall(x * 0.997, low, high, near=(a + b) / 2 - 0.05, far=(a + b) / 2 + 0.05, colour=base * 1.15)
        street.wall(x * 0.998, floor * 3.1 + 2.85, floor * 3.1 + 2.97, near=near, far=far, colour=base * 0.82)
    street.wall(x * 0.985, height, height + 0.45, near=near, far=far, colour=base * 0.66)
    street.wall(x * 1.004, 0, height, near=far - 0.15, far=far, colour=base * 0.6)


def _car(street: Street, x: float, z: float, colour: tuple[int, int, int]) -> None:
    """A parked car seen from behind."""
    paint, dark = np.array(colour) / 255, np.array([0.13, 0.15, 0.18])
    inner, outer = x - np.sign(x) * 0.88, x + np.sign(x) * 0.88
    for front, low, high, tone in ((4.2, 0.28, 0.92, 0.72), (3.4, 0.92, 1.45, 0.0)):
        shade = paint * tone if tone else dark
        start = 0.0 if tone else 0.7
        street.quad(
            [(inner, low, z + start), (inner, high, z + start), (inner, high, z + front), (inner, low, z + front)],
            shade,
        )
    street.quad([(inner, 0.28, z), (inner, 0.95, z), (outer, 0.95, z), (outer, 0.28, z)], paint)
    street.quad(
        [(inner, 0.95, z), (inner * 0.99, 1.42, z + 0.7), (outer * 0.99, 1.42, z + 0.7), (outer, 0.95, z)], dark
    )
    street.quad(
        [(inner, 1.42, z + 0.7), (inner, 1.46, z + 2.6), (outer, 1.46, z + 2.6), (outer, 1.42, z + 0.7)], paint * 1.15
    )
    for edge in (inner, outer - np.sign(x) * 0.2):
        step = np.sign(x) * 0.22
        street.quad(
            [(edge, 0, z + 0.1), (edge, 0.34, z + 0.1), (edge + step, 0.34, z + 0.1), (edge + step, 0, z + 0.1)],
            dark * 0.5,
        )
        street.quad(
            [(edge, 0.66, z), (edge, 0.82, z), (edge + step, 0.82, z), (edge + step, 0.66, z)],
            np.array([0.6, 0.1, 0.1]),
        )


def _ground(size: int) -> Floats:
    """Asphalt, markings, kerbs and pavements."""
    x, y = grid(size)
    depth = EYE * LENS / np.clip(y - HORIZON, 1e-4, 1)
    across = (x - 0.5) * depth / LENS
    broad, patch = clouds(across * 0.7 + 300, depth * 0.35, 4, seed=2), clouds(across * 3 + 300, depth * 1.6, 4, seed=6)
    fine = np.random.default_rng(2).normal(0, 1, (size, size))
    fine = 0.6 * fine + 0.4 * np.roll(fine, 1, 1)
    grain = fine * 0.035 * np.clip(5 / depth, 0.05, 1)
    tone = (
        0.36
        + 0.16 * (broad - 0.5)
        + 0.14 * (patch - 0.5)
        + grain
        - 0.035 * np.exp(-(((np.abs(across) - 1.5) / 0.4) ** 2))
    )
    colour = tone[..., None] * np.array([1.0, 0.99, 0.98])
    worn = 0.62 + 0.5 * patch[..., None]
    dash = (np.abs(across - 0.0) < 0.075) & (depth % 6 < 3)
    line = dash | (np.abs(np.abs(across) - 4.6) < 0.06)
    colour = np.where(line[..., None], np.array([0.84, 0.83, 0.78]) * worn, colour)
    slab = 0.6 + 0.10 * (patch - 0.5) + 0.5 * grain
    joint = (depth % 1.2 < 0.05) | ((np.abs(across) - 6) % 1.2 < 0.04)
    slab = np.where(joint & (depth < 25), slab * 0.8, slab)
    colour = np.where((np.abs(across) > 6)[..., None], slab[..., None] * np.array([1, 0.98, 0.95]), colour)
    colour = np.where(((np.abs(across) > 6) & (np.abs(across) < 6.25))[..., None], 0.70, colour)
    colour = np.where(((np.abs(across) > 5.75) & (np.abs(across) <= 6))[..., None], 0.30, colour)
    gutter = ramp(1.2, 0, np.abs(np.abs(across) - 5.6))[..., None]
    return np.asarray(
        blend(colour * (1 - 0.16 * gutter), np.array([0.76, 0.78, 0.80]), np.clip((depth - 10) / 90, 0, 0.6))
    )


def _trees(size: int, picture: Floats) -> Floats:
    x, y = grid(size)
    leaf = clouds(x * 26, y * 26, 5, seed=17)
    for cx, cy, radius in (
        (0.565, 0.365, 0.022),
        (0.437, 0.362, 0.026),
        (0.60, 0.345, 0.045),
        (0.385, 0.335, 0.055),
        (0.715, 0.275, 0.085),
        (0.265, 0.25, 0.10),
    ):
        crown = 1 - ((x - cx) / radius) ** 2 - ((y - cy) / (radius * 0.95)) ** 2 + 2.6 * (leaf - 0.5)
        light = np.clip(leaf - 0.25 + 0.4 * (cy - y) / radius + 0.15 * (x - cx) / radius, 0, 1)[..., None]
        haze = float(np.clip(1 - radius / 0.1, 0, 1)) * 0.4
        trunk = (np.abs(x - cx) < radius * 0.06) & (y > cy + radius * 0.4) & (y < HORIZON + radius * 0.55)
        picture = blend(picture, np.array([0.22, 0.18, 0.14]) * (1 - haze) + 0.75 * haze, trunk.astype(float))
        green = np.array([0.10, 0.16, 0.06]) + np.array([0.36, 0.44, 0.17]) * light
        picture = blend(picture, green * (1 - haze) + np.array([0.7, 0.76, 0.76]) * haze, crown * 3)
    return picture


def paint(size: int) -> Floats:
    """size × size × 3 in 0 … 1."""
    x, y = grid(size)
    rise = (y / HORIZON)[..., None]
    sky = np.array([0.52, 0.68, 0.88]) * (1 - rise) + np.array([0.90, 0.93, 0.95]) * rise
    sky = blend(sky, np.array([0.97, 0.97, 0.98]), ramp(0.5, 0.75, clouds(x * 3, y * 7, 5, seed=12)) * 0.85)
    scene = Street(size, sky)
    rng = np.random.default_rng(6)
    for side in (-1, 1):
        far = 82.0
        while far > 4:
            near = far - rng.uniform(6, 11)
            _house(scene, side, near, far, rng)
            far = near
    picture = blurred(_trees(size, to_array(scene.image)), size * 0.0026)
    picture = blend(picture, _ground(size), (y - HORIZON) * size / 3 + 0.5)
    cars = Street(size, picture)
    for cx, z, colour in (
        (-5.1, 34, (120, 34, 32)),
        (5.2, 38, (186, 188, 192)),
        (-5.1, 25, (66, 78, 104)),
        (5.2, 27, (44, 48, 56)),
        (-5.1, 17.5, (170, 172, 176)),
    ):
        _car(cars, cx, z, colour)
    sharp = ramp(HORIZON + 0.06, HORIZON + 0.30, y)
    drawn = to_array(cars.image)
    return blend(blurred(drawn, size * 0.0018), drawn, sharp)
