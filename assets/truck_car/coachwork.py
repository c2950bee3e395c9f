"""Common parts of the painted vehicles: paint, glass, chrome, tires, panel gaps, dirt."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from assets.build.bake import Surface
from assets.build.geometry import Floats, Mask
from assets.build.lettering import stamp
from assets.build.noise import fbm, ramp, rgb
from assets.truck_car.hulls import Place

BLACK, WHITE, SILVER = rgb(22, 22, 24), rgb(240, 240, 238), rgb(186, 190, 196)
RUBBER, CARBON = rgb(27, 27, 29), rgb(30, 30, 33)
DUST = rgb(122, 108, 92)
GLOSS, METAL, GLASS, SATIN, DULL = 0.45, 0.9, 0.95, 0.25, 0.05
"""Reflection strengths: paint, chrome, glass, plastic, rubber."""
Box = tuple[float, float, float, float]


@dataclass(eq=False)
class Coat:
    """Colors and reflection strengths of a vehicle's surface while it is being painted."""

    surface: Surface
    color: Floats
    shine: Floats
    x: Floats = field(init=False)
    y: Floats = field(init=False)
    z: Floats = field(init=False)
    wide: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.x, self.y, self.z = (np.ascontiguousarray(column) for column in self.surface.points.T)
        self.wide = np.abs(self.x)

    @classmethod
    def plain(cls, surface: Surface, color: Floats, shine: float) -> Coat:
        count = len(surface.points)
        return cls(surface, np.tile(color, (count, 1)), np.full(count, shine))

    def facing(self, axis: int, sign: int = 0, limit: float = 0.6) -> Mask:
        """Return the mask of points whose normal is along an axis (0, 1, 2), on one side (±1) or either (0)."""
        along = self.surface.normals[:, axis]
        return (np.abs(along) if sign == 0 else along * sign) > limit

    def put(self, where: Mask, color: ArrayLike, shine: float | None = None) -> None:
        """Paint the points of a mask with one color or one color each."""
        wanted = np.asarray(color)
        self.color[where] = wanted[where] if wanted.ndim == 2 else wanted
        if shine is not None:
            self.shine[where] = shine

    def shade(self, where: Mask, factor: ArrayLike) -> None:
        """Multiply the colors of a mask by one factor or one factor each."""
        values = np.asarray(factor)
        self.color[where] *= values[where][:, None] if values.ndim else values

    def box(self, face: Mask, a: Floats, b: Floats, limits: Box) -> Mask:
        """Points of a face within a rectangle (a low, a high, b low, b high)."""
        a0, a1, b0, b1 = limits
        return face & (a > a0) & (a < a1) & (b > b0) & (b < b1)

    def rounded(self, face: Mask, a: Floats, b: Floats, limits: Box, radius: float = 0.08) -> Mask:
        """Points of a face within a rectangle with rounded corners."""
        a0, a1, b0, b1 = limits
        within = self.box(face, a, b, limits)
        near = np.flatnonzero(within)
        da = np.maximum(np.abs(a[near] - (a0 + a1) / 2) - ((a1 - a0) / 2 - radius), 0)
        db = np.maximum(np.abs(b[near] - (b0 + b1) / 2) - ((b1 - b0) / 2 - radius), 0)
        within[near] = da * da + db * db < radius * radius
        return within

    def gap(self, face: Mask, a: Floats, b: Floats, limits: Box, *, radius: float = 0.05, width: float = 0.010) -> None:
        """Paint a panel gap around a rounded rectangle: a dark joint beside a light edge."""
        a0, a1, b0, b1 = limits

        def grown(by: float) -> Mask:
            return self.rounded(face, a, b, (a0 - by, a1 + by, b0 - by, b1 + by), radius + by)

        outer, inner, edge = grown(width), grown(-width), grown(-2.2 * width)
        self.shade(outer & ~inner, 0.25)
        self.shade(inner & ~edge, 1.18)

    def decal(self, face: Mask, u: Floats, v: Floats, box: Box, picture: Image.Image) -> None:
        """Put a picture on a face: center u, center v, width and height of the box; u points right."""
        cu, cv, width, height = box
        near = np.flatnonzero(face & (np.abs(u - cu) < width / 2) & (np.abs(v - cv) < height / 2))
        if len(near):
            across, up = (u[near] - cu) / width * 2, (v[near] - cv) / height * 2
            self.color[near], _ = stamp(self.color[near], np.ones(len(near), bool), across, up, picture)

    def flank_decal(self, part: Mask, box: Box, picture: Image.Image) -> None:
        """Put a picture on both flanks, readable on each; the box's center is (z, y)."""
        z, y, width, height = box
        for side in (1, -1):
            face = part & self.facing(0, side, 0.4)
            self.decal(face, -side * self.z, self.y, (-side * z, y, width, height), picture)

    def dust(self, wheels: dict[str, Place], top: float, amount: float) -> None:
        """Add road dust low down and behind the wheels; it fades out at the height ``top``, in meters."""
        low = np.flatnonzero(self.y < top)
        y, z = self.y[low], self.z[low]
        cloud = fbm(self.surface.points[low], 2.3, 3, 5)
        spray = sum(ramp(1.9, 1.0, np.hypot(y - w[1], z - w[2] + 0.25) / w[3]) for w in wheels.values())
        share = np.clip((ramp(top, 0.1, y) + 0.5 * spray) * ramp(0.25, 0.75, cloud) * amount, 0, 0.8)
        self.color[low] += (DUST - self.color[low]) * share[:, None]
        self.shine[low] *= 1 - 0.8 * share

    def finished(self, floor: float) -> Floats:
        """Return RGBA with occlusion, darkened below ``floor`` meters."""
        shade = 0.30 + 0.70 * np.clip(self.surface.occlusion * 1.18, 0, 1)
        shade *= 0.72 + 0.28 * ramp(0, floor, self.y)
        return np.concatenate([self.color * shade[:, None], (self.shine * shade)[:, None]], 1)


