"""A kit of skins, lofts, tubes and wheels: parts with equal grids at both ends of a morph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import PchipInterpolator

from assets.build.assemble import assemble
from assets.build.charts import chart
from assets.build.geometry import Floats, Ints, Shapes, face_normals, grid_faces, unit

Section = tuple[float, ...]
"""Position along the axis, center (2), half widths (2), exponent (2 is round, 10 a box)."""
Point = tuple[float, float, float]
Curve = Callable[[ArrayLike], Floats]
Field = Callable[[Floats, float], Floats]
"""Function that returns values at x (N) for one z."""
AXES = {"x": (2, 1, 0), "y": (0, 2, 1), "z": (0, 1, 2)}
"""Loft axis → coordinates of the section's first width, its second, and of the axis itself."""
APART = 15.0
"""Distance between the parts for charting: they must not touch, nor lie so far out that small faces lose precision."""
BENDING = 0.4
"""Share of an outline's points distributed by curvature rather than by length."""


def curve(*keys: tuple[float, float]) -> Curve:
    """Return a smooth function through (position, value) keys that does not overshoot; constant beyond them."""
    places, values = np.array(sorted(keys)).T
    bend = PchipInterpolator(places, values)
    return lambda at: np.asarray(bend(np.clip(at, places[0], places[-1])))


def superellipse(columns: int, exponent: float) -> Floats:
    """Unit outline, columns × 2, symmetric about both axes; denser where it bends."""
    angle = np.linspace(0, 2 * np.pi, 4097)
    c, s = np.cos(angle), np.sin(angle)
    fine = np.stack([np.sign(c) * np.abs(c) ** (2 / exponent), np.sign(s) * np.abs(s) ** (2 / exponent)], -1)
    step = np.diff(fine, axis=0)
    length = np.hypot(*step.T)
    heading = np.arctan2(*step.T[::-1])
    turn = np.abs((heading - np.roll(heading, 1) + np.pi) % (2 * np.pi) - np.pi)
    weight = length / length.sum() * (1 - BENDING) + turn / turn.sum() * BENDING
    along = np.concatenate([[0], np.cumsum(weight)])
    wanted = (np.arange(columns) + 0.5) / columns * along[-1]
    return np.stack([np.interp(wanted, along, fine[:, k]) for k in (0, 1)], -1)


def _resampled(sections: Sequence[Section], rings: int) -> Floats:
    """Insert sections where they are farthest apart, until there are ``rings``."""
    rows = np.array(sections)
    if len(rows) > rings:
        raise ValueError(f"{len(rows)} sections in {rings} rings")
    gap = np.linalg.norm(np.diff(rows[:, :5], axis=0), axis=1) + 1e-6
    pieces = np.ones(len(gap), int)
    for _ in range(rings - len(rows)):
        pieces[np.argmax(gap / pieces)] += 1
    places = np.concatenate([[0.0], *(i + np.arange(1, n + 1) / n for i, n in enumerate(pieces))])
    return np.stack([np.interp(places, np.arange(len(rows)), column) for column in rows.T], -1)


def loft(axis: str, sections: Sequence[Section], rings: int, columns: int) -> Floats:
    """A skin over superellipse sections, rings × columns × 3."""
    first, second, along = AXES[axis]
    grid = np.zeros((rings, columns, 3))
    for ring, (t, c1, c2, h1, h2, exponent) in zip(grid, _resampled(sections, rings), strict=True):
        shape = superellipse(columns, exponent)
        ring[:, first], ring[:, second] = c1 + h1 * shape[:, 0], c2 + h2 * shape[:, 1]
        ring[:, along] = t
    return grid


def pebble(
    center: Point, half: Point, *, axis: str = "x", exponent: float = 2, rings: int = 6, columns: int = 12
) -> Floats:
    """An ellipsoid (exponent 2) to a box with rounded edges (8), with its poles on ``axis``."""
    first, second, along = AXES[axis]
    turn = (np.arange(rings) + 0.5) / rings * np.pi
    out, size = np.abs(np.cos(turn)) ** (2 / exponent), np.sin(turn) ** (2 / exponent)
    places = center[along] - np.sign(np.cos(turn)) * out * half[along]
    sections = [
        (t, center[first], center[second], r * half[first], r * half[second], exponent)
        for t, r in zip(places, size, strict=True)
    ]
    return loft(axis, sections, rings, columns)


@dataclass(frozen=True, eq=False)
class Skin:
    """A hull along z whose roof and floor are functions of x and z.

    ``width`` and ``exponent`` shape the rings; ``lean`` narrows them towards the top (share of the width),
    ``inset`` shrinks a ring on all sides.
    """

    width: Curve
    roof: Field
    floor: Field
    exponent: Curve
    lean: float = 0.0
    inset: Curve | None = None

    def grid(self, places: Floats, columns: int) -> Floats:
        """Return rings at the positions along z, len(places) × columns × 3."""
        rings = []
        for z in places:
            across, up = superellipse(columns, float(self.exponent(z))).T
            share = (up + 1) / 2
            inset = 0.0 if self.inset is None else float(self.inset(z))
            x = across * (self.width(z) - inset) * (1 - self.lean * share)
            low, high = self.floor(x, z) + inset, self.roof(x, z) - inset
            y = low + (high - low) * share
            rings.append(np.stack([x, y, np.full(columns, z)], -1))
        return np.stack(rings)


