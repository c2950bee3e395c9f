"""Rooms of rounded boxes and cylinders, ray traced with one soft light and ambient light.

Distances are in meters; x to the right, y up, z ahead of the camera. All points are N × 3 of 32-bit floats.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from assets.backgrounds.scenery.ground import View
from assets.build.canvas import Reals, linear
from assets.build.geometry import Floats, Ints

STEPS, FAR, TOUCH = 60, 30.0, 0.004
ROOM = 5.0


def tone(red: float, green: float, blue: float) -> tuple[float, float, float]:
    """The linear light of an sRGB color given as 0 … 255 per channel."""
    r, g, b = linear((red, green, blue)).tolist()
    return r, g, b


@dataclass(frozen=True)
class Solid:
    """A box with rounded edges, or an upright cylinder with rounded edges (and a taper)."""

    center: tuple[float, float, float]
    half: tuple[float, float, float]
    """Half edges; for a cylinder radius, half height, radius."""
    color: tuple[float, float, float]
    """Reflected share of linear light, 0 … 1."""
    rounded: float = 0.01
    turned: float = 0.0
    """Rotation around the upright axis, in radians."""
    cylinder: bool = False
    taper: float = 0.0
    """Reduction of a cylinder's radius at its top, as a share."""
    glow: float = 0.0
    """Emitted light, multiplied by the color."""

    def distance(self, points: Reals) -> Reals:
        p = points - np.asarray(self.center, np.float32)
        if self.turned:
            c, s = np.float32(np.cos(self.turned)), np.float32(np.sin(self.turned))
            p = np.stack([c * p[:, 0] - s * p[:, 2], p[:, 1], s * p[:, 0] + c * p[:, 2]], -1)
        half = np.asarray(self.half, np.float32) - np.float32(self.rounded)
        if self.cylinder:
            radius = half[0] * (1 - self.taper * (0.5 + 0.5 * np.clip(p[:, 1] / half[1], -1, 1)))
            q = np.stack([np.hypot(p[:, 0], p[:, 2]) - radius, np.abs(p[:, 1]) - half[1]], -1)
        else:
            q = np.abs(p) - half
        outside = np.sqrt((np.maximum(q, 0) ** 2).sum(-1))
        return np.asarray(outside + np.minimum(q.max(-1), 0) - np.float32(self.rounded))

    @property
    def radius(self) -> float:
        """Radius of the bounding sphere."""
        return float(np.linalg.norm(self.half)) * (1 + max(0.0, -self.taper))

    def ball(self, origins: Reals, ways: Reals, margin: Reals | float = 0.0) -> tuple[Reals, Ints]:
        """Return the distance along each ray to the bounding sphere, and the indices of rays that hit it ahead."""
        to = np.asarray(self.center, np.float32) - origins
        middle = (to * ways).sum(1)
        reach = self.radius + margin * np.maximum(middle, 0)
        inside = reach**2 - (to * to).sum(1) + middle**2
        met = np.flatnonzero((inside > 0) & (middle + reach > 0))
        return np.maximum(middle - np.sqrt(np.maximum(inside, 0)), 0.02), met


Scene = Sequence[Solid]
Coat = Callable[[Reals, Reals, Ints, Reals], Reals]
"""Colors N × 3 of points, from points, normals, the solids' numbers and the solids' own colors."""


def march(scene: Scene, origins: Reals, ways: Reals) -> tuple[Reals, Ints]:
    """Return the distance along each ray (unit vectors) to the first solid, and its number; FAR for none."""
    best, number = np.full(len(ways), FAR, np.float32), np.zeros(len(ways), np.int64)
    for k, solid in enumerate(scene):
        entered, alive = solid.ball(origins, ways)
        along = entered.astype(np.float32)
        for _ in range(STEPS):
            alive = alive[along[alive] < best[alive]]
            distance = solid.distance(origins[alive] + ways[alive] * along[alive, None])
            along[alive] += distance
            touched = distance < TOUCH
            hit = alive[touched]
            hit = hit[along[hit] < best[hit]]
            best[hit], number[hit] = along[hit], k
            alive = alive[~touched]
            if not len(alive):
                break
    return best, number


def normals(scene: Scene, points: Reals, number: Ints, reach: float = 0.004) -> Reals:
    """Return the unit normals of the solids at the points."""
    corners = np.array([[1, -1, -1], [-1, -1, 1], [-1, 1, -1], [1, 1, 1]], np.float32)
    total = np.zeros(points.shape, np.float32)
    for k, solid in enumerate(scene):
        own = np.flatnonzero(number == k)
        for corner in corners:
            total[own] += corner * solid.distance(points[own] + corner * np.float32(reach))[:, None]
    return np.asarray(total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-9))