def glass(coat: Coat, low: float, high: float) -> Floats:
    """Tinted glass that reflects the sky in its upper part (heights in meters) and slanting streaks."""
    slant = (0.55 * coat.x + 0.8 * coat.y + 0.5 * coat.z) % 1.7
    sky = ramp(0.15, 1.0, (coat.y - low) / (high - low))[:, None]
    base = rgb(70, 78, 88) * (1 - sky) + rgb(134, 152, 170) * sky
    streak = 0.30 * ramp(0.16, 0.02, np.abs(slant - 0.6)) + 0.22 * ramp(0.05, 0.02, np.abs(slant - 0.9))
    return np.asarray(base + (rgb(186, 204, 220) - base) * streak[:, None])


def chrome(surface: Surface) -> Floats:
    """Polished metal: sky above, a dark horizon, the bright street below."""
    up = surface.normals[:, 1]
    tone = np.interp(up, [-1, -0.3, -0.12, 0.02, 0.15, 0.5, 1], [0.40, 0.60, 0.30, 0.40, 0.92, 0.80, 0.95])
    return np.stack([tone * 0.96, tone * 0.98, tone], -1)


def lamp(coat: Coat, where: Mask, out: Floats, radius: float) -> None:
    """A round head lamp: dark rim, reflector with a bright core; ``out`` is the distance from its center."""
    turn = out / radius
    coat.put(where & (turn < 1.0), rgb(34, 36, 40), METAL)
    reflector = where & (turn < 0.90)
    tone = np.interp(turn, [0, 0.25, 0.45, 0.6, 0.9], [1.0, 1.0, 0.78, 0.62, 0.86])
    coat.put(reflector, tone[:, None] * rgb(255, 253, 244)[None], GLASS)


def tread_plate(coat: Coat, where: Mask, a: Floats, b: Floats) -> None:
    """Diamond plate: short raised bars, each rotated by a quarter turn from the next."""
    u, v = (a + b) * 7, (a - b) * 7
    odd = (np.floor(u) + np.floor(v)) % 2 > 0.5
    du, dv = np.abs(u % 1 - 0.5), np.abs(v % 1 - 0.5)
    raised = np.where(odd, (du < 0.38) & (dv < 0.13), (dv < 0.38) & (du < 0.13))
    coat.put(where, rgb(150, 154, 160), 0.5)
    coat.put(where & raised, rgb(206, 209, 214), 0.6)


