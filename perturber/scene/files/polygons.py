"""Polygons as triangles: convex ones as fans, others by ear clipping."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
MAX_EFFORT = 100_000_000
"""Sum of squared corner counts up to which polygons are clipped, since self-crossing ones take quadratic time."""
ROUNDING = 1e-9
"""Sine of an angle below which a corner counts as straight."""


@dataclass(frozen=True, eq=False)
class Triangulation:
    """Triangles of polygons: T×3 numbers of corners, the polygon of each, and how many were too large to clip."""

    corners: Numbers
    polygon: Numbers
    unclipped: int = 0


def triangulate(points: NDArray[np.float64], counts: Numbers) -> Triangulation:
    """Cut polygons into triangles.

    ``points`` (C×3) are the places of all corners, polygon after polygon, which have ``counts`` corners, at least 3.
    """
    starts = np.cumsum(counts) - counts
    if not len(counts) or counts.max() == 3:
        return Triangulation(starts[:, None] + np.arange(3), np.arange(len(counts)))
    concave, normals = _find_concave(points, starts, counts)
    pieces, owners = [_fans(starts, counts, ~concave)], [_owners(counts, ~concave)]
    quads = np.flatnonzero(concave & (counts == 4))
    reflex = _reflex_corners(points, starts[quads])
    for offsets in ((0, 1, 2), (0, 2, 3)):
        pieces.append(starts[quads, None] + (reflex[:, None] + offsets) % 4)
        owners.append(quads)
    larger = np.flatnonzero(concave & (counts > 4))
    larger = larger[np.argsort(counts[larger], kind="stable")]
    affordable = np.cumsum(counts[larger].astype(float) ** 2) <= MAX_EFFORT
    rest = np.zeros(len(counts), bool)
    rest[larger[~affordable]] = True
    unclipped = int(rest.sum())
    if affordable.any():
        clipped, polygon = _clip(points, starts, counts, normals, larger[affordable])
        rest[np.setdiff1d(larger[affordable], polygon)] = True  # too thin for ears
        pieces.append(clipped)
        owners.append(polygon)
    pieces.append(_fans(starts, counts, rest))
    owners.append(_owners(counts, rest))
    owner = np.concatenate(owners)
    order = np.argsort(owner, kind="stable")
    return Triangulation(np.concatenate(pieces)[order], owner[order], unclipped)


def describe_unclipped(count: int) -> str:
    """Return a message about polygons that were too large to clip."""
    many = f"{count:,} of its polygons have" if count > 1 else "one of its polygons has"
    return f"{many} too many corners, and can be filled beyond a concave outline"


def _owners(counts: Numbers, chosen: NDArray[np.bool_]) -> Numbers:
    return np.repeat(np.flatnonzero(chosen), counts[chosen] - 2)


def _fans(starts: Numbers, counts: Numbers, chosen: NDArray[np.bool_]) -> Numbers:
    """Return the triangles of the chosen polygons, all of which share their first corner."""
    many = counts[chosen] - 2
    first = np.repeat(starts[chosen], many)
    step = np.arange(len(first)) - np.repeat(np.cumsum(many) - many, many)
    return np.stack([first, first + step + 1, first + step + 2], axis=1)


def _neighbors(starts: Numbers, counts: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Return the polygon of each corner, and the corners before and behind it."""
    polygon = np.repeat(np.arange(len(counts)), counts)
    here = np.arange(int(counts.sum()))
    first, last = starts[polygon], starts[polygon] + counts[polygon] - 1
    return polygon, np.where(here == first, last, here - 1), np.where(here == last, first, here + 1)


def _find_concave(
    points: NDArray[np.float64], starts: Numbers, counts: Numbers
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return which polygons of more than three corners turn to the other side at some corner, and all normals."""
    polygon, before, behind = _neighbors(starts, counts)
    with np.errstate(all="ignore"):
        points = points / max(float(np.abs(points).max()), 1e-300)
        normals = _newell(points, starts, behind)
        one, two = points - points[before], points[behind] - points
        turn = (np.cross(one, two) * normals[polygon]).sum(axis=1)
        size = np.linalg.norm(one, axis=1) * np.linalg.norm(two, axis=1)
    bent = np.zeros(len(counts), bool)
    bent[polygon[turn < -ROUNDING * size]] = True
    return bent & (counts > 3), normals


def _newell(points: NDArray[np.float64], starts: Numbers, behind: Numbers) -> NDArray[np.float64]:
    """Return unit normals of polygons, by Newell's method."""
    local = points - np.repeat(points[starts], np.diff(np.append(starts, len(points))), axis=0)
    sums = np.add.reduceat(np.cross(local, local[behind]), starts, axis=0)
    return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-300))


def _reflex_corners(points: NDArray[np.float64], starts: Numbers) -> Numbers:
    """Return which corner (0 to 3) of concave quads is the reflex one, from which the inner diagonal starts."""
    quads = points[starts[:, None] + np.arange(4)]
    if not len(quads):
        return np.zeros(0, np.int64)
    quads = quads / np.maximum(np.abs(quads).max(axis=(1, 2), keepdims=True), 1e-300)
    normal = np.cross(quads[:, 2] - quads[:, 0], quads[:, 3] - quads[:, 1])
    one, two = quads - np.roll(quads, 1, axis=1), np.roll(quads, -1, axis=1) - quads
    turns = (np.cross(one, two) * normal[:, None]).sum(axis=2)
    return np.asarray(turns.argmin(axis=1), np.int64)


def _clip(
    points: NDArray[np.float64], starts: Numbers, counts: Numbers, normals: NDArray[np.float64], chosen: Numbers
) -> tuple[Numbers, Numbers]:
    """Return the triangles of the chosen polygons by ear clipping in their planes, and the polygon of each."""
    import mapbox_earcut  # most meshes have no such polygon

    polygon = np.repeat(np.arange(len(counts)), counts)
    local = points - points[starts[polygon]]
    size = np.zeros(len(counts))
    np.maximum.at(size, polygon, np.abs(local).max(axis=1))
    local /= np.maximum(size, 1e-300)[polygon, None]
    across = np.array([[1, 2], [0, 2], [0, 1]])[np.abs(normals).argmax(axis=1)]  # the plane that it is seen best in
    flat = np.take_along_axis(local, across[polygon], axis=1)
    found, owner = [np.zeros(0, np.int64)], []
    for number in chosen.tolist():
        start, count = int(starts[number]), int(counts[number])
        ears = mapbox_earcut.triangulate_float64(flat[start : start + count], np.array([count], np.uint32))
        found.append(ears.astype(np.int64) + start)
        owner.append(len(ears) // 3)
    triangles = np.concatenate(found).reshape(-1, 3)
    owners = np.repeat(chosen, owner)
    one, two, three = np.moveaxis(local[triangles], 1, 0)
    facing = (np.cross(two - one, three - one) * normals[owners]).sum(axis=1)
    return np.where((facing < 0)[:, None], triangles[:, [0, 2, 1]], triangles), owners
