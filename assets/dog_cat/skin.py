"""One mesh that is the dog at one end and the cat at the other, with eyes, tongue and whiskers."""

from __future__ import annotations

import fast_simplification  # type: ignore[import-untyped]
import numpy as np

from assets.build.assemble import assemble
from assets.build.charts import chart
from assets.build.geometry import Floats, Ints, Shapes, grid_faces, scatter, unit
from assets.build.noise import ramp
from assets.build.sdf import Body, Ellipsoid, between, carry_points, distance, gradient, project, shares, surface
from assets.dog_cat.bodies import EYES, TONGUES, WHISKERS, cat, dog

SKIN_TRIANGLES = 13_500
LOW, HIGH, CELL = np.array([-0.45, -0.05, -0.85]), np.array([0.80, 1.75, 0.75]), 0.011
HEAD = np.array([0.0, 1.0, 0.15])
"""Start of the dog's head, which gets more triangles and texels than the rest."""


def _enlarged(vertices: Floats, factor: float) -> Floats:
    """Enlarge the head, so that it gets more of whatever is distributed by area."""
    grow = 1 + (factor - 1) * ramp(HEAD[1] - 0.1, HEAD[1] + 0.12, vertices[:, 1])
    return np.asarray(HEAD + (vertices - HEAD) * grow[:, None])


def _skin(body: Body) -> tuple[Floats, Ints]:
    """The body's surface in about SKIN_TRIANGLES triangles."""
    vertices, faces = surface(body, LOW, HIGH, CELL)
    big = _enlarged(vertices, 1.7).astype(np.float32)
    small, faces = fast_simplification.simplify(big, faces.astype(np.int32), target_count=SKIN_TRIANGLES, agg=4)
    grow = _shrunk(np.asarray(small, float), 1.7)
    return project(body, grow, 3, 0.01), np.asarray(faces, np.int64)


def _shrunk(big: Floats, factor: float) -> Floats:
    """The inverse of `_enlarged`, by fixed-point iteration."""
    vertices = big.copy()
    for _ in range(60):
        vertices = vertices + 0.5 * (big - _enlarged(vertices, factor))
    return vertices


class Neighbors:
    """Differences between vertices and the mean of their neighbors."""

    def __init__(self, faces: Ints, count: int) -> None:
        edges = np.unique(np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), 1), axis=0)
        self._from, self._to = np.concatenate([edges, edges[:, ::-1]]).T
        self._degree = np.maximum(np.bincount(self._from, minlength=count), 1)[:, None]
        self._count = count

    def pull(self, values: Floats) -> Floats:
        return scatter(values[self._to], self._from, self._count) / self._degree - values


def carry(first: Body, second: Body, vertices: Floats, faces: Ints, steps: int = 24) -> Floats:
    """Map the vertices of the first body's surface onto the second's.

    Each vertex follows its primitives' frames in steps along the interpolated bodies, with projection
    and tangential smoothing, so that no triangle flips.
    """
    near = Neighbors(faces, len(vertices))
    weight = shares(first, vertices, 0.022)
    aim = np.zeros_like(vertices)
    for column, name in zip(weight.T, first, strict=True):
        aim += column[:, None] * carry_points(first[name], second[name], vertices)
    way = aim - vertices
    for _ in range(6):
        way = way + 0.5 * near.pull(way)
    for step in range(1, steps + 1):
        body = between(first, second, step / steps)
        vertices = project(body, vertices + way / steps, 2, 0.01)
        vertices = vertices + 0.25 * _tangential(body, near.pull(vertices), vertices)
    vertices = project(second, vertices, 6, 0.02)
    for _ in range(8):
        vertices = vertices + 0.3 * _tangential(second, near.pull(vertices), vertices)
        vertices = project(second, vertices, 1, 0.02)
    return vertices


def _tangential(body: Body, vectors: Floats, at: Floats) -> Floats:
    normal = unit(gradient(body, at))
    return np.asarray(vectors - normal * (vectors * normal).sum(1, keepdims=True))


def gaze_frame(kind: str, side: int) -> tuple[Floats, Floats, float]:
    """Center, axes (rows: aside, up, ahead) and radius of an eye; side is 1 (left) or -1."""
    center, radius, gaze = EYES[kind]
    flip = np.array([side, 1.0, 1.0])
    ahead = unit(np.array(gaze) * flip)
    aside = unit(np.cross([0, 1, 0], ahead))
    return np.array(center) * flip, np.stack([aside, np.cross(ahead, aside), ahead]), radius


def _eye(kind: str, side: int, rings: int = 12, columns: int = 22) -> Floats:
    theta = np.linspace(0.02, np.pi * 0.6, rings)[:, None]
    phi = (np.arange(columns) / columns * 2 * np.pi)[None]
    local = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta) + 0 * phi], -1)
    center, axes, radius = gaze_frame(kind, side)
    return np.asarray(center + radius * (local @ axes))


