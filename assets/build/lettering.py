"""Text and pictures on painted surfaces, with Pillow's built-in font."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw, ImageFont

from assets.build.geometry import Floats, Mask

Color = tuple[int, int, int]


def text(words: str, size: tuple[int, int], ink: Color, paper: Color | None = None, bold: float = 0.03) -> Image.Image:
    """Return an RGBA picture of one line, as large as fits; ``bold`` is the stroke in picture heights."""
    picture = Image.new("RGBA", size, (*paper, 255) if paper else (*ink, 0))
    draw = ImageDraw.Draw(picture)
    stroke = max(1, round(size[1] * bold))
    points = float(size[1])
    while True:
        font = ImageFont.load_default(points)
        left, top, right, bottom = draw.textbbox((0, 0), words, font=font, stroke_width=stroke)
        if (right - left <= size[0] * 0.92 and bottom - top <= size[1] * 0.86) or points < 5:
            break
        points *= 0.94
    at = ((size[0] - right - left) / 2, (size[1] - bottom - top) / 2)
    draw.text(at, words, font=font, fill=(*ink, 255), stroke_width=stroke, stroke_fill=(*ink, 255))
    return picture


def stamp(color: Floats, where: Mask, u: ArrayLike, v: ArrayLike, picture: Image.Image) -> tuple[Floats, Mask]:
    """Put a picture on the points where ``u`` (left to right) and ``v`` (bottom to top) are within ±1.

    Return the new colors and the mask of points that the picture covers.
    """
    across, up = np.asarray(u, float), np.asarray(v, float)
    inside = where & (np.abs(across) < 1) & (np.abs(up) < 1)
    pixels = np.asarray(picture.convert("RGBA"), float) / 255
    rows, columns = pixels.shape[:2]
    found = _between(pixels, (1 - up[inside]) / 2 * rows - 0.5, (across[inside] + 1) / 2 * columns - 0.5)
    result = color.copy()
    result[inside] = result[inside] * (1 - found[:, 3:]) + found[:, :3] * found[:, 3:]
    return result, inside


def _between(pixels: Floats, row: Floats, column: Floats) -> Floats:
    """Bilinear look-up at fractional rows and columns, clamped to the picture; N × channels."""
    rows, columns = pixels.shape[:2]
    row, column = row.clip(0, rows - 1), column.clip(0, columns - 1)
    top, left = np.floor(row).astype(int), np.floor(column).astype(int)
    below, right = np.minimum(top + 1, rows - 1), np.minimum(left + 1, columns - 1)
    down, along = (row - top)[:, None], (column - left)[:, None]
    upper = pixels[top, left] * (1 - along) + pixels[top, right] * along
    lower = pixels[below, left] * (1 - along) + pixels[below, right] * along
    return np.asarray(upper * (1 - down) + lower * down)
