"""Files of the data set's meshes, textures and backdrops, each a pure function of its name and number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from perturber.core.storage.files import FileRef, write_whole
from perturber.training.studio.kinds import SHAPES
from perturber.training.studio.objects.solids import Solid
from perturber.training.studio.places import FREE_PLACES, PLACES
from perturber.training.studio.surfaces.coats import COATS, FREE

Split = Literal["train", "test"]
MEMBERS = {"train": 96, "test": 24}
"""Number of shapes and textures per class, and of backdrops per kind, in each split."""
FREE_MEMBERS = {"train": 192, "test": 48}
"""Number of unrelated textures and backdrops in each split."""
INSET = 0.06
"""Unused margin of a swatch, as a share of its side: keeps neighbors from bleeding in."""
BASE = {"train": 1000, "test": 9000}
"""First seed of each split; the ranges do not overlap."""


@dataclass(frozen=True)
class Stock:
    """A folder whose files are made on first use. Several processes may share it."""

    folder: Path

    def mesh(self, kind: str, split: Split, number: int) -> FileRef:
        """Return a shape of a class as OBJ; its texture coordinates address the four swatches of a coat."""
        return self._file(
            f"mesh-{kind}-{split}-{number:02d}.obj", lambda part: write_obj(part, _solids(kind, split, number))
        )

    def coat(self, kind: str, split: Split, number: int) -> FileRef:
        """Return a texture of a class as PNG: four swatches, two by two."""
        seed = (BASE[split] + number, _code(kind), 1)
        return self._file(
            f"coat-{kind}-{split}-{number:02d}.png",
            lambda part: _save(part, sheet(COATS[kind](np.random.default_rng(seed)))),
        )

    def free_coat(self, split: Split, number: int) -> FileRef:
        """Return a texture that belongs to no class."""
        return self._file(
            f"coat-free-{split}-{number:02d}.png",
            lambda part: _save(part, sheet(_member(FREE, number, (BASE[split] + number, 2)))),
        )

    def place(self, kind: str, split: Split, number: int) -> FileRef:
        """Return a backdrop of a kind of place."""
        seed = (BASE[split] + number, _code(kind), 3)
        return self._file(
            f"place-{kind}-{split}-{number:02d}.png",
            lambda part: _save(part, PLACES[kind](np.random.default_rng(seed))),
        )

    def free_place(self, split: Split, number: int) -> FileRef:
        """Return a backdrop without a place."""
        return self._file(
            f"place-free-{split}-{number:02d}.png",
            lambda part: _save(part, _member(FREE_PLACES, number, (BASE[split] + number, 4))),
        )

    def neutral(self, number: int) -> FileRef:
        """Return a plain gray backdrop of one of eight lightnesses."""
        gray = np.full((8, 8, 3), 70 + 16 * (number % 8), np.uint8)
        return self._file(f"place-grey-{number % 8}.png", lambda part: _save(part, gray))

    def _file(self, name: str, make: Callable[[Path], None]) -> FileRef:
        path = self.folder / name
        if not path.is_file():
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, make)
        return FileRef(path=str(path))


def _member(
    makers: Sequence[Callable[[np.random.Generator], NDArray[np.uint8]]], number: int, seed: tuple[int, ...]
) -> NDArray[np.uint8]:
    return makers[number % len(makers)](np.random.default_rng(seed))


def _code(name: str) -> int:
    """Return a number for a name that stays the same when names are added."""
    return int.from_bytes(name.encode()[:6], "big")


def _solids(kind: str, split: Split, number: int) -> list[Solid]:
    return SHAPES[kind](np.random.default_rng((BASE[split] + number, _code(kind), 0)))


def sheet(swatches: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Join four swatches (4×S×S×3) into one texture 2S×2S×3, the first at the top left."""
    return np.concatenate([np.concatenate(list(swatches[row : row + 2]), axis=1) for row in (0, 2)], axis=0)


def on_sheet(uv: NDArray[np.floating], role: int) -> NDArray[np.float64]:
    """Convert coordinates on a swatch (V×2 in [0, 1], v up) to coordinates on the whole texture."""
    inside = INSET + (1 - 2 * INSET) * uv.clip(0, 1)
    tile = np.array([role % 2, 1 - role // 2])
    return np.asarray((inside + tile) / 2, np.float64)


def write_obj(part: Path, solids: Sequence[Solid]) -> None:
    """Write solids as one OBJ object without a material."""
    positions = np.concatenate([solid.positions for solid in solids])
    normals = np.concatenate([solid.normals for solid in solids])
    uv = np.concatenate([on_sheet(solid.uv, solid.role) for solid in solids])
    starts = np.cumsum([0, *(len(solid.positions) for solid in solids)])
    faces = np.concatenate([solid.faces + start for solid, start in zip(solids, starts, strict=False)]) + 1
    with part.open("w", encoding="ascii") as stream:
        np.savetxt(stream, positions, "v %.4f %.4f %.4f")
        np.savetxt(stream, uv, "vt %.4f %.4f")
        np.savetxt(stream, normals, "vn %.3f %.3f %.3f")
        np.savetxt(stream, faces.repeat(3, axis=1), "f %d/%d/%d %d/%d/%d %d/%d/%d")


def _save(part: Path, pixels: NDArray[np.uint8]) -> None:
    Image.fromarray(pixels).save(part, "PNG", compress_level=1)
