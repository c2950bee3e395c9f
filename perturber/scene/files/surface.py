"""Meshes as they are drawn: their parts, and how each part's colors and transparency are meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]
MAX_PARTS = 256
FARTHEST = 1e18
"""Largest coordinate; squared lengths of larger ones overflow in single precision."""
Wrap = Literal["repeat", "clamp", "mirror"]
Opacity = Literal["opaque", "mask", "blend"]


@dataclass(frozen=True)
class MeshMaterial:
    """How a part's texture and vertex colors become its color and transparency.

    The default is what OBJ and PLY mean: an opaque, repeated texture, multiplied by the vertex colors as sRGB values.
    """

    linear: bool = False
    """Multiply texture and vertex colors in linear light; the colors are stored as sRGB and interpolated linearly."""
    opacity: Opacity = "opaque"
    """Ignore alpha, discard what is below ``cutoff``, or blend. Alpha is texture × ``alpha`` × vertex color."""
    alpha: float = 1.0
    cutoff: float = 0.5
    wrap: tuple[Wrap, Wrap] = ("repeat", "repeat")
    """What the texture does beyond its edges, along u and v."""
    smooth: bool = True
    """Interpolate between texels where the texture is enlarged."""
    lit: bool = True
    """Whether light and shadow fall on it."""


PLAIN = MeshMaterial()


@dataclass(frozen=True, eq=False)
class MeshPart:
    """The faces from ``first`` up to ``first + count`` of a shape, which share one color texture and material."""

    first: int
    count: int
    picture: Image.Image | None = None
    material: MeshMaterial = PLAIN


@dataclass(frozen=True, eq=False)
class Shape:
    """One mesh: V×3 positions and unit normals, V×2 texture coordinates (v up), V×4 colors, F×3 indices."""

    positions: NDArray[np.float64]
    normals: Floats
    uv: Floats
    colors: NDArray[np.uint8]
    """Factors of the texture; white where the file has no colors."""
    faces: NDArray[np.int32]
    parts: tuple[MeshPart, ...]
    notices: tuple[str, ...] = ()


def unit(normals: NDArray[np.float64]) -> Floats:
    """Return normals of length one; straight up where there is none (a degenerate face)."""
    normals = np.nan_to_num(normals, posinf=0, neginf=0)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(length > 1e-12, normals / np.maximum(length, 1e-12), (0.0, 1.0, 0.0)).astype(np.float32)
