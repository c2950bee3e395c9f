"""What painted vehicles have in common: glass, chrome, tyres, decals on flanks."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from assets.build.bake import Surface
from assets.build.geometry import Floats, Mask
from assets.build.lettering import stamp
from assets.build.noise import mix, ramp, rgb

BLACK, WHITE, SILVER = rgb(24, 24, 26), rgb(240, 240, 238), rgb(178, 182, 188)


@dataclass(eq=False)
class Coat:
    """Colours and specular strengths of a vehicle's surface while it is being painted."""

    surface: Surface
    colour: Floats
    shine: Floats
    x: Floats = field(init=False)
    y: Floats = field(init=False)
    z: Floats = field(init=False)
    wide: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.x, self.y, self.z = self.surface.points.T
        self.wide = np.abs(self.x)

    @classmethod
    def plain(cls, surface: Surface, colour: Floats, shine: float) -> Coat:
        count = len(surface.points)
        return cls(surface, np.tile(colour, (count, 1)), np.full(count, shine))

    def facing(self, axis: int, sign: int = 0, limit: float = 0.6) -> Mask:
        """Points whose normal points along an axis (0, 1, 2), on one side (±1) or either (0)."""
        along = self.surface.normals[:, axis]
        return (np.abs(along) if sign == 0 else along * sign) > limit

    def put(self, where: Mask, colour: ArrayLike, shine: float | None = None) -> None:
        """Paint the points of a mask with one colour or with a colour each."""
        wanted = np.asarray(colour)
        self.colour[where] = wanted[where] if wanted.ndim == 2 else wanted
        if shine is not None:
            self.shine[where] = shine

    def box(self, face: Mask, a: Floats, b: Floats, limits: tuple[float, float, float, float]) -> Mask:
        """Points of a face within a rectangle (a low, a high, b low, b high)."""
        a0, a1, b0, b1 = limits
        return face & (a > a0) & (a < a1) & (b > b0) & (b < b1)

    def decal(
        self, face: Mask, u: Floats, v: Floats, box: tuple[float, float, float, float], picture: Image.Image
    ) -> None:
        """A picture on a face: centre u, centre v, width and height of the box; u runs to the right."""
        cu, cv, width, height = box
        self.colour, _ = stamp(self.colour, face, (u - cu) / width * 2, (v - cv) / height * 2, picture)

    def flank_decal(self, part: Mask, box: tuple[float, float, float, float], picture: Image.Image) -> None:
        """The same picture readable on both flanks; the box's centre is given as (z, y)."""
        z, y, width, height = box
        for side in (1, -1):
            face = part & self.facing(0, side, 0.5)
            self.decal(face, -side * self.z, self.y, (-side * z, y, width, height), picture)

    def finished(self, floor: float) -> Floats:
        """RGBA with occlusion, and darker below ``floor`` metres."""
        shade = 0.34 + 0.66 * np.clip(self.surface.occlusion * 1.15, 0, 1)
        shade = shade * (0.7 + 0.3 * ramp(0, floor, self.y))
        return np.concatenate([self.colour * shade[:, None], (self.shine * shade)[:, None]], 1)


def glass(surface: Surface) -> Floats:
    """Dark glass with the sky in its upper part and slanting reflections."""
    x, y, z = surface.points.T
    slant = (0.8 * x + 0.7 * y + 0.6 * z) % 1.5
    base = mix(np.tile(rgb(34, 40, 48), (len(x), 1)), rgb(104, 124, 146), ramp(0.1, 0.9, (y - 1.3) / 1.2))
    return mix(
        base,
        rgb(178, 196, 212),
        (ramp(0.10, 0.04, np.abs(slant - 0.5)) + 0.7 * ramp(0.05, 0.02, np.abs(slant - 0.75))) * 0.4,
    )


def chrome(surface: Surface) -> Floats:
    """Polished metal: sky above, a dark horizon, the bright street below."""
    up = surface.normals[:, 1]
    tone = np.interp(up, [-1, -0.3, -0.12, 0.02, 0.15, 0.5, 1], [0.42, 0.62, 0.30, 0.36, 0.92, 0.78, 0.95])
    return np.stack([tone * 0.96, tone * 0.98, tone], -1)


def tyres(coat: Coat, wheels: dict[str, tuple[float, float, float, float, float]], racing: bool) -> None:
    """Rubber with a chrome (truck) or spoked rim and yellow lettering (racing)."""
    for name, (_, cy, cz, radius, _width) in wheels.items():
        part = coat.surface.on(f"wheel_{name}")
        out = np.hypot(coat.y - cy, coat.z - cz) / radius
        turn = np.arctan2(coat.y - cy, coat.z - cz) / (2 * np.pi)
        rim, side = part & (out < 0.635), part & coat.facing(0, 0, 0.6)
        coat.put(part, rgb(30, 30, 32), 0.08)
        coat.put(part & (out > 0.95) & ((turn * 44) % 1 < (0.0 if racing else 0.3)), rgb(16, 16, 17))
        metal = rgb(66, 68, 74) if racing else chrome(coat.surface) * 0.9
        coat.put(rim, metal, 0.6)
        if racing:
            spoke = rim & (np.abs((turn * 10) % 1 - 0.5) < 0.10 + 0.10 * out) & (out > 0.1)
            coat.put(rim & ~spoke & (out > 0.2) & (out < 0.55), rgb(20, 20, 22), 0.1)
            coat.put(spoke & (out < 0.6), rgb(206, 208, 214), 0.7)
            coat.put(rim & (out > 0.57), rgb(214, 216, 222), 0.7)
            band = side & (np.abs(out - 0.80) < 0.05) & (np.abs((turn * 2 + 0.25) % 1 - 0.5) < 0.30)
            coat.put(band & ((turn * 46) % 1 < 0.62), rgb(240, 206, 40))
        else:
            coat.put(rim & (np.abs((turn * 8) % 1 - 0.5) < 0.2) & (np.abs(out - 0.44) < 0.06), rgb(30, 30, 32), 0.1)
            coat.put(rim & (np.abs((turn * 10) % 1 - 0.5) < 0.2) & (np.abs(out - 0.26) < 0.025), rgb(70, 72, 76))
            coat.put(rim & (out < 0.14), rgb(190, 24, 26), 0.6)
        coat.put(part & (np.abs(out - 0.635) < 0.02) & side, rgb(12, 12, 13))


def arches(
    coat: Coat, part: Mask, wheels: dict[str, tuple[float, float, float, float, float]], trim: Floats | None
) -> None:
    """Dark wheel wells painted on the flanks, with a trim around them."""
    for _, cy, cz, radius, _width in wheels.values():
        out = np.hypot(coat.y - cy, coat.z - cz) / radius
        flank = part & coat.facing(0, 0, 0.4)
        if trim is not None:
            coat.put(flank & (out < 1.34), trim, 0.6)
        coat.put(flank & (out < 1.22), rgb(14, 14, 15), 0.0)
