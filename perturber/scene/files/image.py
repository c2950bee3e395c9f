"""Pictures from disk, with limits: untrusted files must neither crash the program nor exhaust its memory."""

from __future__ import annotations

import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from perturber.core.errors import InputError
from perturber.core.storage.files import write_whole

MAX_BYTES = 64 << 20
MAX_PIXELS = 64_000_000
MAX_SIDE = 2048
"""Longest side of a texture in pixels; larger ones are reduced, since no network sees finer detail."""
EXPECTED = "a picture such as PNG or JPEG of at most 64 MiB and 64 megapixels"
UNREADABLE = (
    OSError, ValueError, SyntaxError, TypeError, LookupError, ArithmeticError, AttributeError, AssertionError,
    EOFError, MemoryError, RuntimeError, struct.error, zlib.error, Image.DecompressionBombError,
)  # fmt: skip
"""What Pillow's readers raise on broken files; OSError includes "truncated" and "cannot identify"."""


def save_picture(picture: Image.Image, path: Path, **options: Any) -> None:
    """Write a picture in the format of the file's suffix, with its folder; ``options`` are Pillow's.

    Raises InputError when that fails.
    """
    try:
        write_whole(path, lambda part: picture.save(part, **options), make_folder=True)
    except ValueError as error:
        raise InputError(str(path), str(error), "a suffix such as .png") from error


def open_picture(path: Path, mode: str = "RGB") -> Image.Image:
    """Open a picture in ``mode`` (RGB, RGBA or L), rotated by its EXIF orientation.

    Transparent pixels keep their color where the mode has no alpha. Raises InputError that names
    the file.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputError(str(path), f"the file has {size >> 20} MiB", EXPECTED)
        with warnings.catch_warnings(action="ignore"):  # about size: `decode_picture` has its own limit
            picture = Image.open(path)
    except UNREADABLE as error:
        raise _refusal(str(path), error) from None
    with picture:  # what is refused halfway would stay open
        return decode_picture(picture, str(path), mode)


def decode_picture(picture: Image.Image, name: str, mode: str = "RGB") -> Image.Image:
    """Decode an opened picture, rotated by its EXIF orientation, in ``mode``. Raises InputError that names ``name``."""
    if picture.width * picture.height > MAX_PIXELS:
        raise InputError(name, f"it has {picture.width:,} × {picture.height:,} pixels", EXPECTED)
    try:
        with warnings.catch_warnings(action="ignore"):  # about damaged metadata, which is harmless
            picture.load()
            return _eight_bit(ImageOps.exif_transpose(picture)).convert(mode)
    except UNREADABLE as error:
        raise _refusal(name, error) from None


def _refusal(name: str, error: BaseException) -> InputError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return InputError(name, f"it cannot be read as a picture ({reason or type(error).__name__})", EXPECTED)


def _eight_bit(picture: Image.Image) -> Image.Image:
    """Scale 16-bit and float grayscale pictures to 8 bits; Pillow's own conversion would clip them."""
    if not picture.mode.startswith(("I", "F")):
        return picture
    values = np.asarray(picture, np.float64)
    top = 65535.0 if picture.mode.startswith("I") and values.max(initial=0) > 255 else max(values.max(initial=0), 1.0)
    return Image.fromarray((np.nan_to_num(values).clip(0, top) * (255 / top)).astype(np.uint8))


def texture_pixels(path: Path, mode: str) -> NDArray[np.uint8]:
    """Read a picture file as H×W×channels; see `texture_of`."""
    return texture_of(open_picture(path, mode))


def texture_of(picture: Image.Image, largest: int = MAX_SIDE) -> NDArray[np.uint8]:
    """Convert a picture to H×W×channels, row 0 at the bottom as in OpenGL, at most ``largest`` pixels a side."""
    picture = shrink(picture, largest)
    array = np.asarray(picture)
    return np.ascontiguousarray(array[::-1].reshape(picture.height, picture.width, -1))


def shrink(picture: Image.Image, largest: int) -> Image.Image:
    """Reduce a picture to at most ``largest`` pixels a side."""
    if max(picture.size) <= largest:
        return picture
    scale = largest / max(picture.size)
    size = (max(round(picture.width * scale), 1), max(round(picture.height * scale), 1))
    # Channel by channel: an alpha that is the specular strength must not weigh the colors.
    bands = [band.resize(size, Image.Resampling.BOX) for band in picture.split()]
    return Image.merge(picture.mode, bands)


def photo_pixels(path: Path, crop: float, size: int) -> NDArray[np.uint8]:
    """Read the centered square of a picture file; see `crop_center`."""
    return crop_center(open_picture(path), crop, size)


def crop_center(picture: Image.Image, crop: float, size: int) -> NDArray[np.uint8]:
    """Cut the centered square of a photo, ``crop`` of its shorter side, as size×size×3, row 0 at the top.

    Reduced with an antialiasing bilinear filter, as is usual when ImageNet networks are evaluated.
    """
    side = crop * min(picture.size)
    left, top = (picture.width - side) / 2, (picture.height - side) / 2
    box = (left, top, left + side, top + side)
    return np.array(picture.resize((size, size), Image.Resampling.BILINEAR, box=box))
