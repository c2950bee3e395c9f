"""Hairs on the skin that both ends of a pair share: root, direction, width and brightness."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from assets.build.geometry import Floats, Ints


@dataclass(frozen=True, eq=False)
class Coat:
    """S hairs in random order, so that any first few cover the skin as evenly as all."""

    face: Ints
    """S indices of the triangles with the roots."""
    place: Floats
    """S×2: weights of the triangle's second and third corner."""
    lay: tuple[Floats, Floats]
    """S×3 at each end: vectors from root to tip."""
    width: tuple[Floats, Floats]
    """S at each end: width at the root."""
    shade: Floats
    """S factors of the skin's color, around 1."""

    def scaled(self, scales: tuple[float, float]) -> Coat:
        """Return the coat with lengths and widths of both ends multiplied."""
        lay = self.lay[0] * scales[0], self.lay[1] * scales[1]
        return replace(self, lay=lay, width=(self.width[0] * scales[0], self.width[1] * scales[1]))


def write_fur(path: Path, coat: Coat) -> None:
    """Write the hairs as a compressed NumPy archive in half precision (format: perturber/scene/assets/fur.py)."""
    np.savez_compressed(
        path,
        face=coat.face.astype(np.int32),
        place=(np.clip(coat.place, 0, 1) * 255).round().astype(np.uint8),
        lay=np.stack(coat.lay).astype(np.float16),
        width=np.stack(coat.width).astype(np.float16),
        shade=(np.clip(coat.shade, 0, 2) * 127.5).round().astype(np.uint8),
    )
