"""Activation maps as pixels: red positive, blue negative, zero in the background color."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from perturber.gui.style.theme import Colors


@lru_cache(maxsize=4)
def color_table(colors: Colors) -> NDArray[np.uint32]:
    """Return 256 colors as 0xffRRGGBB: most negative at 0, zero at 128, most positive at 255."""
    stops = [*reversed(colors.map_negative), colors.map_zero, *colors.map_positive]
    at = np.linspace(0.0, 255.0, len(stops))
    at[len(stops) // 2] = 128.0
    table = np.full(256, 0xFF, np.uint32)
    for part in (QColor.red, QColor.green, QColor.blue):
        ramp = np.interp(np.arange(256), at, [part(QColor(c)) for c in stops])
        table = (table << np.uint32(8)) | np.rint(ramp).astype(np.uint32)
    return table


def paint_maps(values: NDArray[np.float32], divisor: float, colors: Colors) -> NDArray[np.uint32]:
    """Convert values (units × h × w) to pixels 0xffRRGGBB; ±``divisor`` maps to the ends of the color scale."""
    scale = 127.0 / divisor if divisor > 0 else 0.0
    with np.errstate(invalid="ignore", over="ignore"):
        steps = np.nan_to_num(values * np.float32(scale), posinf=127.0, neginf=-127.0)
    index = np.clip(np.rint(steps), -128, 127).astype(np.int16) + 128
    pixels: NDArray[np.uint32] = color_table(colors)[index]
    return pixels


def images_of(pixels: NDArray[np.uint32]) -> list[QImage]:
    """Return one image per unit for contiguous pixels (units × h × w); valid only while the array exists."""
    height, width = pixels.shape[1:]
    return [QImage(tile.data, width, height, 4 * width, QImage.Format.Format_RGB32) for tile in pixels]
