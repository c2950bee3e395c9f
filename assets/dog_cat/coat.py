"""What the painted animals have in common: body regions, hair direction, hair texture, eyes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from assets.build.bake import Surface
from assets.build.geometry import Floats, unit
from assets.build.noise import fbm, mix, ramp, rgb, streaks
from assets.build.sdf import Body, Cone, shares
from assets.dog_cat.skin import gaze_frame

LAY = {
    "torso": (0, -0.55, -0.8), "rump": (0, -0.8, -0.6), "chest": (0, -1, -0.1), "thigh": (0, -0.8, -0.45),
    "neck": (0, -0.9, -0.3), "ruff": (0, -1, 0.15), "skull": (0, 0.25, -1), "cheek": (0.6, -0.5, -0.7),
    "muzzle": (0, 0.15, -1), "jaw": (0, -0.3, -1), "lip": (0.3, -0.4, -1), "brow": (0.2, 0.6, -0.5), "nose": (0, 0, -1),
}  # fmt: skip
"""The direction in which hair lies; other parts along their length. Mirrored on the right side."""
DEPTH = 1.5
"""Exponent that deepens a coat's colours."""
TRUNK = ("torso", "rump", "chest", "neck", "ruff", "thigh", "upper")
HEAD = ("skull", "cheek", "muzzle", "jaw", "lip", "brow", "nose", "mouth", "socket")


@dataclass(eq=False)
class Hide:
    """An animal's surface: where each point is on the body, and noise that follows the hair."""

    surface: Surface
    body: Body

    def __post_init__(self) -> None:
        self.x, self.y, self.z = self.surface.points.T
        self.wide = np.abs(self.x)
        self._shares = shares(self.body, self.surface.points, 0.03)

    def region(self, *names: str) -> Floats:
        """How much of each point belongs to these primitives (both sides), 0 … 1."""
        columns = [i for i, name in enumerate(self.body) if name.removesuffix("_l").removesuffix("_r") in names]
        return np.asarray(np.clip(self._shares[:, columns].sum(1), 0, 1))

    @cached_property
    def flow(self) -> Floats:
        """Unit vectors along the hair, in the surface."""
        lay = []
        for name, part in self.body.items():
            base = name.removesuffix("_l").removesuffix("_r")
            way = np.array(LAY.get(base, (0.0, 1.0, 0.0)), float)
            if base not in LAY and isinstance(part, Cone):
                way = part.frame()[1] * (-1 if base in ("upper", "lower") else 1)
            elif name.endswith("_r"):
                way = way * [-1, 1, 1]
            lay.append(way / np.linalg.norm(way))
        mean = self._shares @ np.array(lay)
        normal = self.surface.normals
        return unit(mean - normal * (mean * normal).sum(1, keepdims=True))

    @cached_property
    def patches(self) -> Floats:
        return fbm(self.surface.points, 7, 4, seed=1)

    @cached_property
    def grain(self) -> Floats:
        return fbm(self.surface.points, 25, 3, seed=9)

    @cached_property
    def locks(self) -> Floats:
        """Tufts of hair, 0 … 1."""
        return streaks(self.surface.points, self.flow, 62, 0.055, seed=3)

    @cached_property
    def hairs(self) -> Floats:
        """Single hairs, 0 … 1."""
        return streaks(self.surface.points, self.flow, 150, 0.030, seed=5)

    @cached_property
    def ragged(self) -> Floats:
        """Offset for the borders of markings, so that they end in hair and not in lines."""
        return (self.patches - 0.5) * 0.20 + (self.locks - 0.5) * 0.12 + (self.grain - 0.5) * 0.06

    def along_ear(self) -> tuple[Floats, Floats]:
        """Position from root (0) to tip (1) of the ears, and sideways distance in half widths."""
        ear = self.body["ear_l"]
        assert isinstance(ear, Cone)
        root, direction, length = ear.frame()
        local = np.stack([self.wide, self.y, self.z], -1) - root
        along = local @ direction / length
        width = np.asarray(ear.radii)[0] * np.clip(1 - along, 0.05, 1) + 0.012
        return along, np.abs(local[:, 0] - along * direction[0] * length) / width

    def haired(self, colour: Floats, bare: Floats, strength: float = 1.0) -> Floats:
        """Colours with the light and dark of hair, except where ``bare`` is 1."""
        tone = 0.55 * (self.locks - 0.5) + 0.42 * (self.hairs - 0.5) + 0.25 * (self.grain - 0.5)
        return colour * (1 + strength * tone * (1 - np.clip(bare, 0, 1)))[:, None]

    def finished(self, colour: Floats, shine: Floats) -> Floats:
        """RGBA with occlusion, the colours deepened as strong light washes them out."""
        deep = np.clip(colour, 0, 1) ** DEPTH * 1.1
        shade = 0.42 + 0.58 * np.clip(self.surface.occlusion * 1.2, 0, 1) ** 0.9
        return np.concatenate([np.clip(deep, 0, 1) * shade[:, None], shine[:, None]], 1)


@dataclass(frozen=True)
class Iris:
    """Colours of an eye and the half angles of its parts in radians; ``slit`` narrows the pupil."""

    inner: Floats
    outer: Floats
    pupil: float
    edge: float
    slit: float
    glint: float


def eyes(surface: Surface, colour: Floats, kind: str, iris: Iris) -> Floats:
    """Paint both eyeballs: iris, pupil, dark rim, the lid's shadow, a highlight."""
    result = colour.copy()
    for name, side in (("eye_l", 1), ("eye_r", -1)):
        mask = surface.on(name)
        centre, axes, _ = gaze_frame(kind, side)
        aside, up, ahead = unit((surface.points[mask] - centre) @ axes.T).T
        angle = np.arccos(np.clip(ahead, -1, 1))
        spokes = 0.85 + 0.15 * np.sin(np.arctan2(up, aside) * 23)
        tint = mix(np.tile(iris.inner, (len(angle), 1)), iris.outer, angle / iris.edge) * spokes[:, None]
        pupil = np.hypot(aside / iris.slit, up) / np.sin(iris.pupil)
        tint = mix(tint, rgb(8, 8, 8), ramp(1.08, 0.95, pupil))
        tint = mix(tint, rgb(20, 15, 12), ramp(iris.edge * 0.9, iris.edge, angle))
        tint = tint * (1 - 0.4 * ramp(0.15, 0.75, up))[:, None]
        away = np.hypot(aside - 0.28, up - 0.36)
        result[mask] = mix(tint, rgb(255, 255, 255), ramp(iris.glint, iris.glint * 0.7, away))
    return result


def put(mask: ArrayLike, colour: Floats, tint: Floats) -> Floats:
    """Colours with one tint where the mask holds."""
    return np.where(np.asarray(mask)[:, None], tint, colour)