def openness(scene: Scene, points: Reals, facing: Reals) -> Reals:
    """Return the ambient openness at each point, 0 … 1."""
    hidden = np.zeros(len(points), np.float32)
    for share, step in ((0.34, 0.05), (0.28, 0.14), (0.22, 0.34), (0.16, 0.8)):
        moved = points + facing * np.float32(step)
        free = np.full(len(points), step, np.float32)
        for solid in scene:
            away = moved - np.asarray(solid.center, np.float32)
            near = np.flatnonzero((away * away).sum(1) < (solid.radius + step) ** 2)
            free[near] = np.minimum(free[near], solid.distance(moved[near]))
        hidden += share * np.clip(1 - free / step, 0, 1)
    return np.asarray((1 - hidden) ** 1.6)


def lit(scene: Scene, points: Reals, lamp: Reals, softness: float) -> Reals:
    """Return the visible share of a lamp's disc from each point, 0 … 1. Solids larger than a room cast no shadow."""
    away = lamp - points
    reach = np.linalg.norm(away, axis=1)
    ways = away / reach[:, None]
    share = np.ones(len(points), np.float32)
    for solid in scene:
        if solid.radius > ROOM:
            continue
        entered, met = solid.ball(points, ways, softness)
        along, end, start, way = entered[met], reach[met] - 0.02, points[met], ways[met]
        for _ in range(14):
            distance = solid.distance(start + way * along[:, None])
            share[met] = np.minimum(share[met], 0.5 + 0.5 * distance / (softness * along))
            along = np.minimum(along + np.clip(distance, 0.03, 0.8), end)
    share = np.clip(share, 0, 1)
    return np.asarray(share * share * (3 - 2 * share))


@dataclass(frozen=True, eq=False)
class Light:
    """A window or lamp, and the room's ambient light."""

    lamp: tuple[float, float, float]
    power: tuple[float, float, float]
    air: tuple[float, float, float]
    softness: float = 0.25


def trace(view: View, scene: Scene, light: Light, coat: Coat) -> tuple[Floats, Floats]:
    """Return the picture in linear light and the depth of the room from a view."""
    x, y = view.pixels
    ways = np.stack([(x - 0.5) / view.lens, (view.horizon - y) / view.lens, np.ones(x.shape)], -1).reshape(-1, 3)
    stretch = np.linalg.norm(ways, axis=1, keepdims=True)
    ways = (ways / stretch).astype(np.float32)
    eye = np.broadcast_to(np.array([0, view.eye, 0], np.float32), ways.shape)
    along, number = march(scene, eye, ways)
    points = eye + ways * along[:, None]
    facing = normals(scene, points, number)
    own = np.array([solid.color for solid in scene], np.float32)[number]
    color = coat(points, facing, number, own)
    lifted = points + facing * 0.012
    lamp = np.asarray(light.lamp, np.float32)
    towards = lamp - points
    reach = np.linalg.norm(towards, axis=1)
    cosine = np.clip((facing * towards).sum(1) / reach, 0, 1)
    seen = np.zeros(len(points), np.float32)
    turned = cosine > 0
    seen[turned] = lit(scene, lifted[turned], lamp, light.softness)
    direct = np.asarray(light.power, np.float32) * (cosine * seen / reach**2)[:, None]
    air = np.asarray(light.air, np.float32) * ((0.62 + 0.38 * facing[:, 1]) * openness(scene, lifted, facing))[:, None]
    glow = np.array([solid.glow for solid in scene], np.float32)[number][:, None]
    picture = color * (direct + air + glow)
    picture[along >= FAR] = 0
    depth = along / stretch[:, 0]
    return picture.reshape(view.size, view.size, 3).astype(float), depth.reshape(view.size, view.size).astype(float)


def resize(picture: Floats, size: int) -> Floats:
    """Resize a picture (height × width, or × 3) bilinearly."""
    have = picture.shape[0]
    at = (np.arange(size) + 0.5) * have / size - 0.5
    low = np.clip(np.floor(at).astype(int), 0, have - 2)
    f = np.clip(at - low, 0, 1)
    rows = picture[low] * (1 - f).reshape(-1, *[1] * (picture.ndim - 1)) + picture[low + 1] * f.reshape(
        -1, *[1] * (picture.ndim - 1)
    )
    f = f.reshape(1, -1, *[1] * (picture.ndim - 2))
    return np.asarray(rows[:, low] * (1 - f) + rows[:, low + 1] * f)
