"""Rendered pictures on disk: made once, resumable, read as a memory map."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perturber.core.evaluation import SIZE, Pixels
from perturber.core.session import Session
from perturber.training.recipe import Pictures
from perturber.training.sample import classes, invent_backgrounds, sample

FLUSH = 500
"""Pictures between two notes of how far the work has come."""


@dataclass(frozen=True)
class PictureFile:
    """Pixels N×224×224×3 (uint8) and class numbers N."""

    pixels: NDArray[np.uint8]
    targets: NDArray[np.int64]


def render_pictures(
    pictures: Pictures, folder: Path, render: Callable[[Session], Pixels], report: Callable[[str], None]
) -> PictureFile:
    """Render a set into ``folder``, going on where an earlier run stopped.

    ``render`` turns a session into pixels; ``report`` receives a line of progress now and then.
    """
    key = hashlib.sha256(pictures.model_dump_json().encode()).hexdigest()[:12]
    base = folder / f"{pictures.strength}-{key}"
    base.mkdir(parents=True, exist_ok=True)
    invented = invent_backgrounds(base / "backgrounds", pictures.seed)
    data, note = base / "pixels.u8", base / "done.txt"
    shape = (pictures.count, SIZE, SIZE, 3)
    done = int(note.read_text()) if note.is_file() and data.is_file() else 0
    pixels = np.memmap(data, np.uint8, "r+" if done else "w+", shape=shape)
    for index in range(done, pictures.count):
        session, _ = sample(pictures, index, invented)
        pixels[index] = render(session)
        if (index + 1) % FLUSH == 0 or index + 1 == pictures.count:
            pixels.flush()
            note.write_text(str(index + 1))
            report(f"{pictures.strength} pictures, seed {pictures.seed}: {index + 1} of {pictures.count}")
    targets = np.arange(pictures.count) % len(classes())
    return PictureFile(pixels, targets)
