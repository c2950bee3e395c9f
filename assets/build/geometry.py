"""Triangle meshes with shared topology: normals, placement and a quality measure of morphs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Shapes:
    """Two ends of a morph: the same triangles and texture coordinates, different vertices and normals.

    Vertex i has position i, normal i and texture coordinate i. ``part`` is a part number per face
    and ``names`` the parts' names.
    """

    ends: tuple[Floats, Floats]
    normals: tuple[Floats, Floats]
    uv: Floats
    faces: Ints
    part: Ints
    names: tuple[str, ...]


def unit(vectors: Floats) -> Floats:
    """Scale vectors (... × 3) to length one; zero stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12))


def face_normals(vertices: Floats, faces: Ints) -> Floats:
    """Return the normals of the triangles, with length twice the area."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return np.cross(b - a, c - a)


def scatter(values: Floats, index: Ints, size: int) -> Floats:
    """Sum rows of ``values`` into ``size`` rows by index."""
    return np.stack([np.bincount(index, column, size) for column in values.T], -1)


def smooth_normals(vertices: Floats, faces: Ints) -> Floats:
    """Return area-weighted vertex normals."""
    normals = face_normals(vertices, faces)
    return unit(scatter(np.repeat(normals, 3, 0), faces.ravel(), len(vertices)))


def crease_normals(vertices: Floats, faces: Ints, degrees: float = 40.0) -> Floats:
    """Return normals per corner (3 · faces × 3): a corner averages the triangles around its vertex whose
    normals differ by less than ``degrees`` from its own. Degenerate triangles take their vertices' normals.
    """
    normals = face_normals(vertices, faces)
    directions = unit(normals)
    owner = np.repeat(np.arange(len(faces)), 3)
    order = np.argsort(faces.ravel(), kind="stable")
    vertex = faces.ravel()[order]
    start = np.searchsorted(vertex, np.arange(len(vertices)))
    count = np.bincount(vertex, minlength=len(vertices))
    total = np.zeros((len(owner), 3))
    limit = np.cos(np.radians(degrees))
    for k in range(int(count.max())):
        has = count[faces.ravel()] > k
        other = owner[order[np.minimum(start[faces.ravel()] + k, len(order) - 1)]]
        close = (directions[owner] * directions[other]).sum(1) > limit
        total += normals[other] * (has & close)[:, None]
    flat = np.linalg.norm(total, axis=1, keepdims=True) < 1e-12
    return unit(np.where(flat, smooth_normals(vertices, faces)[faces.ravel()], total))


def grid_faces(rows: int, columns: int, closed: bool = True) -> Ints:
    """Return the triangles of a grid of vertices; ``closed`` joins the last column to the first."""
    index = np.arange(rows * columns).reshape(rows, columns)
    after = np.roll(index, -1, 1)
    stop = columns if closed else columns - 1
    a, b, c, d = index[:-1, :stop], after[:-1, :stop], after[1:, :stop], index[1:, :stop]
    return np.concatenate([np.stack(t, -1).reshape(-1, 3) for t in ((a, b, c), (a, c, d))])


def scales(shapes: Shapes, size: float) -> tuple[float, float]:
    """Return the factor for each end that makes its longest extent ``size``."""
    first, second = (size / float(np.ptp(vertices, axis=0).max()) for vertices in shapes.ends)
    return first, second


def stand(shapes: Shapes, size: float) -> Shapes:
    """Place both ends on y = 0, centered in x and z, each scaled so that its longest extent is ``size``."""
    placed = []
    for vertices, scale in zip(shapes.ends, scales(shapes, size), strict=True):
        low, high = vertices.min(0), vertices.max(0)
        origin = np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])
        placed.append((vertices - origin) * scale)
    return replace(shapes, ends=(placed[0], placed[1]))


def flipped_share(ends: Sequence[Floats], normals: Sequence[Floats], faces: Ints) -> float:
    """Return the larger end's share of area whose triangles face against their vertex normals."""
    shares = []
    for vertices, normal in zip(ends, normals, strict=True):
        flat = face_normals(vertices, faces)
        area = np.linalg.norm(flat, axis=1)
        against = (flat * normal[faces].sum(1)).sum(1) < 0
        shares.append(float(area[against].sum() / area.sum()))
    return max(shares)
