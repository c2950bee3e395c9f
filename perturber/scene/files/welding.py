"""Corners of triangles, each with indices of its own, welded into the vertices of a shape."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from perturber.scene.files.image import reduce_together
from perturber.scene.files.surface import PLAIN, Floats, MeshMaterial, MeshPart, Shape, unit

Numbers = NDArray[np.int64]
WHITE = (255, 255, 255, 255)


@dataclass(frozen=True, eq=False)
class PartLook:
    """What the faces of a part share: texture, material, and how texture coordinates are scaled and shifted."""

    picture: Image.Image | None = None
    material: MeshMaterial = PLAIN
    scale: tuple[float, float] = (1.0, 1.0)
    shift: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, eq=False)
class MeshCorners:
    """The 3·T corners of T triangles, by their indices into tables; -1 stands for none."""

    positions: NDArray[np.float64]
    """V×3."""
    place: Numbers
    uv: Numbers
    uvs: NDArray[np.float64]
    """T×2."""
    normal: Numbers
    normals: NDArray[np.float64]
    """N×3."""
    color: Numbers
    colors: NDArray[np.uint8]
    """K×4; white where a corner has none."""
    look: Numbers
    looks: list[PartLook] = field(default_factory=lambda: [PartLook()])


def weld(corners: MeshCorners, keep_order: bool = False) -> Shape:
    """Return the shape: corners that agree in everything become one vertex, and each look a part.

    With ``keep_order`` all vertices stay in the order of the file, where their indices allow it.
    """
    order = _by_look(corners)
    ids, whole = _identities(corners)
    count = len(corners.positions) if whole else int(ids.max(initial=-1)) + 1
    sample = np.full(count, -1)
    sample[ids[::-1]] = np.arange(len(ids))[::-1]  # the first corner of each vertex
    used = np.ones(count, bool) if keep_order and whole else sample >= 0
    faces = (np.cumsum(used) - 1)[ids].reshape(-1, 3)[order].astype(np.int32)
    chosen = sample[used]
    place = np.flatnonzero(used) if whole else corners.place[chosen]
    positions = corners.positions[place]
    missing = corners.normal[chosen] < 0
    with np.errstate(all="ignore"):
        normals = _taken(corners.normals, corners.normal[chosen], (0.0, 0.0, 0.0))
        if missing.any():
            normals[missing] = mean_normals(positions, faces)[missing]
    return Shape(
        positions,
        unit(normals),
        _uv(corners, chosen),
        _taken(corners.colors, corners.color[chosen], WHITE).astype(np.uint8),
        faces,
        _parts(corners, order),
    )


def mean_normals(positions: NDArray[np.float64], faces: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the sum of the adjoining faces' normals, weighted by area, for each vertex."""
    a, b, c = np.moveaxis(positions[faces], 1, 0)
    facing = np.cross(b - a, c - a)
    around, count = faces.ravel(), len(positions)
    return np.stack([np.bincount(around, facing[:, axis].repeat(3), count) for axis in range(3)], axis=1)


def _by_look(corners: MeshCorners) -> Numbers:
    """Return the order of the triangles in which those of a look follow each other."""
    return np.argsort(corners.look[::3], kind="stable")


def _identities(corners: MeshCorners) -> tuple[Numbers, bool]:
    """Return the number of each corner's vertex, and whether these numbers are those of the places."""
    ids, whole = corners.place, True
    for extra in (corners.uv, corners.normal, corners.color, corners.look):
        if (extra == extra[:1]).all() or np.array_equal(extra, corners.place):
            continue
        both = ids * (int(extra.max()) + 2) + (extra + 1)
        ids, whole = np.unique(both, return_inverse=True)[1].astype(np.int64), False
    return ids, whole


def _taken(table: NDArray[np.generic], index: Numbers, default: tuple[float, ...]) -> NDArray[np.float64]:
    """Return rows of a table; the default where the index is -1."""
    if not len(table):
        return np.tile(np.array(default, float), (len(index), 1))
    return np.where((index >= 0)[:, None], table[np.maximum(index, 0)], np.array(default)).astype(float)


def _uv(corners: MeshCorners, chosen: Numbers) -> Floats:
    uv = _taken(corners.uvs, corners.uv[chosen], (0.0, 0.0))
    scale = np.array([look.scale for look in corners.looks])[corners.look[chosen]]
    shift = np.array([look.shift for look in corners.looks])[corners.look[chosen]]
    with np.errstate(all="ignore"):
        return np.asarray(np.nan_to_num((uv * scale + shift).astype(np.float32), posinf=0, neginf=0), np.float32)


def _parts(corners: MeshCorners, order: Numbers) -> tuple[MeshPart, ...]:
    looks, counts = np.unique(corners.look[::3][order], return_counts=True)
    pictures = {id(p): p for look in looks if (p := corners.looks[look].picture) is not None}
    small = dict(zip(pictures, reduce_together(list(pictures.values())), strict=True))
    parts, first = [], 0
    for look, count in zip(looks, counts, strict=True):
        kept = corners.looks[look]
        picture = small.get(id(kept.picture))
        material = kept.material if picture is not None else replace(kept.material, wrap=PLAIN.wrap)
        parts.append(MeshPart(first, int(count), picture, material))
        first += int(count)
    return tuple(parts)
