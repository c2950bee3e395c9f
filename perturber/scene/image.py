"""Pictures from disk, with limits: untrusted files must neither crash nor fill the memory."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from perturber.core.errors import InputError

MAX_BYTES = 64 << 20
MAX_PIXELS = 64_000_000
MAX_SIDE = 2048
"""Textures larger than this are reduced: nothing finer ever reaches a network."""
EXPECTED = "a picture such as PNG or JPEG of at most 64 megapixels"


def open_picture(path: Path, mode: str = "RGB") -> Image.Image:
    """A picture in ``mode`` (RGB or RGBA or L), upright. Raises InputError that names the file."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(str(path), "the file is larger than 64 MiB", EXPECTED)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(path)
            if picture.width * picture.height > MAX_PIXELS:
                raise InputError(str(path), f"it has {picture.width} × {picture.height} pixels", EXPECTED)
            picture.load()
        return _eight_bit(ImageOps.exif_transpose(picture)).convert(mode)
    except InputError:
        raise
    except OSError as error:
        raise InputError(str(path), f"it cannot be read as a picture ({error.strerror or error})", EXPECTED) from None
    except (Image.DecompressionBombError, ValueError, SyntaxError, MemoryError, EOFError) as error:
        raise InputError(str(path), f"it cannot be read as a picture ({error})", EXPECTED) from None


def _eight_bit(picture: Image.Image) -> Image.Image:
    """16-bit and float greyscale pictures scaled into 8 bits, which PIL's own conversion would clip."""
    if not picture.mode.startswith(("I", "F")):
        return picture
    values = np.asarray(picture, np.float64)
    top = 65535.0 if picture.mode.startswith("I") and values.max(initial=0) > 255 else max(values.max(initial=0), 1.0)
    return Image.fromarray((np.nan_to_num(values).clip(0, top) * (255 / top)).astype(np.uint8))


def texture_pixels(path: Path, mode: str) -> NDArray[np.uint8]:
    """H×W×channels, row 0 at the bottom as OpenGL wants it, at most 2048 pixels a side."""
    picture = open_picture(path, mode)
    if max(picture.size) > MAX_SIDE:
        picture.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)
    array = np.asarray(picture)
    return np.ascontiguousarray(array[::-1].reshape(picture.height, picture.width, -1))


def photo_pixels(path: Path, crop: float, size: int) -> NDArray[np.uint8]:
    """The centred square of a photo, ``crop`` of its shorter side, as size×size×3, row 0 at the top.

    Reduced with an antialiasing bilinear filter, as the usual evaluation of ImageNet networks does.
    """
    picture = open_picture(path)
    side = crop * min(picture.size)
    left, top = (picture.width - side) / 2, (picture.height - side) / 2
    box = (left, top, left + side, top + side)
    return np.array(picture.resize((size, size), Image.Resampling.BILINEAR, box=box))
