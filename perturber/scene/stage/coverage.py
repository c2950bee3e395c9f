"""How much an object covers at points on its surface: transparent parts cast no shadow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perturber.scene.files.surface import MeshPart, Shape, Wrap
from perturber.scene.stage.pieces import TOLERANCE

HOLE = 0.5
"""Brightness of the opacity texture below which the object has a hole, as in the shader of objects."""


def coverage_at(
    shape: Shape, faces: NDArray[np.int64], weights: NDArray[np.float64], holes: NDArray[np.uint8] | None = None
) -> NDArray[np.float64]:
    """Return the alpha, 0 to 1, of N points given by their face and barycentric coordinates (N×3).

    ``holes`` is the opacity texture, H×W×1 with row 0 at the bottom, repeated in both directions.
    """
    found = np.ones(len(faces))
    for part in shape.parts:
        inside = (faces >= part.first) & (faces < part.first + part.count)
        if part.material.opacity != "opaque" and inside.any():
            found[inside] = _alpha_of(part, shape, shape.faces[faces[inside]], weights[inside])
    if holes is not None:
        uv = np.einsum("nk,nkc->nc", weights, shape.uv[shape.faces[faces]])
        found *= _texels(holes.reshape(holes.shape[:2]), uv, ("repeat", "repeat")) >= HOLE
    return found


def _alpha_of(
    part: MeshPart, shape: Shape, corners: NDArray[np.int32], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return texture × material × vertex, as the shader of objects does."""
    material = part.material
    found: NDArray[np.float64] = material.alpha * (weights * shape.colors[corners, 3]).sum(axis=1) / 255
    if part.picture is not None:
        uv = np.einsum("nk,nkc->nc", weights, shape.uv[corners])
        found = found * _texels(np.asarray(part.picture.getchannel("A"))[::-1], uv, material.wrap)
    return found if material.opacity == "blend" else (found >= material.cutoff - TOLERANCE).astype(float)


def _texels(texture: NDArray[np.uint8], uv: NDArray[np.float64], wrap: tuple[Wrap, Wrap]) -> NDArray[np.float64]:
    """Return the nearest texel of an H×W texture, row 0 at the bottom, for each of N×2 coordinates; 0 to 1."""
    folded = (_fold(uv[:, axis], wrap[axis]) for axis in (0, 1))
    x, y = ((at * side).astype(int).clip(0, side - 1) for at, side in zip(folded, texture.shape[::-1], strict=True))
    return np.asarray(texture[y, x] / 255)


def _fold(at: NDArray[np.float64], wrap: Wrap) -> NDArray[np.float64]:
    """Return texture coordinates in 0 … 1."""
    if wrap == "clamp":
        return at.clip(0, 1)
    return np.asarray(at % 1 if wrap == "repeat" else 1 - np.abs(at % 2 - 1))
