"""Common parts of the painted animals: body regions, hair direction, hair texture, eyes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from assets.build.bake import Surface
from assets.build.geometry import Floats, unit
from assets.build.noise import fbm, mix, ramp, rgb, streaks
from assets.build.sdf import Body, Cone, Ellipsoid, shares
from assets.dog_cat.skin import gaze_frame

LAY = {
    "torso": (0, -0.55, -0.8), "rump": (0, -0.8, -0.6), "chest": (0, -1, -0.1), "thigh": (0, -0.8, -0.45),
    "keel": (0, -1, 0.05), "shoulder": (0, -0.9, -0.35), "wrist": (0, -1, 0.1), "toe": (0, 0.1, 1), "tip": (0, 0.1, 1),
    "neck": (0, -0.9, -0.3), "ruff": (0, -1, 0.15), "skull": (0, 0.25, -1), "cheek": (0.6, -0.5, -0.7),
    "muzzle": (0, 0.15, -1), "jaw": (0, -0.3, -1), "lip": (0.3, -0.4, -1), "brow": (0.2, 0.6, -0.5), "nose": (0, 0, -1),
}  # fmt: skip
"""Direction of the hair by part; other parts follow their length. Mirrored on the right side."""
BRIGHT = 1.05
"""Factor of all colors that compensates the darkening by `Hide.finished`."""
TRUNK = ("torso", "rump", "chest", "keel", "shoulder", "neck", "ruff", "thigh", "upper")
LEGS = ("upper", "lower", "wrist", "pastern")
FEET = ("paw", "toe", "foot", "tip")
HEAD = ("skull", "cheek", "muzzle", "jaw", "lip", "brow", "nose", "mouth", "socket")


def stem(name: str) -> str:
    """Return a primitive's name without side and number."""
    return name.removesuffix("_l").removesuffix("_r").rstrip("1234")


@dataclass(eq=False)
class Hide:
    """An animal's surface: body region of each point, and noise that follows the hair."""

    surface: Surface
    body: Body

    def __post_init__(self) -> None:
        self.x, self.y, self.z = self.surface.points.T
        self.wide = np.abs(self.x)
        self._shares = shares(self.body, self.surface.points, 0.03)

    def region(self, *names: str) -> Floats:
        """Return the share of each point that belongs to these primitives (both sides), 0 … 1."""
        columns = [i for i, name in enumerate(self.body) if stem(name) in names]
        return np.asarray(np.clip(self._shares[:, columns].sum(1), 0, 1))

    @cached_property
    def flow(self) -> Floats:
        """Unit vectors along the hair, in the surface."""
        lay = []
        for name, part in self.body.items():
            base = stem(name)
            way = np.array(LAY.get(base, (0.0, 1.0, 0.0)), float)
            if base not in LAY and isinstance(part, Cone):
                way = part.frame()[1] * (-1 if base in LEGS else 1)
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
        """Offset that frays the borders of markings into hair."""
        return (self.patches - 0.5) * 0.20 + (self.locks - 0.5) * 0.12 + (self.grain - 0.5) * 0.06

    def along_ear(self) -> tuple[Floats, Floats]:
        """Position from root (0) to tip (1) of the ears, and sideways distance in half widths."""
        ear, point = self.body["ear_l"], self.body["point_l"]
        assert isinstance(ear, Cone)
        assert isinstance(point, Cone)
        root, direction, length = Cone(ear.start, point.end, ear.radii).frame()
        local = np.stack([self.wide, self.y, self.z], -1) - root
        along = local @ direction / length
        width = np.interp(along, (0, 0.48, 1), (*np.asarray(ear.radii, float), float(np.asarray(point.radii)[1])))
        return along, np.abs(local[:, 0] - along * direction[0] * length) / width

    def haired(self, color: Floats, bare: Floats, strength: float = 1.0) -> Floats:
        """Return colors with the shading of hair, except where ``bare`` is 1."""
        tone = 0.43 * (self.locks - 0.5) + 0.49 * (self.hairs - 0.5) + 0.32 * (self.grain - 0.5)
        return color * (1 + strength * tone * (1 - np.clip(bare, 0, 1)))[:, None]

    def finished(self, color: Floats, shine: Floats, depth: float) -> Floats:
        """Return RGBA with occlusion; colors to the power of ``depth``, which offsets strong light."""
        deep = np.clip(color, 0, 1) ** depth * BRIGHT
        shade = 0.42 + 0.58 * np.clip(self.surface.occlusion * 1.2, 0, 1) ** 0.9
        return np.concatenate([np.clip(deep, 0, 1) * shade[:, None], shine[:, None]], 1)


