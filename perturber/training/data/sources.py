"""Sources of training pictures: rendered sets, or any folder in ImageNet's layout."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

from perturber.core.errors import InputError
from perturber.core.storage.files import PICTURES
from perturber.scene.files.image import open_picture
from perturber.training.data.rendered_pictures import RenderedSet

Index = NDArray[np.int64]
READERS = 4
CROP = (0.35, 1.0)
"""Range of the area of random crops, as shares of the picture's area."""
CENTER = 0.875


class PictureSource(Protocol):
    """Labeled pictures by number."""

    targets: Index

    def batch(self, index: Index, size: int, seed: tuple[int, ...] | None) -> Tensor:
        """Return N×3×size×size float32 in [0, 1], channels_last; augmented at random with ``seed``, else unchanged."""
        ...


class Rendered:
    """Rendered sets, concatenated."""

    def __init__(self, sets: Sequence[RenderedSet]) -> None:
        self._sets = sets
        self._starts = np.cumsum([0, *(len(pictures) for pictures in sets)])
        self.targets: Index = np.concatenate([pictures.targets for pictures in sets])

    def batch(self, index: Index, size: int, seed: tuple[int, ...] | None) -> Tensor:
        """Return a batch (see `PictureSource`). With a seed half of the pictures are mirrored."""
        which = np.searchsorted(self._starts, index, side="right") - 1
        chosen = np.stack([self._sets[s].pixels[i - self._starts[s]] for s, i in zip(which, index, strict=True)])
        if seed is not None:
            mirrored = np.random.default_rng(seed).random(len(index)) < 0.5
            chosen[mirrored] = chosen[mirrored, :, ::-1]
        return to_pixels(chosen, size)


def to_pixels(pictures: NDArray[np.uint8], size: int) -> Tensor:
    """Convert N×H×W×3 (0 … 255) to N×3×size×size float32 in [0, 1], channels_last."""
    pixels = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2)
    if pixels.shape[-1] != size:  # in 8 bits: eight times as fast as in float32
        pixels = interpolate(pixels, size=(size, size), mode="bilinear", antialias=True)
    return pixels.contiguous(memory_format=torch.channels_last).float().mul_(1 / 255)


class FolderSource:
    """A folder with one folder of pictures per class, in ImageNet's layout.

    Raises InputError when it has pictures of fewer than two classes, or of classes that are not among
    ``classes`` (folder names in the order of the network's outputs; by default all, sorted).
    """

    def __init__(self, root: Path, classes: Sequence[str] | None = None) -> None:
        expected = "a folder with a folder of pictures for each class"
        try:
            found = sorted(entry.name for entry in root.iterdir() if entry.is_dir())
        except (OSError, ValueError) as error:  # ValueError for a NUL in the name
            raise InputError(str(root), getattr(error, "strerror", None) or str(error), expected) from None
        self.classes = tuple(classes) if classes is not None else tuple(found)
        strange = sorted(set(found) - set(self.classes))
        if strange and classes is not None:
            raise InputError(str(root), f"the network has no class {strange[0]}", ", ".join(self.classes[:8]))
        pairs = [
            (file, number)
            for number, name in enumerate(self.classes)
            for file in sorted((root / name).glob("*"))
            if file.suffix.lower() in PICTURES
        ]
        if len({number for _, number in pairs}) < 2:
            raise InputError(str(root), "it has pictures of fewer than two classes", expected)
        self.files = [file for file, _ in pairs]
        self.targets: Index = np.array([number for _, number in pairs])
        self._readers = ThreadPoolExecutor(READERS)

    def batch(self, index: Index, size: int, seed: tuple[int, ...] | None) -> Tensor:
        """Return a batch (see `PictureSource`): with a seed random crops, half of them mirrored; else center crops."""

        def read(number: int) -> NDArray[np.uint8]:
            rng = None if seed is None else np.random.default_rng((*seed, number))
            return crop_square(open_picture(self.files[number]), size, rng)

        return to_pixels(np.stack(list(self._readers.map(read, index.tolist()))), size)


def crop_square(picture: Image.Image, size: int, rng: np.random.Generator | None) -> NDArray[np.uint8]:
    """Cut a square of the picture, size×size×3: the center, or with ``rng`` at random and perhaps mirrored."""
    shorter = min(picture.size)
    side = round(shorter * (CENTER if rng is None else np.sqrt(rng.uniform(*CROP))))
    free = [length - side for length in picture.size]
    left, top = (f // 2 for f in free) if rng is None else (int(rng.integers(f + 1)) for f in free)
    box = (left, top, left + side, top + side)
    pixels = np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR, box, reducing_gap=2.0))
    return pixels[:, ::-1] if rng is not None and rng.random() < 0.5 else pixels
