"""Pictures whose values are not 8-bit: brought to 8 bits by a stated rule, never by their own maximum.

Integers: values below 256 are taken as they are; others are a share of the largest value of the file's type, where
16 bits count as the type of larger ones that hold no larger value. Floating-point numbers: 0 is black, 1 is white.
Anything else is refused.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from perturber.core.errors import InputError

INTEGERS = "integers from 0, in 8, 16 or 32 bits"
FLOATS = "floating-point values from 0 (black) to 1 (white); divide them by the largest possible value"
ROUNDING = 1e-6
"""What a value may exceed 0 or 1 by."""
ROWS = 256
"""Rows that are converted at once."""
BITS, SAMPLE_FORMAT, SIGNED = 258, 339, 2
"""Tags of TIFF files, and the value of the second for signed integers."""


def fits_eight_bits(picture: Image.Image) -> bool:
    """Return whether a picture's values have at most 8 bits: all modes but those of integers and floats."""
    return not picture.mode.startswith(("I", "F"))


def largest_value(picture: Image.Image) -> int:
    """Return the largest value of a grayscale picture's type, as its file states it: TIFF has several for a mode."""
    if not hasattr(picture, "tag_v2"):
        return 65535  # PNG, PGM and JPEG 2000 have at most 16 bits, whatever the mode
    bits, kind = (picture.tag_v2.get(tag, (default,)) for tag, default in ((BITS, 16), (SAMPLE_FORMAT, 1)))
    wide = 32 if bits[0] > 16 else 16
    return int((1 << (wide - (kind[0] == SIGNED))) - 1)


def to_eight_bits(picture: Image.Image, name: str, largest: int) -> Image.Image:
    """Return a grayscale picture of 16-bit, 32-bit or floating-point values in 8 bits.

    ``largest`` is the largest value of its integers' type. Raises InputError that names ``name`` and the range of
    the values when it is not the expected one.
    """
    values = np.asarray(picture)
    if values.dtype.kind == "f":
        return Image.fromarray(_from_floats(values, name))
    if largest == np.iinfo(np.uint32).max:
        values = values.view(np.uint32)  # Pillow has no mode for these
    return Image.fromarray(_from_integers(values, name, largest))


def _from_integers(values: NDArray[np.integer], name: str, largest: int) -> NDArray[np.uint8]:
    low, high = int(values.min(initial=0)), int(values.max(initial=0))
    if low < 0:
        raise InputError(name, f"its values range from {low:,} to {high:,}", INTEGERS)
    if high < 256:
        return values.astype(np.uint8)
    if largest > 65535 >= high:
        largest = 65535
    return np.asarray(values.astype(np.uint64) * 255 // max(largest, high), np.uint8)


def _from_floats(values: NDArray[np.floating], name: str) -> NDArray[np.uint8]:
    if not np.isfinite(values).all():
        raise InputError(name, "some of its values are infinite or not a number", FLOATS)
    low, high = float(values.min(initial=0)), float(values.max(initial=0))
    if low < -ROUNDING or high > 1 + ROUNDING:
        raise InputError(name, f"its values range from {low:g} to {high:g}", FLOATS)
    made = np.empty(values.shape, np.uint8)
    for first in range(0, len(values), ROWS):  # doubles of a whole picture would take gigabytes
        rows = slice(first, first + ROWS)
        made[rows] = (values[rows].astype(np.float64).clip(0, 1) * 255).round()
    return made