@dataclass(frozen=True)
class Iris:
    """Colors of an eye and of its lids, and the sines of its parts' half angles."""

    inner: Floats
    outer: Floats
    lid: Floats
    pupil: float
    edge: float
    slit: float
    """The pupil's width as a share of its height."""
    opening: tuple[float, float]
    """Distances of the upper and the lower lid from the middle."""
    slant: float
    """Angle by which the outer corner is raised, in radians."""
    glint: float


def eyes(surface: Surface, color: Floats, kind: str, iris: Iris) -> Floats:
    """Paint both eyeballs: iris, pupil, dark rim, the lids and their shadow, a highlight."""
    result = color.copy()
    for name, side in (("eye_l", 1), ("eye_r", -1)):
        mask = surface.on(name)
        center, axes, _ = gaze_frame(kind, side)
        aside, up, ahead = unit((surface.points[mask] - center) @ axes.T).T
        out = np.hypot(aside, up)
        spokes = 0.9 + 0.1 * np.sin(np.arctan2(up, aside) * 23)
        tint = mix(np.tile(iris.inner, (len(out), 1)), iris.outer, ramp(0.2, 1.0, out / iris.edge)) * spokes[:, None]
        tint = mix(tint, rgb(8, 8, 8), ramp(1.08, 0.95, np.hypot(aside / iris.slit, up) / iris.pupil))
        tint = mix(tint, rgb(24, 17, 13), ramp(iris.edge * 0.88, iris.edge, out))
        tint = tint * (1 - 0.45 * ramp(0.05, 0.75, up))[:, None]
        away = np.hypot(aside - 0.26, up - 0.32)
        tint = mix(tint, rgb(255, 255, 255), ramp(iris.glint, iris.glint * 0.7, away))
        tint = mix(tint, rgb(150, 160, 170), ramp(0.2, 0.05, np.hypot(aside + 0.3, up + 0.35)) * 0.35)
        along = np.cos(iris.slant) * aside * side + np.sin(iris.slant) * up
        across = np.cos(iris.slant) * up - np.sin(iris.slant) * aside * side
        upper, lower = iris.opening
        lids = np.abs(across) / np.where(across > 0, upper, lower) - (1 - np.clip(along / 1.02, -1, 1) ** 2)
        result[mask] = mix(tint, iris.lid, np.maximum(ramp(-0.05, 0.02, lids), ahead < 0.25))
    return result


def put(mask: ArrayLike, color: Floats, tint: Floats) -> Floats:
    """Return colors with one tint inside the mask."""
    return np.where(np.asarray(mask)[:, None], tint, color)


def toes(hide: Hide, color: Floats, claw: Floats) -> Floats:
    """Shaded gaps between the toes, and a claw at the front of each."""
    gap, nail = np.zeros(len(hide.x)), np.zeros(len(hide.x))
    near = hide.region(*FEET) > 0.1
    points = hide.surface.points[near] * np.where(hide.x[near, None] < 0, [-1, 1, 1], [1, 1, 1])
    nearest = np.full((2, len(points)), 1.0)
    for name, part in hide.body.items():
        if stem(name) in ("toe", "tip") and name.endswith("_l"):
            assert isinstance(part, Ellipsoid)
            away = part.distance(points)
            nearest = np.sort(np.vstack([nearest, away]), axis=0)[:2]
            front = np.asarray(part.center) + np.asarray(part.radii) * [0, -0.15, 0.97]
            off = (points - front) / (np.asarray(part.radii) * [0.42, 0.42, 0.5])
            nail[near] = np.maximum(nail[near], ramp(1.1, 0.8, np.linalg.norm(off, axis=1)))
    gap[near] = ramp(0.007, 0.001, nearest[1] - nearest[0]) * ramp(0.02, 0.012, nearest[1])
    return mix(mix(color, color * 0.4, gap * 0.8), claw, nail * 0.9)