def bent(points: ArrayLike, rings: int) -> Floats:
    """A smooth path through points (n × 3), ``rings`` × 3, evenly spaced."""
    knots = np.asarray(points, float)
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))])
    return np.asarray(PchipInterpolator(along, knots)(np.linspace(0, along[-1], rings)))


def arc(center: Point, radius: float, degrees: tuple[float, float], rings: int) -> Floats:
    """A path around x through ``center``, rings × 3; 0° is ahead (+z), 90° above."""
    turn = np.radians(np.linspace(*degrees, rings))
    return np.array(center) + radius * np.stack([np.zeros(rings), np.sin(turn), np.cos(turn)], -1)


def tube(
    path: ArrayLike,
    half: ArrayLike,
    *,
    width: ArrayLike | None = None,
    up: Point = (0, 1, 0),
    exponent: float = 2,
    columns: int = 8,
) -> Floats:
    """A tube along a path (rings × 3): ``half`` its half height, ``width`` its half width, per ring or for all."""
    points = np.asarray(path, float)
    direction = unit(np.gradient(points, axis=0))
    upward = np.array(up if abs(unit(np.array(up)) @ direction[0]) < 0.9 else (1, 0, 0), float)
    side = unit(np.cross(direction, upward))
    above = np.cross(side, direction)
    shape = superellipse(columns, exponent)
    high = np.broadcast_to(half, len(points))
    wide = high if width is None else np.broadcast_to(width, len(points))
    offset = (
        shape[None, :, :1] * (side * wide[:, None])[:, None] + shape[None, :, 1:] * (above * high[:, None])[:, None]
    )
    return np.asarray(points[:, None] + offset)


def bar(start: Point, end: Point, half: float, *, width: float | None = None, exponent: float = 2) -> Floats:
    """A straight tube of two rings."""
    return tube((start, end), half, width=width, exponent=exponent)


def wheel(
    place: tuple[float, float, float, float, float], profile: Sequence[tuple[float, float]], columns: int = 26
) -> Floats:
    """A wheel at x, y, z with a radius and a width, its outer side facing away from x = 0.

    The profile lists positions across (±0.5, outside positive) and radii (0 … 1), from the inner to the outer hub.
    """
    x, y, z, radius, width = place
    sections = [(x + np.sign(x) * a * width, z, y, r * radius, r * radius, 2.0) for a, r in profile]
    return loft("x", sections, len(sections), columns)


@dataclass(frozen=True, eq=False)
class Part:
    """One corresponding piece: grids of equal size at both ends, closed by fans at both ends."""

    name: str
    ends: tuple[Floats, Floats]


def mirrored(grid: Floats) -> Floats:
    """Mirror a piece at x = 0, with its columns reversed so that it still faces outward."""
    return grid[:, ::-1] * [-1, 1, 1]


def both(name: str, first: Floats, second: Floats) -> list[Part]:
    """A part and its mirror image."""
    return [Part(f"{name}_l", (first, second)), Part(f"{name}_r", (mirrored(first), mirrored(second)))]


def _fans(rings: int, columns: int) -> Ints:
    faces = grid_faces(rings, columns)
    first = np.arange(columns)
    last = first + (rings - 1) * columns
    low, high = np.full(columns, rings * columns), np.full(columns, rings * columns + 1)
    after = np.roll(first, -1)
    caps = (np.stack([after, first, low], -1), np.stack([last, after + (rings - 1) * columns, high], -1))
    return np.concatenate([faces, *caps])


def _vertices(grid: Floats) -> Floats:
    return np.concatenate([grid.reshape(-1, 3), grid[:1].mean(1), grid[-1:].mean(1)])


def _volume(vertices: Floats, faces: Ints) -> float:
    return float((face_normals(vertices, faces) * (vertices - vertices.mean(0))[faces[:, 0]]).sum())


def _local(part: Part) -> tuple[list[Floats], Ints]:
    """Return the part's vertices at both ends and its triangles, facing outward."""
    if part.ends[0].shape != part.ends[1].shape:
        raise ValueError(f"{part.name} has the grids {part.ends[0].shape} and {part.ends[1].shape}")
    pair = [_vertices(grid) for grid in part.ends]
    faces = _fans(*part.ends[0].shape[:2])
    turned = [_volume(v, faces) < 0 for v in pair]
    if turned[0] != turned[1]:
        pair[1] = _vertices(part.ends[1][:, ::-1])
    return pair, faces[:, ::-1] if turned[0] else faces


def join(parts: Sequence[Part], size: int, texels: dict[str, float]) -> Shapes:
    """Join all parts into one morph, with texture coordinates for a texture of ``size``.

    ``texels`` gives parts (by name prefix) a texture density relative to the others.
    """
    ends: tuple[list[Floats], list[Floats]] = ([], [])
    faces, owner, mean, offset = [], [], [], 0
    for number, part in enumerate(parts):
        pair, local = _local(part)
        faces.append(local + offset)
        for store, vertices in zip(ends, pair, strict=True):
            store.append(vertices)
        scale = next((v for k, v in texels.items() if part.name.startswith(k)), 1.0)
        mean.append((pair[0] + pair[1]) / 2 * scale + APART * np.array([number % 5, number // 5 % 5, number // 25]))
        owner.append(np.full(len(local), number))
        offset += len(pair[0])
    triangles = np.concatenate(faces)
    uv = chart(np.concatenate(mean), triangles, size)
    joined = np.concatenate(ends[0]), np.concatenate(ends[1])
    return assemble(joined, triangles, uv, np.concatenate(owner), tuple(p.name for p in parts))
