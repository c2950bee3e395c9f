"""Closed solids that make up the studio's objects: lofts, tubes, lathes, boxes.

Every solid is a loft: a row of rings, closed by a fan at either end. Parts of one object may
interpenetrate freely. While an object is built, its texture coordinates are in the units of its
positions; ``standing`` maps them to the unit square.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

MAIN, SECOND, DARK, ACCENT = range(4)
"""Roles: fur, paint or glaze; belly, stripe or trim; wheels, windows, eyes; lamps, handle, nose."""
GOLDEN = 0.618034
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Solid:
    """One closed part of an object: y is up, the object faces +z, its scale is free."""

    positions: Floats
    """V×3."""
    normals: NDArray[np.float32]
    """V×3, unit length, outward."""
    uv: Floats
    """V×2; in [0, 1] over the part's swatch once the object is ``standing``."""
    faces: NDArray[np.int32]
    """F×3 vertex indices, counter-clockwise seen from outside."""
    role: int
    """The part's swatch in the class's texture: MAIN, SECOND, DARK or ACCENT."""


Shaper = Callable[[np.random.Generator], list[Solid]]
"""Builds a random member of a class; equal generator states give equal objects."""


def volume(positions: Floats, faces: NDArray[np.int32]) -> float:
    """Signed volume inside a closed surface; positive when its faces point outward."""
    a, b, c = np.moveaxis(positions[faces], 1, 0)
    return float(np.einsum("ij,ij->", a, np.cross(b, c))) / 6


def loft(rings: ArrayLike, role: int = MAIN, creases: Iterable[int] = (), flat: bool = False) -> Solid:
    """The closed surface through R×S×3 rings of S points, first and last closed by a fan.

    At the rings numbered in ``creases`` the shading breaks; with ``flat`` it breaks at every edge.
    An end ring that is one point becomes the tip of its fan.
    """
    rows, gaps = _rows(np.asarray(rings, float), set(creases))
    count, segments = rows.shape[:2]
    seamed = np.concatenate([rows, rows[:, :1]], axis=1)
    faces = _grid(count, segments, gaps)
    positions = seamed.reshape(-1, 3)
    if volume(positions - positions.mean(axis=0), faces) < 0:
        faces = faces[:, ::-1]
    a, b, c = np.moveaxis(positions[faces], 1, 0)
    facing = np.cross(b - a, c - a)
    if flat:
        normals = _unit(facing).repeat(3, axis=0)
        positions = positions[faces].reshape(-1, 3)
        corners = np.arange(len(positions), dtype=np.int32).reshape(-1, 3)
        return Solid(positions, normals.astype(np.float32), _projected(positions, normals), corners, role)
    welded = np.arange(count)[:, None] * segments + np.arange(segments + 1) % segments
    welded[[0, -1]] = welded[[0, -1], :1]
    corners = welded.ravel()[faces].ravel()
    sums = [np.bincount(corners, facing[:, axis].repeat(3), count * segments) for axis in range(3)]
    normals = _unit(np.stack(sums, axis=1))[welded.ravel()]
    return Solid(positions, normals.astype(np.float32), _unrolled(seamed), np.ascontiguousarray(faces), role)


def _rows(rings: Floats, creases: set[int]) -> tuple[Floats, set[int]]:
    """Rings with their tips and doubled creases, and the rows without faces after them."""
    last = len(rings) - 1
    rows, gaps = [], set()
    for index, ring in enumerate(rings):
        tip = index in {0, last} and np.ptp(ring, axis=0).max() < 1e-9
        middle = np.broadcast_to(ring.mean(axis=0), ring.shape)
        if index == 0 and not tip:
            rows.append(middle)
        rows.append(ring)
        if index in creases and not tip:
            gaps.add(len(rows) - 1)
            rows.append(ring)
        if index == last and not tip:
            rows.append(middle)
    return np.stack(rows), gaps


def _grid(count: int, segments: int, gaps: set[int]) -> NDArray[np.int32]:
    """Two triangles per cell of a count×(segments + 1) grid whose first and last row are one point each."""
    rows = np.array([row for row in range(count - 1) if row not in gaps])[:, None]
    a = rows * (segments + 1) + np.arange(segments)
    b, c, d = a + 1, a + segments + 2, a + segments + 1
    lower = np.stack([a, b, c], axis=-1)[1:]
    upper = np.stack([a, c, d], axis=-1)[:-1]
    return np.concatenate([lower.reshape(-1, 3), upper.reshape(-1, 3)]).astype(np.int32)


def _unit(vectors: Floats) -> Floats:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Floats = np.where(length > 1e-15, vectors / np.maximum(length, 1e-15), (0.0, 1.0, 0.0))
    return unit


