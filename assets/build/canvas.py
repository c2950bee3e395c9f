"""Helpers for painted pictures: pixel coordinates, noise, conversions, blur, photographic tones.

A picture is height × width × 3. Places are painted in linear light and converted to sRGB values by `develop`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image
from scipy import fft, ndimage

from assets.build.geometry import Floats
from assets.build.noise import ramp

Reals = NDArray[np.floating[Any]]
"""Arrays of 32- or 64-bit floats."""
CELLS = 256
GAMMA = 2.2
STEPS = (0.0, 0.7, 1.5, 2.6, 4.2, 6.5, 10.0, 15.0, 22.0, 32.0)
"""Radii in pixels of the blurred copies that `focus` mixes."""


def grid(size: int) -> tuple[Floats, Floats]:
    """Return x to the right and y downwards, both 0 … 1, size × size each."""
    y, x = (np.mgrid[0:size, 0:size] + 0.5) / size
    return x, y


@cache
def _table(seed: int) -> Floats:
    return np.random.default_rng(2000 + seed).random((CELLS, CELLS)).astype(np.float32)


def value_noise(x: Reals, y: Reals, seed: int = 0) -> Floats:
    """Periodic value noise in 0 … 1 over coordinates in cells; same shape as ``x``."""
    cells = []
    for axis in (y, x):
        f = np.mod(axis, CELLS).astype(np.float32)
        low = np.floor(f)
        f -= low
        cells.append(low + f * f * (3 - 2 * f))
    return np.asarray(ndimage.map_coordinates(_table(seed), cells, order=1, mode="grid-wrap"))


def clouds(x: Reals, y: Reals, octaves: int = 5, seed: int = 0, *, footprint: ArrayLike = 0.0) -> Floats:
    """Fractal noise in 0 … 1 over coordinates in cells; octaves finer than a pixel's footprint (in cells) fade."""
    total, amplitude, norm = np.zeros(x.shape, np.float32), 1.0, 0.0
    for octave in range(octaves):
        scale = 2.03**octave
        noise = value_noise(x * scale + 17.3 * octave, y * scale + 9.1 * octave, seed + octave)
        if np.ndim(footprint):
            noise = 0.5 + (noise - 0.5) * ramp(0.9, 0.3, np.asarray(footprint) * scale)
        total += amplitude * noise
        norm += amplitude
        amplitude *= 0.55
    return np.asarray(total / norm, float)


def to_image(picture: Floats) -> Image.Image:
    return Image.fromarray((np.clip(picture, 0, 1) * 255).round().astype(np.uint8))


def to_array(image: Image.Image) -> Floats:
    return np.asarray(image.convert("RGB"), float) / 255


def linear(color: ArrayLike) -> Floats:
    """Convert sRGB values 0 … 255 to linear light."""
    return np.asarray((np.asarray(color, float) / 255) ** GAMMA)


def blend(base: Floats, color: Floats, amount: Floats) -> Floats:
    """Mix a picture with a color or picture by a mask (height × width)."""
    share = np.clip(amount, 0, 1)[..., None]
    return base * (1 - share) + color * share


def mute(picture: Floats, saturation: float) -> Floats:
    """Reduce the saturation: 1 keeps the colors, 0 gives gray."""
    gray = picture @ np.array([0.299, 0.587, 0.114])
    return np.asarray(gray[..., None] + (picture - gray[..., None]) * saturation)


def defocus(picture: Floats, radius: float) -> Floats:
    """Blur by a disc of ``radius`` pixels, as a lens does: in linear light bright points become discs."""
    if radius < 0.3:
        return picture
    reach = int(radius) + 2
    padded = np.pad(picture, ((reach, reach), (reach, reach), (0, 0)), mode="reflect").astype(np.float32)
    shape = [fft.next_fast_len(n, real=True) for n in padded.shape[:2]]
    offset = np.arange(-reach, reach + 1)
    disc = np.clip(radius + 0.5 - np.hypot(offset[:, None], offset), 0, 1)
    kernel = np.zeros(shape, np.float32)
    kernel[: 2 * reach + 1, : 2 * reach + 1] = disc / disc.sum()
    spectrum = fft.rfft2(np.roll(kernel, (-reach, -reach), (0, 1)))[..., None]
    spread = fft.irfft2(fft.rfft2(padded, shape, axes=(0, 1)) * spectrum, shape, axes=(0, 1))
    return np.asarray(spread[reach : padded.shape[0] - reach, reach : padded.shape[1] - reach], float)


def focus(picture: Floats, radius: Floats) -> Floats:
    """Blur by a disc whose radius in pixels is given for every pixel (height × width)."""
    result = np.zeros(picture.shape)
    wanted = np.clip(radius, 0, STEPS[-1])
    for number, step in enumerate(STEPS):
        below = STEPS[max(number - 1, 0)]
        above = STEPS[min(number + 1, len(STEPS) - 1)]
        rise = (wanted - below) / (step - below) if number else np.ones(wanted.shape)
        fall = (above - wanted) / (above - step) if above > step else np.ones(wanted.shape)
        share = np.clip(np.minimum(rise, fall), 0, 1)
        if share.any():
            result += defocus(picture, step) * share[..., None]
    return result


def develop(picture: Floats, exposure: float = 1.0, vignette: float = 0.12) -> Floats:
    """Convert linear light like a camera: soft highlights, deep shadows, slightly darker corners; in 0 … 1."""
    x, y = grid(picture.shape[0])
    light = np.clip(picture, 0, None) * (exposure * (1 - vignette * ((2 * x - 1) ** 2 + (2 * y - 1) ** 2)))[..., None]
    curve = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14)
    return np.asarray(np.clip(curve, 0, 1) ** (1 / GAMMA))
