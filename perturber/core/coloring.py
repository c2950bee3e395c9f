"""Colors for maps over a picture: heat for how much, blue to red for against and for. Plain numpy."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]
"""H × W, of any scale; with a sign only where that is said."""
Colors = NDArray[np.uint8]
"""H × W × 3, sRGB."""

PERCENTILE = 99.0
"""Of the absolute values: what stands above it gets the last color, so that few outliers do not hide the rest."""
STEPS = 256
HEAT = ((0.16, 0.05, 290.0), (0.36, 0.15, 315.0), (0.57, 0.21, 368.0), (0.76, 0.17, 418.0), (0.96, 0.11, 468.0))
FOR = ((0.93, 0.01, 385.0), (0.76, 0.13, 387.0), (0.59, 0.22, 388.0))
AGAINST = ((0.93, 0.01, 255.0), (0.76, 0.11, 252.0), (0.57, 0.19, 259.0))
"""Ramps through OKLCH (Ottosson, "A perceptual color space for image processing", 2020): lightness, chroma, hue in
degrees. Lightness is what the eye reads as more or less; it rises, or falls, without a break."""
GRAY, DIM = 0.85, 0.75
"""How far the picture below loses its colors, and what is left of its brightness, under the full overlay."""
DENSE = 0.8
"""Power of the strength that the overlay's density follows: weak parts are seen, too."""
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def strength(values: Values) -> Values:
    """Values over the 99th percentile of their absolute values, cut off at ±1; 0 where they are not finite."""
    clean = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    scale = np.percentile(np.abs(clean), PERCENTILE) if clean.size else 0.0
    if scale == 0:  # fewer than one in a hundred is anything at all
        scale = np.abs(clean).max(initial=0.0)
    return np.clip(clean / np.float32(scale), -1.0, 1.0) if scale > 0 else clean


def heat(values: Values, signed: bool) -> Colors:
    """A map in colors of its own: dark to bright, or blue (against) over pale to red (for) when ``signed``."""
    return ramp(signed)[_places(values, signed)]


def blend(pixels: Colors, values: Values, alpha: float, signed: bool) -> Colors:
    """A map over the picture it belongs to, of the same size: dense where it is strong, clear where it is nothing.

    ``alpha`` from 0 (the plain picture) to 1; the picture pales below, so that its colors are no heat.
    """
    if alpha <= 0:
        return pixels.copy()
    picture = pixels.astype(np.float32)
    gray = (picture @ LUMA)[..., None]
    pale = (1 - alpha * (1 - DIM)) * (picture + np.float32(alpha * GRAY) * (gray - picture))
    places = _places(values, signed)
    dense = (alpha * _densities(signed))[places][..., None]
    return np.rint(pale + dense * (ramp(signed)[places] - pale)).clip(0, 255).astype(np.uint8)


def _places(values: Values, signed: bool) -> NDArray[np.intp]:
    """Which of the ramp's colors each value has."""
    share = strength(values)
    place = (share + 1) / 2 if signed else np.maximum(share, 0)
    return np.rint(place * (STEPS - 1)).astype(np.intp)


@cache
def _densities(signed: bool) -> Values:
    """How dense each of the ramp's colors lies over a picture."""
    share = np.linspace(-1 if signed else 0, 1, STEPS)
    made: Values = (np.abs(share) ** DENSE).astype(np.float32)
    return made


@cache
def ramp(signed: bool) -> Colors:
    """The colors in order, 256 × 3: from nothing to most, or from most against to most for."""
    if not signed:
        made = _through(HEAT, STEPS)
    else:
        made = np.concatenate([_through(AGAINST, STEPS // 2)[::-1], _through(FOR, STEPS // 2)])
    made.setflags(write=False)
    return made


def _through(stops: tuple[tuple[float, float, float], ...], count: int) -> Colors:
    """Colors evenly along OKLCH stops, count × 3, sRGB."""
    where, at = np.linspace(0, 1, count), np.linspace(0, 1, len(stops))
    light, chroma, hue = (np.interp(where, at, [stop[i] for stop in stops]) for i in range(3))
    angle = np.deg2rad(hue)
    return _srgb(np.stack([light, chroma * np.cos(angle), chroma * np.sin(angle)], axis=-1))


def _srgb(oklab: NDArray[np.float64]) -> Colors:
    """OKLab to sRGB, cut off at the gamut; matrices as published with OKLab."""
    to_lms = np.array(
        [[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728], [1, -0.0894841775, -1.291485548]]
    )
    to_rgb = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.707614701],
        ]
    )
    linear = np.clip(((oklab @ to_lms.T) ** 3) @ to_rgb.T, 0, 1)
    curved = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    made: Colors = np.rint(255 * curved).astype(np.uint8)
    return made