def _unrolled(seamed: Floats) -> Floats:
    """Texture coordinates in units of length: u around the widest ring, v along the rows."""
    around = np.linalg.norm(np.diff(seamed, axis=1), axis=2).sum(axis=1).max()
    along = np.linalg.norm(np.diff(seamed, axis=0), axis=2).mean(axis=1)
    v = np.concatenate([[0.0], np.cumsum(along)])
    u = np.linspace(0.0, around, seamed.shape[1])
    return np.stack(np.broadcast_arrays(u[None, :], v[:, None]), axis=-1).reshape(-1, 2)


def _projected(positions: Floats, normals: Floats) -> Floats:
    """Texture coordinates in units of length, projected along the dominant axis of each face's normal."""
    low = positions - positions.min(axis=0)
    axis = np.abs(normals).argmax(axis=1)
    u = np.where(axis == 0, low[:, 2], low[:, 0])
    v = np.where(axis == 1, low[:, 2], low[:, 1])
    return np.stack([u, v], axis=1)


def curve(points: ArrayLike, samples: int) -> Floats:
    """A smooth curve of ``samples`` points through K×D points (cubic Hermite, central differences)."""
    knots = np.asarray(points, float)
    tangents = np.gradient(knots, axis=0)
    at = np.linspace(0, len(knots) - 1, samples)
    first = np.minimum(at.astype(int), len(knots) - 2)
    t = (at - first)[:, None]
    p, q, m, n = knots[first], knots[first + 1], tangents[first], tangents[first + 1]
    blend = t * t * (3 - 2 * t)
    fine: Floats = p + (q - p) * blend + t * (1 - t) * ((1 - t) * m - t * n)
    return fine


def tube(
    path: ArrayLike,
    radii: ArrayLike,
    role: int = MAIN,
    *,
    segments: int = 10,
    side: ArrayLike = (1, 0, 0),
    round_ends: bool = True,
) -> Solid:
    """A tube along a P×3 path with P radii, or P×2: along ``side`` and across it.

    ``side`` must not run along the path. Ends are half balls, or flat with an edge.
    """
    center = np.asarray(path, float)
    width = np.asarray(radii, float)
    width = np.maximum(np.stack([width, width], axis=1) if width.ndim == 1 else width, 1e-4)
    along = _unit(np.gradient(center, axis=0))
    a = _unit(np.asarray(side, float) - (along @ np.asarray(side, float))[:, None] * along)
    b = np.cross(along, a)
    if round_ends:
        turn = np.radians([90, 60, 30])
        reach = width.min(axis=1)
        start = center[0] - np.sin(turn)[:, None] * reach[0] * along[0]
        end = center[-1] + np.sin(turn[::-1])[:, None] * reach[-1] * along[-1]
        shrink = np.where(turn > 1.57, 0.0, np.cos(turn))[:, None]
        center = np.concatenate([start, center, end])
        width = np.concatenate([shrink * width[0], width, shrink[::-1] * width[-1]])
        a, b = (np.concatenate([x[:1].repeat(3, axis=0), x, x[-1:].repeat(3, axis=0)]) for x in (a, b))
    angle = np.linspace(0, 2 * np.pi, segments, endpoint=False)[:, None]
    rings = center[:, None] + np.cos(angle) * (width[:, :1] * a)[:, None] + np.sin(angle) * (width[:, 1:] * b)[:, None]
    return loft(rings, role, () if round_ends else (0, len(center) - 1))


def limb(
    points: ArrayLike, role: int = MAIN, *, samples: int = 10, segments: int = 10, side: ArrayLike = (1, 0, 0)
) -> Solid:
    """A smooth tube through K×4 (x, y, z, radius) or K×5 (…, radius along side, across) points."""
    fine = curve(points, samples)
    return tube(fine[:, :3], fine[:, 3] if fine.shape[1] == 4 else fine[:, 3:], role, segments=segments, side=side)


def ellipsoid(center: ArrayLike, radii: ArrayLike, role: int = MAIN, *, segments: int = 14, rings: int = 9) -> Solid:
    """An ellipsoid with three radii (or one); its poles are at front and back."""
    angle = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    height = np.linspace(-np.pi / 2, np.pi / 2, rings)
    width = np.where(np.abs(height) > 1.57, 0.0, np.cos(height))
    ball = np.stack(
        [
            width[:, None] * np.cos(angle),
            width[:, None] * np.sin(angle),
            np.broadcast_to(np.sin(height)[:, None], (rings, segments)),
        ],
        axis=-1,
    )
    return loft(np.asarray(center, float) + ball * np.asarray(radii, float), role)


