"""Hair as geometry: strands on the skin that both ends of a pair share; the level of detail sets their number.

A strand takes its color from the skin's texture at its root, so that every change of the texture
reaches the hair. Fewer strands are drawn wider; any first few cover the skin as evenly as all.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perturber.core.errors import InputError
from perturber.core.storage.reading import open_regular
from perturber.scene.assets.pairs import MAX_STRANDS, Hairs
from perturber.scene.files.surface import Floats, Shape

EXPECTED = f"a NumPy archive of face, place, lay, width and shade, for at most {MAX_STRANDS:,} hairs"
ROOT, TIP = 0.8, 1.1
"""Brightness at a hair's root and tip, as factors of the skin's color."""
SUNK = 0.004
"""Depth of the roots under the skin, which hides the gap."""
RISE = 0.12
"""Height of a bent strand's middle above the line from root to tip, as a share of its length."""
LEAN = 0.25
"""Share of the direction to the tip in a strand's normal; the rest is the skin's normal."""
ONE = 128
"""The value of the colors' fourth column that keeps the brightness; 255 doubles it."""


@dataclass(frozen=True, eq=False)
class Fur:
    """S hairs: faces (S), weights of a face's second and third corner (S×2); for each end of the pair
    the vector from root to tip (2×S×3) and the width at the root (2×S); brightness factors (S)."""

    face: NDArray[np.int32]
    place: Floats
    lay: Floats
    width: Floats
    shade: Floats

    def first(self, count: int) -> Fur:
        """Return the first ``count`` hairs."""
        return Fur(
            self.face[:count], self.place[:count], self.lay[:, :count], self.width[:, :count], self.shade[:count]
        )


def load_fur(path: Path, faces: int) -> Fur:
    """Load the hairs of a pair whose ends have ``faces`` faces. Raises InputError that names the file."""
    try:
        with open_regular(path, EXPECTED) as file, np.load(file, allow_pickle=False) as held:
            fur = Fur(
                held["face"].astype(np.int32),
                held["place"].astype(np.float32) / 255,
                held["lay"].astype(np.float32),
                held["width"].astype(np.float32),
                held["shade"].astype(np.float32) / 127.5,
            )
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(str(path), f"it cannot be read as hair ({error!s:.100})", EXPECTED) from None
    count = len(fur.face)
    shapes = (fur.place.shape, fur.lay.shape, fur.width.shape, fur.shade.shape)
    if not 0 < count <= MAX_STRANDS or shapes != ((count, 2), (2, count, 3), (2, count), (count,)):
        raise InputError(str(path), "the shapes of the arrays do not match", EXPECTED)
    if not (np.isfinite(fur.lay).all() and np.isfinite(fur.width).all()):
        raise InputError(str(path), "some hairs have values that are not finite", EXPECTED)
    if fur.face.min() < 0 or fur.face.max() >= faces:
        raise InputError(str(path), "some hairs grow on faces that do not exist", f"faces 0 to {faces - 1}")
    return fur


def with_brightness(shape: Shape) -> Shape:
    """Return the shape with a brightness in place of its colors' unused alpha."""
    colors = shape.colors.copy()
    colors[:, 3] = ONE
    return replace(shape, colors=colors)


def grow_hair(ends: tuple[Shape, Shape], fur: Fur, hairs: Hairs) -> tuple[Shape, Shape]:
    """Return both ends with hair appended to the skin's faces; they still share faces and texture coordinates."""
    some = fur.first(hairs.strands)
    triangles = _triangles(len(some.face), hairs.segments) + len(ends[0].positions)
    first, second = (_with_hair(end, number, some, hairs) for number, end in enumerate(ends))
    faces = np.concatenate([ends[0].faces, triangles.astype(np.int32)])
    return replace(first, faces=faces), replace(second, faces=faces)


def _triangles(count: int, segments: int) -> NDArray[np.int64]:
    """Return the faces of strands whose vertices are stored strand by strand."""
    blade = [(0, 1, 2)] if segments == 1 else [(0, 1, 2), (2, 1, 3), (2, 3, 4)]
    starts = (2 * segments + 1) * np.arange(count)
    return np.asarray(starts[:, None, None] + np.array(blade), np.int64).reshape(-1, 3)


def _with_hair(shape: Shape, end: int, fur: Fur, hairs: Hairs) -> Shape:
    corners = shape.faces[fur.face]
    weights = np.concatenate([1 - fur.place.sum(1, keepdims=True), fur.place], axis=1)[..., None]

    def at_root(values: NDArray[Any]) -> Floats:
        return np.asarray((values[corners] * weights).sum(1), np.float32)

    normal = _unit(at_root(shape.normals))
    lay = fur.lay[end]
    aside = _unit(np.cross(lay, normal)) * (fur.width[end] * hairs.widen / 2)[:, None]
    root = at_root(shape.positions) - SUNK * normal
    tip = root + lay
    rows, along = [root - aside, root + aside], [0.0, 0.0]
    if hairs.segments == 2:
        middle = (root + tip) / 2 + RISE * np.linalg.norm(lay, axis=1, keepdims=True) * normal
        rows += [middle - 0.75 * aside, middle + 0.75 * aside]
        along += [0.5, 0.5]
    rows.append(tip)
    along.append(1.0)
    count, each = len(root), len(rows)
    shade = fur.shade[:, None] * (ROOT + (TIP - ROOT) * np.array(along, np.float32))
    colors = np.full((count * each, 4), 255, np.uint8)
    colors[:, 3] = (shade.ravel() * ONE).clip(0, 255)
    facing = _unit(normal + LEAN * _unit(lay))
    return replace(
        shape,
        positions=np.concatenate([shape.positions, np.stack(rows, axis=1).reshape(-1, 3)]),
        normals=np.concatenate([shape.normals, facing.repeat(each, axis=0)]),
        uv=np.concatenate([shape.uv, at_root(shape.uv).repeat(each, axis=0)]),
        colors=np.concatenate([shape.colors, colors]),
    )


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), np.float32)
