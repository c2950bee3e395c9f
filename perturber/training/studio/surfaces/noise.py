"""Fast tools for procedural pictures: noise, stripes, cells, colors and drawn shapes.

Every field is 256×256 float32 and repeats at its edges unless its docstring says otherwise; every picture is
256×256×3 float32 with colors in 0..1. Equal generators give equal fields.
"""

from __future__ import annotations

import colorsys
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

SIZE = 256
Field = NDArray[np.floating[Any]]
Picture = NDArray[np.floating[Any]]
Color = NDArray[np.floating[Any]]
Pixels = NDArray[np.uint8]

ROWS, COLUMNS = (np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) / SIZE)[:]
"""Position of every pixel in 0..1, down and to the right."""
_FY = (np.fft.fftfreq(SIZE) * SIZE).astype(np.float32)[:, None]
_FX = (np.fft.rfftfreq(SIZE) * SIZE).astype(np.float32)[None]


def grain(
    rng: np.random.Generator,
    power: float = 1.0,
    band: tuple[float, float] = (1, 128),
    stretch: float = 1.0,
    angle: float = 0.0,
) -> Field:
    """Noise whose amplitude falls as frequency**-power, mean 0, deviation 1.

    ``band`` limits the frequencies (cycles per picture). ``stretch`` > 1 makes streaks of that aspect along the
    direction ``angle`` (radians, 0 points right, a quarter turn points down).
    """
    along = _FX * np.float32(np.cos(angle)) + _FY * np.float32(np.sin(angle))
    across = _FY * np.float32(np.cos(angle)) - _FX * np.float32(np.sin(angle))
    radius = np.sqrt((along * np.float32(stretch)) ** 2 + across**2)
    gain = np.where((radius >= band[0]) & (radius <= band[1]), np.maximum(radius, 1) ** np.float32(-power), 0)
    parts = rng.standard_normal((2, SIZE, SIZE // 2 + 1), dtype=np.float32)
    waves = np.fft.irfft2((parts[0] + 1j * parts[1]) * gain, (SIZE, SIZE)).astype(np.float32)
    scaled: Field = waves / np.float32(waves.std() + 1e-9)
    return scaled


def ramp(field: Field, low: float, high: float) -> Field:
    """Smooth step: 0 below ``low``, 1 above ``high`` (falling when ``low`` is the larger)."""
    t: Field = ((_short(field) - np.float32(low)) / np.float32(high - low)).clip(0, 1)
    smooth: Field = t * t * (3 - 2 * t)
    return smooth


def saw(phase: Field) -> Field:
    """A triangle wave of period 1: 0 at whole numbers, 1 halfway between them."""
    phase = _short(phase)
    wave: Field = 1 - np.abs(2 * (phase - np.floor(phase)) - 1)
    return wave


def bars(phase: Field, share: float = 0.5, soft: float = 0.1) -> Field:
    """Stripes of period 1: value 1 on the given share around the half, with soft edges."""
    return ramp(saw(phase), 1 - share - soft, 1 - share + soft)


def slanted(rng: np.random.Generator, cycles: tuple[int, int]) -> Field:
    """Phase of a plane wave in a random direction, with about ``cycles`` whole cycles, so that it repeats."""
    count, angle = rng.integers(*cycles, endpoint=True), rng.uniform(0, np.pi)
    phase: Field = COLUMNS * np.float32(round(count * np.cos(angle)))
    phase += ROWS * np.float32(round(count * np.sin(angle)))
    return phase


class Cells(NamedTuple):
    """Voronoi cells: distance to the nearest and the next site (in cells), and the nearest site's position."""

    near: Field
    next: Field
    number: NDArray[np.int64]
    row: Field
    column: Field


def cells(rng: np.random.Generator, count: tuple[int, int], jitter: float = 0.9) -> Cells:
    """Voronoi cells (Worley's cellular noise) of ``count`` (down, across) sites, one per square of a grid."""
    down, across = count
    shift = rng.uniform(0.5 - jitter / 2, 0.5 + jitter / 2, (2, down, across)).astype(np.float32)
    y = (np.arange(SIZE, dtype=np.float32) * down / SIZE)[:, None]
    x = (np.arange(SIZE, dtype=np.float32) * across / SIZE)[None]
    home_y, home_x = np.floor(y).astype(np.int64), np.floor(x).astype(np.int64)
    near = np.full((SIZE, SIZE), 9, np.float32)
    far, pick = near.copy(), np.zeros((SIZE, SIZE), np.int64)
    for side in range(9):
        iy, ix = home_y + (side // 3 - 1), home_x + (side % 3 - 1)
        place = (iy % down, ix % across)
        off = (shift[0][place] + (iy - y).astype(np.float32)) ** 2 + (
            shift[1][place] + (ix - x).astype(np.float32)
        ) ** 2
        closer = off < near
        far = np.where(closer, near, np.minimum(far, off))
        np.copyto(near, off, where=closer)
        np.copyto(pick, side, where=closer)
    iy, ix = home_y + pick // 3 - 1, home_x + pick % 3 - 1
    place = (iy % down, ix % across)
    row, column = (shift[0][place] + iy) / down, (shift[1][place] + ix) / across
    return Cells(np.sqrt(near), np.sqrt(far), place[0] * across + place[1], _short(row), _short(column))


def _short(field: NDArray[Any]) -> Field:
    """Convert to float32: products with NumPy integers become float64, which takes twice the time."""
    return np.asarray(field, np.float32)


def rgb(red: float, green: float, blue: float) -> Color:
    """A color, each channel in 0..1."""
    return np.array([red, green, blue], np.float32)


def color(
    rng: np.random.Generator,
    hue: tuple[float, float] = (0, 360),
    saturation: tuple[float, float] = (0.2, 0.9),
    value: tuple[float, float] = (0.3, 0.95),
) -> Color:
    """A random color; hue in degrees (may pass 360), saturation and value in 0..1."""
    return np.array(
        colorsys.hsv_to_rgb(rng.uniform(*hue) / 360 % 1, rng.uniform(*saturation), rng.uniform(*value)), np.float32
    )


def palette(rng: np.random.Generator, count: int, saturation: float = 0) -> Picture:
    """count×3 random colors of at least the given saturation, with distinct brightnesses, in random order."""
    values = rng.permutation(np.linspace(0.15, 1.0, count) + rng.uniform(-0.08, 0.08, count)).clip(0.05, 1)
    return np.stack([color(rng, saturation=(saturation, 0.95), value=(v, v)) for v in values])


def mix(below: Picture | Color, above: Picture | Color, share: Field | float) -> Picture:
    """``above`` over ``below`` with the given opacity."""
    cover = _short(np.asarray(share))[..., None]
    mixed: Picture = _short(below) + (_short(above) - _short(below)) * cover
    return mixed


def lit(picture: Picture | Color, field: Field) -> Picture:
    """The picture multiplied by a field: shading."""
    return _short(picture) * _short(field)[..., None]


def to_bytes(picture: NDArray[np.floating[Any]]) -> Pixels:
    """Convert colors in 0..1 to bytes, clipped."""
    return (picture * 255 + 0.5).clip(0, 255).astype(np.uint8)


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own font at a size in pixels."""
    return ImageFont.load_default(size)


class Ink:
    """A mask to draw on with Pillow (white on black), read back as a field in 0..1; it does not repeat."""

    def __init__(self) -> None:
        self.sheet = Image.new("L", (SIZE, SIZE))
        self.pen = ImageDraw.Draw(self.sheet)

    def field(self) -> Field:
        """Return the drawing so far."""
        return np.asarray(self.sheet, np.float32) / 255

    def write(self, place: tuple[float, float], text: str, size: int) -> None:
        """Write ``text`` centered at ``place`` (x, y in pixels)."""
        self.pen.text(place, text, 255, font(size), anchor="mm")


def letters(rng: np.random.Generator, count: int) -> str:
    """A random word of capital letters and digits."""
    return "".join(rng.choice(list("ABCDEFGHKLMNOPRSTUVXYZ0123456789"), count))