def truck_wheels(coat: Coat, wheels: dict[str, Place]) -> None:
    """Rubber with block tread; chrome rims with hand holes, nuts and a red hub."""
    for name, (_, cy, cz, radius, _) in wheels.items():
        part, out, turn = _polar(coat, name, cy, cz, radius)
        coat.put(part & (out > 0.965) & (((turn * 40) % 1 < 0.3) | ((coat.wide * 9) % 1 < 0.12)), rgb(13, 13, 14))
        rim = part & (out < 0.65)
        coat.put(rim, chrome(coat.surface) * 0.92, METAL)
        coat.put(rim & (np.abs((turn * 10) % 1 - 0.5) < 0.22) & (np.abs(out - 0.47) < 0.055), rgb(24, 24, 26), DULL)
        nut = rim & (np.abs((turn * 10) % 1 - 0.5) < 0.17) & (np.abs(out - 0.345) < 0.028)
        coat.put(nut, rgb(70, 72, 76), METAL)
        coat.put(rim & (out < 0.19), rgb(184, 20, 24), 0.6)
        coat.put(rim & (out < 0.08), SILVER, METAL)


def car_wheels(coat: Coat, wheels: dict[str, Place]) -> None:
    """Slicks with yellow lettering; ten light spokes in front of a brake disc; a central nut."""
    for name, (_, cy, cz, radius, _) in wheels.items():
        part, out, turn = _polar(coat, name, cy, cz, radius)
        coat.put(part & (out > 0.97), rgb(36, 36, 38), DULL)
        band = part & coat.facing(0, 0, 0.6) & (np.abs(out - 0.845) < 0.045)
        coat.put(band & (np.abs((turn * 2 + 0.25) % 1 - 0.5) < 0.27) & ((turn * 46) % 1 < 0.62), rgb(238, 202, 36))
        rim = part & (out < 0.73)
        coat.put(rim, rgb(16, 16, 17), DULL)
        disc = rim & (out < 0.56) & (out > 0.26)
        coat.put(disc, rgb(96, 94, 92), 0.6)
        coat.put(disc & (np.abs(turn - 0.30) < 0.09), rgb(206, 24, 26), GLOSS)
        spoke = rim & (np.abs((turn * 10) % 1 - 0.5) < 0.10 + 0.13 * (0.75 - out)) & (out > 0.1)
        coat.put(spoke, rgb(188, 191, 198), 0.7)
        coat.put(rim & (np.abs((turn * 10) % 1 - 0.5) < 0.03) & (out > 0.2), rgb(228, 230, 234), 0.7)
        coat.put(rim & (out > 0.645), rgb(206, 209, 215), 0.8)
        coat.put(rim & (out < 0.16), rgb(60, 62, 66), 0.7)
        coat.put(rim & (out < 0.09), rgb(206, 24, 26) if name == "front" else rgb(28, 70, 170), 0.6)


def _polar(coat: Coat, name: str, cy: float, cz: float, radius: float) -> tuple[Mask, Floats, Floats]:
    """Paint a wheel in rubber; return its mask, and its points' radius (in wheel radii) and turn (0 … 1)."""
    part = coat.surface.on(f"wheel_{name}")
    out = np.hypot(coat.y - cy, coat.z - cz) / radius
    turn = (np.arctan2(coat.y - cy, coat.z - cz) / (2 * np.pi) + 1) % 1
    coat.put(part, RUBBER, DULL)
    coat.put(part & coat.facing(0, 0, 0.6) & (np.abs(out - 0.93) < 0.008), rgb(44, 44, 46))
    coat.put(part & (np.abs(out - 0.70) < 0.012) & coat.facing(0, 0, 0.5), rgb(10, 10, 11))
    return part, out, turn
