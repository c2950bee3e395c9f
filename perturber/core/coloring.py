"""Color maps and overlays for 2D maps: a sequential heat ramp and a diverging blue-red ramp. Plain numpy."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]
"""H × W, on any scale."""
Colors = NDArray[np.uint8]
"""H × W × 3, sRGB."""

PERCENTILE = 99.0
"""Percentile of the absolute values that gets the last color; clipping above it keeps outliers from hiding the rest."""
STEPS = 256
HEAT = ((0.16, 0.05, 290.0), (0.36, 0.15, 315.0), (0.57, 0.21, 368.0), (0.76, 0.17, 418.0), (0.96, 0.11, 468.0))
FOR = ((0.93, 0.01, 385.0), (0.76, 0.13, 387.0), (0.59, 0.22, 388.0))
AGAINST = ((0.93, 0.01, 255.0), (0.76, 0.11, 252.0), (0.57, 0.19, 259.0))
"""Ramps in OKLCH (Ottosson, "A perceptual color space for image processing", 2020): lightness, chroma, hue in
degrees. Lightness, which the eye reads as magnitude, is monotonic along each ramp."""
GRAY, DIM = 0.85, 0.75
"""Desaturation of the picture and its remaining brightness under the full overlay."""
DENSE = 0.8
"""Exponent from strength to opacity; below 1, so that weak parts remain visible."""
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def strength(values: Values) -> Values:
    """Return values divided by the 99th percentile of their magnitudes, clipped to ±1; 0 where they are not finite."""
    clean = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    scale = np.percentile(np.abs(clean), PERCENTILE) if clean.size else 0.0
    if scale == 0:  # fewer than 1 % of the values are nonzero
        scale = np.abs(clean).max(initial=0.0)
    return np.clip(clean / np.float32(scale), -1.0, 1.0) if scale > 0 else clean


def heat(values: Values, signed: bool) -> Colors:
    """Return a map as colors: dark to bright, or, when ``signed``, blue (against) over pale to red (for)."""
    return ramp(signed)[_places(values, signed)]


def blend(pixels: Colors, values: Values, alpha: float, signed: bool) -> Colors:
    """Return a picture with a map of the same size painted over it, opaque where strong, transparent where zero.

    ``alpha`` ranges from 0 (the plain picture) to 1. The picture is desaturated, so that its own colors are
    not mistaken for the map's.
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
    """Return the ramp index of each value."""
    share = strength(values)
    place = (share + 1) / 2 if signed else np.maximum(share, 0)
    return np.rint(place * (STEPS - 1)).astype(np.intp)


@cache
def _densities(signed: bool) -> Values:
    """Return the opacity of each ramp color, 0 to 1."""
    share = np.linspace(-1 if signed else 0, 1, STEPS)
    made: Values = (np.abs(share) ** DENSE).astype(np.float32)
    return made


@cache
def ramp(signed: bool) -> Colors:
    """Return the ramp, 256 × 3 sRGB: from zero to the maximum or, when ``signed``, from most against to most for."""
    if not signed:
        made = _through(HEAT, STEPS)
    else:
        made = np.concatenate([_through(AGAINST, STEPS // 2)[::-1], _through(FOR, STEPS // 2)])
    made.setflags(write=False)
    return made


def _through(stops: tuple[tuple[float, float, float], ...], count: int) -> Colors:
    """Return ``count`` colors, count × 3 sRGB, evenly spaced along OKLCH stops."""
    where, at = np.linspace(0, 1, count), np.linspace(0, 1, len(stops))
    light, chroma, hue = (np.interp(where, at, [stop[i] for stop in stops]) for i in range(3))
    angle = np.deg2rad(hue)
    return _srgb(np.stack([light, chroma * np.cos(angle), chroma * np.sin(angle)], axis=-1))


def _srgb(oklab: NDArray[np.float64]) -> Colors:
    """Convert OKLab to sRGB, clipped to the gamut; matrices as published with OKLab."""
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
