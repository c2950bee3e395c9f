"""Pictures from disk, with limits: untrusted files must neither crash the program nor exhaust its memory."""

from __future__ import annotations

import io
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from perturber.core.errors import InputError
from perturber.core.storage.decoding import (
    EXPECTED,
    FORMATS,
    MAX_BYTES,
    MAX_PIXELS,
    UNREADABLE,
    decode_image,
    unreadable,
)
from perturber.core.storage.files import write_whole
from perturber.core.storage.reading import read_regular
from perturber.scene.files.ranges import fits_eight_bits, largest_value, to_eight_bits

MAX_SIDE = 2048
"""Longest side of a texture in pixels; larger ones are reduced, since no network sees finer detail."""
FEW = 4
"""Number of textures that keep their full size; more are reduced to the same total memory."""
HEIC = {".heic", ".heif"}


def save_picture(picture: Image.Image, path: Path, **options: Any) -> None:
    """Write a picture in the format of the file's suffix, with its folder; ``options`` are Pillow's.

    Raises InputError when that fails.
    """
    written = Image.registered_extensions().get(path.suffix.lower())
    if written is None:
        raise InputError(str(path), f"unknown file extension: {path.suffix or 'none'}", "a suffix such as .png")
    data = io.BytesIO()  # Pillow's encoders do not say why they cannot write to a file
    try:
        picture.save(data, written, **options)
    except (ValueError, KeyError, OSError) as error:  # a format that is only read, or without this kind of pixels
        raise InputError(str(path), f"it cannot be written as {written} ({error})", "a suffix such as .png") from error
    write_whole(path, data.getvalue(), make_folder=True)


def open_picture(path: Path, mode: str = "RGB") -> Image.Image:
    """Open a picture in ``mode`` (RGB, RGBA or L), rotated by its EXIF orientation.

    Transparent pixels keep their color where the mode has no alpha. Raises InputError that names
    the file.
    """
    return decode_picture(read_regular(path, MAX_BYTES, EXPECTED), str(path), mode, _formats(path))


def _formats(path: Path) -> tuple[str, ...]:
    """Return the formats to try for a file. Raises InputError when they need a package that is not installed."""
    if path.suffix.lower() not in HEIC:
        return FORMATS
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        expected = "pip install 'perturber[heic]', or the picture as JPEG"
        raise InputError(str(path), "HEIC pictures need the package pillow-heif", expected) from None
    register_heif_opener()
    return (*FORMATS, "HEIF")


def decode_picture(data: bytes, name: str, mode: str = "RGB", formats: tuple[str, ...] = FORMATS) -> Image.Image:
    """Decode a picture, rotated by its EXIF orientation, in ``mode``. Raises InputError that names ``name``."""
    picture = decode_image(data, name, formats)
    largest = 0 if fits_eight_bits(picture) else largest_value(picture)
    try:
        with warnings.catch_warnings(action="ignore"):  # about damaged metadata, which is harmless
            ImageOps.exif_transpose(picture, in_place=True)
            upright = to_eight_bits(picture, name, largest) if largest else picture
            return upright.convert(mode)
    except UNREADABLE as error:
        raise unreadable(name, error) from None


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


def reduce_together(pictures: list[Image.Image]) -> list[Image.Image]:
    """Return pictures, reduced so that together they need at most the memory of a few large ones."""
    largest = int(MAX_SIDE / math.sqrt(max(len(pictures) / FEW, 1)))
    return [shrink(picture, largest) for picture in pictures]


def photo_pixels(path: Path, crop: float, size: int) -> NDArray[np.uint8]:
    """Read the centered square of a picture file; see `crop_center`."""
    return crop_center(open_picture(path), crop, size)


def crop_center(picture: Image.Image, crop: float, size: int) -> NDArray[np.uint8]:
    """Cut the centered square of a photo, ``crop`` of its shorter side, as size×size×3, row 0 at the top.

    As ImageNet networks are evaluated: the shorter side is reduced to size / crop pixels with an antialiasing
    bilinear filter, then whole pixels are cut. Equal to torchvision's Resize and CenterCrop to the bit.
    """
    shorter, longer = sorted(picture.size)
    reduced = max(round(size / crop), size)
    wide = int(reduced * longer / shorter)
    target = (reduced, wide) if picture.width <= picture.height else (wide, reduced)
    left, top = (round((length - size) / 2) for length in target)
    if reduced * wide > MAX_PIXELS:  # a narrow strip, of which little remains: resample only that
        across, down = picture.width / target[0], picture.height / target[1]
        right, bottom = min((left + size) * across, picture.width), min((top + size) * down, picture.height)
        box = (left * across, top * down, right, bottom)
        return np.array(picture.resize((size, size), Image.Resampling.BILINEAR, box))
    whole = picture.resize(target, Image.Resampling.BILINEAR)
    return np.array(whole.crop((left, top, left + size, top + size)))
