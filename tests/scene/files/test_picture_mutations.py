"""Damaged pictures are opened or refused by name, whatever their format."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from mutation import mutate
from PIL import Image

from perturber.core.errors import InputError
from perturber.scene.files.image import open_picture

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "TGA")


def picture(kind: str) -> bytes:
    pixels = np.random.default_rng(3).integers(0, 256, (24, 32, 3), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind)
    return stream.getvalue()


def open_mutations(kind: str, count: int, file: Path) -> int:
    """Return how many of the damaged pictures could be opened; anything but a refusal by name is raised."""
    opened = 0
    for data in mutate(picture(kind), count, seed=11):
        file.write_bytes(data)
        try:
            opened += open_picture(file).mode == "RGB"
        except InputError as error:
            if error.source != str(file):
                raise
    return opened


@pytest.mark.parametrize("kind", FORMATS)
def test_damaged_pictures_are_opened_or_refused_by_name(kind: str, tmp_path: Path) -> None:
    assert open_mutations(kind, 100, tmp_path / "damaged.png") < 100
