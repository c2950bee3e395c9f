"""Bodies as smooth unions of rounded cones and ellipsoids, by signed distance.

Smooth minimum: the quadratic polynomial of Inigo Quilez. Distances of flattened cones and of
ellipsoids are the usual first-order bounds, good near the surface.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from skimage.measure import marching_cubes

from assets.build.geometry import Floats, Ints, unit

Vector = Sequence[float] | Floats


@dataclass(frozen=True, eq=False)
class Cone:
    """A rounded cone from ``start`` to ``end``; ``flat`` < 1 squashes it along ``axis``.

    ``blend`` is the radius of its smooth union with earlier primitives; ``cut`` carves it out instead.
    """

    start: Vector
    end: Vector
    radii: Vector
    blend: float = 0.05
    axis: Vector = (0, 0, 1)
    flat: float = 1.0
    cut: bool = False

    def frame(self) -> tuple[Floats, Floats, float]:
        """Start, unit direction, length."""
        a, b = np.asarray(self.start, float), np.asarray(self.end, float)
        return a, unit(b - a), float(np.linalg.norm(b - a))

    def distance(self, points: Floats) -> Floats:
        a, direction, length = self.frame()
        local = points - a
        if self.flat != 1:
            axis = unit(np.asarray(self.axis, float))
            local = local + np.outer(local @ axis * (1 / self.flat - 1), axis)
        share = np.clip(local @ direction / length, 0, 1)
        offset = local - np.outer(share * length, direction)
        r0, r1 = self.radii
        result = np.sqrt(np.einsum("nk,nk->n", offset, offset)) - (r0 + (r1 - r0) * share)
        return np.asarray(result * min(self.flat, 1.0))


@dataclass(frozen=True, eq=False)
class Ellipsoid:
    """An ellipsoid turned by ``pitch`` degrees about x (positive lowers its front)."""

    center: Vector
    radii: Vector
    blend: float = 0.05
    pitch: float = 0.0
    cut: bool = False

    def local(self, points: Floats) -> Floats:
        c, s = np.cos(np.radians(self.pitch)), np.sin(np.radians(self.pitch))
        x, y, z = (points - np.asarray(self.center, float)).T
        return np.stack([x, c * y + s * z, c * z - s * y], -1)

    def world(self, local: Floats) -> Floats:
        c, s = np.cos(np.radians(self.pitch)), np.sin(np.radians(self.pitch))
        x, y, z = local.T
        return np.asarray(np.stack([x, c * y - s * z, c * z + s * y], -1) + np.asarray(self.center, float))

    def distance(self, points: Floats) -> Floats:
        scaled = self.local(points) / np.asarray(self.radii, float)
        k0 = np.sqrt(np.einsum("nk,nk->n", scaled, scaled))
        steep = scaled / np.asarray(self.radii, float)
        k1 = np.sqrt(np.einsum("nk,nk->n", steep, steep))
        return np.asarray(np.where(k1 > 1e-6, k0 * (k0 - 1) / np.maximum(k1, 1e-6), -np.min(self.radii)))


Primitive = Cone | Ellipsoid
Body = Mapping[str, Primitive]


def mirror(primitive: Primitive) -> Primitive:
    """Return the primitive mirrored at x = 0."""
    flip = np.array([-1.0, 1, 1])
    if isinstance(primitive, Ellipsoid):
        return replace(primitive, center=np.asarray(primitive.center) * flip)
    changed = {name: np.asarray(getattr(primitive, name)) * flip for name in ("start", "end", "axis")}
    return replace(primitive, **changed)


def between(first: Body, second: Body, t: float) -> dict[str, Primitive]:
    """Interpolate two bodies with the same primitives."""
    result: dict[str, Primitive] = {}
    for name, a in first.items():
        b = second[name]
        numbers: dict[str, Any] = {
            f.name: (1 - t) * np.asarray(getattr(a, f.name), float) + t * np.asarray(getattr(b, f.name), float)
            for f in fields(a)
            if f.name != "cut"
        }
        result[name] = replace(a, **numbers)
    return result


def distance(body: Body, points: Floats) -> Floats:
    """Return the signed distance to the body, N values, negative inside."""
    total = np.full(len(points), 1e3)
    for primitive in body.values():
        own = primitive.distance(points)
        k = max(float(primitive.blend), 1e-6)
        if primitive.cut:
            h = np.maximum(k - np.abs(own + total), 0) / k
            total = np.maximum(total, -own) + h * h * k / 4
        else:
            h = np.maximum(k - np.abs(total - own), 0) / k
            total = np.minimum(total, own) - h * h * k / 4
    return total


def gradient(body: Body, points: Floats, step: float = 1e-3) -> Floats:
    """Return the gradient of the distance from four samples on a tetrahedron, N × 3."""
    total = np.zeros_like(points)
    for corner in np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], float):
        total += distance(body, points + corner * step)[:, None] * corner
    return total / (4 * step)


def project(body: Body, points: Floats, steps: int, limit: float) -> Floats:
    """Move points towards the surface by Newton steps of at most ``limit``."""
    for _ in range(steps):
        normal = gradient(body, points)
        way = distance(body, points) / np.maximum((normal**2).sum(1), 0.05)
        points = points - normal * np.clip(way, -limit, limit)[:, None]
    return points


def surface(body: Body, low: Floats, high: Floats, cell: float) -> tuple[Floats, Ints]:
    """Triangulate the surface in a box by marching cubes; the field is sampled finely only near the surface."""
    block = 4
    shape = (np.ceil((high - low) / cell / block).astype(int) + 1) * block
    coarse = _grid(low + cell * (block - 1) / 2, shape // block, cell * block)
    rough = distance(body, coarse).reshape(shape // block)
    field = rough.repeat(block, 0).repeat(block, 1).repeat(block, 2)
    near = np.flatnonzero(np.abs(field).ravel() < cell * block * 2.4)
    field.ravel()[near] = distance(body, _grid(low, shape, cell)[near])
    vertices, faces, _, _ = marching_cubes(field, 0.0)  # type: ignore[no-untyped-call]
    return vertices * cell + low, faces.astype(np.int64)


def _grid(low: Floats, shape: Ints, cell: float) -> Floats:
    axes = [low[k] + cell * np.arange(shape[k]) for k in range(3)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)


def shares(body: Body, points: Floats, softness: float) -> Floats:
    """Return each primitive's share of each point: N × primitives, rows sum to one."""
    reach = np.stack([np.abs(p.distance(points)) + (0.004 if p.cut else 0.0) for p in body.values()], -1)
    weight = np.exp(-(reach - reach.min(1, keepdims=True)) / softness)
    return np.asarray(weight / weight.sum(1, keepdims=True))


