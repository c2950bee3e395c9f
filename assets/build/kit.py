"""A kit of lofts, bars and wheels: parts with equal grids at both ends of a morph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assets.build.assemble import assemble
from assets.build.charts import chart
from assets.build.geometry import Floats, Ints, Shapes, face_normals, grid_faces, unit

Section = tuple[float, ...]
"""Position along the axis, centre (2), half widths (2), exponent (2 is round, 10 a box), and optionally slant."""
Point = tuple[float, float, float]
AXES = {"x": (2, 1, 0), "y": (0, 2, 1), "z": (0, 1, 2)}
"""Loft axis → coordinates of the section's first width, its second, and of the axis itself."""


def superellipse(columns: int, exponent: float) -> Floats:
    """Unit outline, columns × 2, starting beside the first axis so that a box gets true corners."""
    angle = (np.arange(columns) + 0.5) / columns * 2 * np.pi
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([np.sign(c) * np.abs(c) ** (2 / exponent), np.sign(s) * np.abs(s) ** (2 / exponent)], -1)


def _resampled(sections: Sequence[Section], rings: int) -> Floats:
    """Sections with more put in between, where they are farthest apart, until there are ``rings``."""
    rows = np.array([tuple(s) + (0.0,) * (7 - len(s)) for s in sections])
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
    for ring, (t, c1, c2, h1, h2, exponent, slant) in zip(grid, _resampled(sections, rings), strict=True):
        shape = superellipse(columns, exponent)
        ring[:, first], ring[:, second] = c1 + h1 * shape[:, 0], c2 + h2 * shape[:, 1]
        ring[:, along] = t + slant * h2 * shape[:, 1]
    return grid


def bar(
    start: Point, end: Point, radius: float, *, width: float | None = None, exponent: float = 2, columns: int = 8
) -> Floats:
    """A straight bar of two rings; ``width`` is its half width across, ``radius`` its half height."""
    a, b = np.array(start), np.array(end)
    direction = unit(b - a)
    side = unit(np.cross(direction, [0, 1, 0] if abs(direction[1]) < 0.9 else [1, 0, 0]))
    shape = superellipse(columns, exponent)
    offset = np.outer(shape[:, 0] * (width or radius), side) + np.outer(shape[:, 1] * radius, np.cross(side, direction))
    return np.stack([a + offset, b + offset])


WHEEL = (
    (-0.5, 0.35), (-0.5, 0.90), (-0.42, 0.98), (-0.2, 1.0), (0.2, 1.0), (0.42, 0.98), (0.5, 0.90),
    (0.5, 0.64), (0.44, 0.60), (0.30, 0.55), (0.24, 0.32), (0.34, 0.22), (0.40, 0.06),
)  # fmt: skip
"""Across the tyre (outside positive) and radius, from the inner hub over the tread to the hub cap."""


def wheel(x: float, y: float, z: float, radius: float, width: float) -> Floats:
    """A wheel whose outside looks away from x = 0."""
    out = np.sign(x)
    sections = [(x + out * a * width, z, y, r * radius, r * radius, 2.0) for a, r in WHEEL]
    return loft("x", sections, len(sections), 32)


@dataclass(frozen=True, eq=False)
class Part:
    """One corresponding piece: grids of equal size at both ends, closed by fans at both ends."""

    name: str
    ends: tuple[Floats, Floats]


def mirrored(grid: Floats) -> Floats:
    """The piece on the other side, its columns reversed so that it keeps its outside."""
    return grid[:, ::-1] * [-1, 1, 1]


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


def join(parts: Sequence[Part], size: int, texels: dict[str, float]) -> Shapes:
    """All parts as one morph, with texture coordinates for a texture of ``size``.

    ``texels`` gives parts (by name prefix) a texture density relative to the others.
    """
    ends: tuple[list[Floats], list[Floats]] = ([], [])
    faces, owner, mean, offset = [], [], [], 0
    for number, part in enumerate(parts):
        pair = [_vertices(grid) for grid in part.ends]
        local = _fans(*part.ends[0].shape[:2])
        turned = [_volume(v, local) < 0 for v in pair]
        if turned[0] != turned[1]:
            raise ValueError(f"{part.name} is inside out at one end")
        faces.append((local[:, ::-1] if turned[0] else local) + offset)
        for store, vertices in zip(ends, pair, strict=True):
            store.append(vertices)
        weight = 0.85 if part.name == "cab" else 0.5
        scale = next((v for k, v in texels.items() if part.name.startswith(k)), 1.0)
        mean.append((pair[0] * weight + pair[1] * (1 - weight)) * scale + np.array([20.0 * number, 0, 0]))
        owner.append(np.full(len(local), number))
        offset += len(pair[0])
    triangles = np.concatenate(faces)
    uv = chart(np.concatenate(mean), triangles, size)
    joined = np.concatenate(ends[0]), np.concatenate(ends[1])
    return assemble(joined, triangles, uv, np.concatenate(owner), tuple(p.name for p in parts))
