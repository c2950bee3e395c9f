"""Attributions in colour: values become strengths, strengths colours, colours an overlay on the frame. Plain numpy.

The colours are evenly spaced in OKLab (Ottosson, "A perceptual color space for image processing",
2020): equal steps of strength look equally large, and brightness alone tells them, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from perturber.core.evaluation import Pixels

PERCENTILE = 99.0
"""Of the magnitudes: what lies above it has full strength, so that a few pixels do not darken all others."""
LEVELS = 256
"""Colours of a ramp."""
Anchor = tuple[float, float, float]
"""Lightness 0 … 1, chroma, hue in degrees: OKLab in polar coordinates."""
SEQUENTIAL: Sequence[Anchor] = (
    (0.16, 0.04, 285),
    (0.34, 0.15, 295),
    (0.53, 0.20, 345),
    (0.71, 0.18, 410),
    (0.84, 0.16, 440),
    (0.95, 0.12, 465),
)
AGAINST: Sequence[Anchor] = ((0.16, 0.0, 255), (0.42, 0.13, 262), (0.68, 0.13, 245), (0.93, 0.06, 215))
FOR: Sequence[Anchor] = ((0.16, 0.0, 30), (0.42, 0.13, 30), (0.68, 0.17, 50), (0.93, 0.12, 95))
"""Both arms of the diverging ramp: dark is nothing, and equal strengths are equally light."""
TO_CONES = ((1.0, 0.3963377774, 0.2158037573), (1.0, -0.1055613458, -0.0638541728), (1.0, -0.0894841775, -1.2914855480))
TO_RGB = (
    (4.0767416621, -3.3077115913, 0.2309699292),
    (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)


def strengths(values: NDArray[np.float32], signed: bool) -> NDArray[np.float32]:
    """Values of any size → [0, 1], or [−1, 1] when signed: 1 is the `PERCENTILE` of their magnitudes.

    Where fewer pixels than that have a value at all, the largest one is 1.
    """
    magnitudes = np.abs(values)
    scale = float(np.percentile(magnitudes, PERCENTILE)) if values.size else 0.0
    scale = scale or float(magnitudes.max(initial=0.0))
    if scale == 0:
        return np.zeros(values.shape, np.float32)
    return np.clip(values / np.float32(scale), -1.0 if signed else 0.0, 1.0).astype(np.float32)


def coloured(values: NDArray[np.float32], signed: bool) -> Pixels:
    """The values of an attribution, H×W, as colours: dark is 0; signed ones are blue below 0 and warm above."""
    strength = strengths(values, signed)
    at = (strength + 1) / 2 if signed else strength
    found: Pixels = ramp(signed)[np.rint(at * (LEVELS - 1)).astype(np.intp)]
    return found


def blend(pixels: Pixels, values: NDArray[np.float32], alpha: float, signed: bool) -> Pixels:
    """The frame under the colours of an attribution of the same size: ``alpha`` 0 is the frame alone, 1 the colours."""
    shares = np.float32(1 - alpha) * pixels + np.float32(alpha) * coloured(values, signed)
    return np.rint(shares).astype(np.uint8)


@lru_cache(maxsize=2)
def ramp(signed: bool) -> Pixels:
    """256×3: the colours from 0 to full strength, or from full strength against to full strength for."""
    if not signed:
        return _colours(SEQUENTIAL, np.linspace(0, 1, LEVELS))
    at = np.linspace(-1, 1, LEVELS)
    return np.concatenate([_colours(AGAINST, -at[at < 0]), _colours(FOR, at[at >= 0])])


def _colours(anchors: Sequence[Anchor], at: NDArray[np.float64]) -> Pixels:
    """N×3 sRGB: colours between anchors of evenly rising lightness, at positions 0 … 1."""
    lightness, chroma, hue = np.array(anchors).T
    angle = np.deg2rad(hue)
    lab = np.stack([lightness, chroma * np.cos(angle), chroma * np.sin(angle)])
    stops = (lightness - lightness[0]) / (lightness[-1] - lightness[0])
    between = np.stack([np.interp(at, stops, part) for part in lab], 1)
    linear = (between @ np.array(TO_CONES).T) ** 3 @ np.array(TO_RGB).T
    linear = linear.clip(0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(255 * encoded).astype(np.uint8)
