"""A sheet of the studio data set, for training and evaluation. Part of ``make shots``."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from perturber.scene.renderer import Renderer
from perturber.training.data.rendered_pictures import draw_sample
from perturber.training.studio.kinds import KINDS
from perturber.training.studio.sample import RUN, Pictures, Sampler
from perturber.training.studio.stock import Stock

TILE, QUALITY = 112, 88
ROWS = (
    ("plain", "train", 0),
    ("plain", "train", 1),
    ("stylized", "train", 0),
    ("swapped", "test", 0),
    ("conflict", "test", 0),
)
SEED = 5


def studio_sheet(path: Path) -> None:
    """Write one column per class: two rows of plain pictures, then stylized, swapped and conflicting ones."""
    renderer = Renderer()
    with TemporaryDirectory() as folder:
        stock = Stock(Path(folder))
        rows = []
        for style, split, turn in ROWS:
            count = (turn + 1) * len(KINDS) * RUN
            sampler = Sampler(
                Pictures.model_validate({"count": count, "style": style, "split": split, "seed": SEED}), stock
            )
            numbers = [(turn * len(KINDS) + kind) * RUN for kind in range(len(KINDS))]
            rows.append(np.concatenate([_tile(renderer, sampler, number) for number in numbers], axis=1))
    renderer.release()
    Image.fromarray(np.concatenate(rows)).save(path, quality=QUALITY, optimize=True)


def _tile(renderer: Renderer, sampler: Sampler, index: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    pixels = draw_sample(renderer, sampler.sample(index), (SEED, index))
    return np.asarray(Image.fromarray(pixels).resize((TILE, TILE), Image.Resampling.BOX))
