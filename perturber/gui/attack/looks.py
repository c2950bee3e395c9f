"""Pictures of an attack's change: enlarged, and its spectrum. Plain numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perturber.core.evaluation import Pixels

SHARE = 99.5
"""Percent of the values that an automatic gain keeps within the picture."""
GAINS = (1.0, 1000.0)
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Of linear sRGB (ITU-R BT.709), used as weights of the channels."""
DECADES = 3.0
"""What the spectrum shows below its peak."""
STOPS = np.array([[8, 8, 20], [58, 18, 94], [176, 44, 92], [248, 138, 52], [252, 250, 200]], np.float32)
"""Colors of the spectrum, equally far apart, from nothing to its peak."""


def gain_for(change: NDArray[np.float32]) -> float:
    """The gain with which almost all of a change (H×W×3, in units of pixels in [0, 1]) fills the range of a picture."""
    reach = float(np.percentile(np.abs(change), SHARE)) if change.size else 0.0
    reach = reach or float(np.abs(change).max(initial=0.0))  # few pixels may hold all of it
    return float(np.clip(0.5 / reach, *GAINS)) if reach > 0 else GAINS[0]


def enlarged(change: NDArray[np.float32], gain: float) -> Pixels:
    """0.5 + gain · change as a picture, H×W×3."""
    shown: Pixels = np.rint(np.clip(0.5 + gain * change, 0, 1) * 255).astype(np.uint8)
    return shown


def spectrum(change: NDArray[np.float32]) -> Pixels:
    """Logarithm of the magnitude of the change's luminance by frequency, zero frequency in the middle, H×W×3.

    The brightest is the largest magnitude, black is three decades below.
    """
    magnitude = np.abs(np.fft.fftshift(np.fft.fft2(change @ LUMINANCE)))
    peak = float(magnitude.max(initial=0.0))
    if peak <= 0:
        return np.zeros((*change.shape[:2], 3), np.uint8)
    level = np.clip(1 + np.log10(np.maximum(magnitude / peak, 1e-12)) / DECADES, 0, 1) * (len(STOPS) - 1)
    low = np.minimum(level.astype(int), len(STOPS) - 2)
    part = (level - low)[..., None]
    shown: Pixels = np.rint(STOPS[low] * (1 - part) + STOPS[low + 1] * part).astype(np.uint8)
    return shown