def carry_points(source: Primitive, target: Primitive, points: Floats) -> Floats:
    """Move points from one primitive's frame to that of another of the same kind."""
    if isinstance(source, Ellipsoid) and isinstance(target, Ellipsoid):
        return target.world(source.local(points) / np.asarray(source.radii) * np.asarray(target.radii))
    assert isinstance(source, Cone)
    assert isinstance(target, Cone)
    a, u, length = source.frame()
    b, v, reach = target.frame()
    local = points - a
    along = local @ u
    share = np.clip(along / length, 0, 1)
    across = _turned(local - np.outer(along, u), u, v)
    (s0, s1), (t0, t1) = source.radii, target.radii
    grow = (t0 + (t1 - t0) * share) / (s0 + (s1 - s0) * share)
    beyond = np.where(along > length, reach + (along - length) * t1 / s1, along / length * reach)
    along = np.where(along < 0, along * t0 / s0, beyond)
    return b + np.outer(along, v) + across * grow[:, None]


def _turned(vectors: Floats, u: Floats, v: Floats) -> Floats:
    """Rotate vectors by the shortest rotation from direction ``u`` to ``v``."""
    axis = np.cross(u, v)
    sine, cosine = float(np.linalg.norm(axis)), float(u @ v)
    if sine < 1e-6:
        return vectors
    axis = axis / sine
    dot = np.outer(vectors @ axis, axis)
    return np.asarray(vectors * cosine + np.cross(axis, vectors) * sine + dot * (1 - cosine))