def lathe(profile: ArrayLike, role: int = MAIN, *, segments: int = 28, sharp: float = 35.0) -> Solid:
    """A K×2 profile (radius, height) turned around the y axis; shading breaks where it turns by more than ``sharp``°.

    Inner points of the profile must have a positive radius.
    """
    points = np.asarray(profile, float)
    angle = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    height = np.broadcast_to(points[:, 1:], (len(points), segments))
    rings = np.stack([points[:, :1] * np.sin(angle), height, points[:, :1] * np.cos(angle)], axis=-1)
    ended = np.concatenate([[(0.0, points[0, 1])], points, [(0.0, points[-1, 1])]])
    steps = np.diff(ended, axis=0)
    turn = np.arctan2(steps[:, 1], steps[:, 0])
    bend = np.abs((np.diff(turn) + np.pi) % (2 * np.pi) - np.pi)
    return loft(rings, role, np.flatnonzero(bend > np.radians(sharp)).tolist())


def box(size: ArrayLike, center: ArrayLike, role: int = MAIN, bevel: float = 0.0) -> Solid:
    """A box of a size (x, y, z), its edges chamfered by ``bevel``."""
    x, y, z = np.asarray(size, float) / 2
    outline = [(-z, -y), (z, -y), (z, y), (-z, y)]
    if bevel:
        i, k = z - bevel, y - bevel
        outline = [(-i, -y), (i, -y), (z, -k), (z, k), (i, y), (-i, y), (-z, k), (-z, -k)]
    return moved(prism(outline, 2 * x, role, bevel), offset=center)


def prism(outline: ArrayLike, width: float, role: int = MAIN, bevel: float = 0.0) -> Solid:
    """A K×2 side view (z, y) extruded along x around 0, with chamfered edges.

    The side view must be star-shaped around the mean of its points.
    """
    points = np.asarray(outline, float)
    middle = points.mean(axis=0)
    span = np.maximum(np.ptp(points, axis=0), 1e-9)
    small = middle + (points - middle) * (1 - 2 * bevel / span)
    half = width / 2
    rows = [(-half, small), (bevel - half, points), (half - bevel, points), (half, small)]
    if not bevel:
        rows = [(-half, points), (half, points)]
    return loft([[(x, y, z) for z, y in row] for x, row in rows], role, flat=True)


def slab(corners: ArrayLike, thickness: float, role: int = DARK) -> Solid:
    """A plate over a flat K×3 outline, such as a window on a slanted wall."""
    points = np.asarray(corners, float)
    normal = _unit(np.cross(points[1] - points[0], points[2] - points[1]))
    return loft([points - normal * thickness / 2, points + normal * thickness / 2], role, flat=True)


def turn(axis: int, degrees: float) -> Floats:
    """The rotation by an angle around the x (0), y (1) or z (2) axis, as a 3×3 matrix."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix = np.eye(3)
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix[i, i], matrix[i, j], matrix[j, i], matrix[j, j] = c, -s, s, c
    return matrix


def moved(solid: Solid, rotation: Floats | None = None, offset: ArrayLike = (0, 0, 0)) -> Solid:
    """A solid rotated around the origin, then shifted."""
    matrix = np.eye(3) if rotation is None else rotation
    normals = (solid.normals @ matrix.T).astype(np.float32)
    return replace(solid, positions=solid.positions @ matrix.T + np.asarray(offset, float), normals=normals)


def mirrored(solid: Solid) -> Solid:
    """A solid mirrored at the plane x = 0."""
    flip = np.array([-1.0, 1.0, 1.0])
    normals = (solid.normals * flip).astype(np.float32)
    return replace(solid, positions=solid.positions * flip, normals=normals, faces=solid.faces[:, ::-1].copy())


def both(*solids: Solid) -> list[Solid]:
    """Solids of one side and their mirror images."""
    return [*solids, *(mirrored(solid) for solid in solids)]


def standing(solids: Sequence[Solid]) -> list[Solid]:
    """The finished object: standing on the ground, its texture coordinates in the unit square.

    Parts of one role share the texture scale of the largest of them and use different places of the
    swatch, so that a pattern has the same size on a leg as on the body.
    """
    ground = min(solid.positions[:, 1].min() for solid in solids)
    spans = [np.ptp(solid.uv, axis=0) for solid in solids]
    scale: dict[int, float] = {}
    for solid, span in zip(solids, spans, strict=True):
        scale[solid.role] = max(scale.get(solid.role, 0.0), float(span.max()))
    done = []
    for number, (solid, span) in enumerate(zip(solids, spans, strict=True)):
        largest = scale[solid.role]
        free = 1 - span / largest
        place = free * np.array([number * GOLDEN % 1, number * GOLDEN**2 % 1])
        uv = np.clip((solid.uv - solid.uv.min(axis=0)) / largest + place, 0, 1)
        done.append(replace(solid, positions=solid.positions - (0, ground, 0), uv=uv))
    return done