def _tongue(kind: str, rings: int = 12, columns: int = 12) -> Floats:
    (a, b, c), width = (np.array(TONGUES[kind][0], float), TONGUES[kind][1])
    rows = []
    for t in np.linspace(0, 1, rings):
        point = (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t * t * c
        ahead = unit(2 * (1 - t) * (b - a) + 2 * t * (c - b))
        half = width * np.sqrt(max(0.004, 1 - (max(0.0, t - 0.6) / 0.4) ** 2))
        phi = np.arange(columns) / columns * 2 * np.pi
        rows.append(
            point
            + np.outer(np.cos(phi) * half, [1, 0, 0])
            + np.outer(np.sin(phi) * half * 0.3, np.cross(ahead, [1, 0, 0]))
        )
    return np.stack(rows)


def _whisker(kind: str, side: int, number: int, body: Body) -> Floats:
    """A bent, tapered tube from the lip, rings × 3 × 3."""
    rng = np.random.default_rng(number)
    lip = body["lip_l"]
    assert isinstance(lip, Ellipsoid)
    center, radii = np.asarray(lip.center), np.asarray(lip.radii)
    row, column = number % 3 - 1, number // 3
    root = center + np.array([radii[0] * 0.6, 0.015 * row, radii[2] * (0.55 - 0.25 * column)])
    ahead = unit(np.array([1, 0.16 * row + rng.normal() * 0.05, 0.15 - 0.18 * column]))
    length, radius = WHISKERS[kind]
    length *= rng.uniform(0.75, 1.1)
    rings = []
    for t in np.linspace(0, 1, 5):
        middle = root + ahead * length * t + np.array([0, -0.18, -0.15]) * length * t * t
        phi = np.arange(3) / 3 * 2 * np.pi
        ring = np.stack([np.zeros(3), np.cos(phi), np.sin(phi)], -1) * radius * (1 - 0.7 * t)
        rings.append((middle + ring) * [side, 1, 1])
    grid = np.stack(rings)
    return grid if side > 0 else grid[:, ::-1]


def _small_parts(bodies: dict[str, Body]) -> list[tuple[str, dict[str, Floats]]]:
    parts = [(f"eye_{s}", {k: _eye(k, 1 if s == "l" else -1) for k in bodies}) for s in ("l", "r")]
    parts.append(("tongue", {k: _tongue(k) for k in bodies}))
    whiskers = [(side, number) for side in (1, -1) for number in range(9)]
    return parts + [("whisker", {k: _whisker(k, s, n, b) for k, b in bodies.items()}) for s, n in whiskers]


def build() -> Shapes:
    """Build skin and small parts of both ends, with texture coordinates.

    Raises RuntimeError when a vertex of the skin did not reach its animal's surface.
    """
    bodies = {"dog": dog(), "cat": cat()}
    skin, triangles = _skin(bodies["dog"])
    vertices = {"dog": [skin], "cat": [carry(bodies["dog"], bodies["cat"], skin, triangles)]}
    for kind, body in bodies.items():
        if (share := off_surface(body, vertices[kind][0])) > 0:
            raise RuntimeError(f"{100 * share:.2f} % of the skin's vertices are off the {kind}'s surface")
    charted, faces, part = [_enlarged(skin, 2.2)], [triangles], [np.zeros(len(triangles), int)]
    names, offset = ["skin"], len(skin)
    for number, (name, grids) in enumerate(_small_parts(bodies), start=1):
        local = grid_faces(*grids["dog"].shape[:2])
        flat = grids["dog"].reshape(-1, 3)
        outward = np.cross(flat[local[:, 1]] - flat[local[:, 0]], flat[local[:, 2]] - flat[local[:, 0]])
        if (outward * (flat[local].mean(1) - flat.mean(0))).sum() < 0:
            local = local[:, ::-1]
        for kind, grid in grids.items():
            vertices[kind].append(grid.reshape(-1, 3))
        scale = 2.4 if name.startswith("eye") else 1.0
        charted.append(grids["cat"].reshape(-1, 3) * scale + [5.0 * number, 0, 0])
        faces.append(local + offset)
        part.append(np.full(len(local), number))
        names.append(name)
        offset += len(flat)
    joined = np.concatenate(faces)
    ends = np.concatenate(vertices["dog"]), np.concatenate(vertices["cat"])
    uv = chart(np.concatenate(charted), joined, 1024)
    return assemble(ends, joined, uv, np.concatenate(part), tuple(names), crease=180)


def off_surface(body: Body, vertices: Floats, limit: float = 0.005) -> float:
    """Return the share of vertices farther than ``limit`` from the body."""
    return float((np.abs(distance(body, vertices)) > limit).mean())
