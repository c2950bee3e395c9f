"""The pictures of an attack's change, amplified or as a spectrum. Plain numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perturber.core.evaluation import Pixels

SHARE = 99.5
"""Percentile of the values that the automatic gain maps into the picture's range."""
GAINS = (1.0, 1000.0)
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Channel weights of linear sRGB luminance (ITU-R BT.709)."""
DECADES = 3.0
"""Dynamic range of the spectrum below its peak, in decades."""
STOPS = np.array([[8, 8, 20], [58, 18, 94], [176, 44, 92], [248, 138, 52], [252, 250, 200]], np.float32)
"""Equidistant colors of the spectrum, from the lower end of the range to the peak."""


def choose_gain(change: NDArray[np.float32]) -> float:
    """Return the gain at which almost all of a change (H×W×3, for pixels in [0, 1]) fills a picture's range."""
    reach = float(np.percentile(np.abs(change), SHARE)) if change.size else 0.0
    reach = reach or float(np.abs(change).max(initial=0.0))  # the change may affect only a few pixels
    return float(np.clip(0.5 / reach, *GAINS)) if reach > 0 else GAINS[0]


def amplify(change: NDArray[np.float32], gain: float) -> Pixels:
    """Return 0.5 + gain · change as a picture (H×W×3)."""
    shown: Pixels = np.rint(np.clip(0.5 + gain * change, 0, 1) * 255).astype(np.uint8)
    return shown


def render_spectrum(change: NDArray[np.float32]) -> Pixels:
    """Return the log-magnitude spectrum of the change's luminance (H×W×3), zero frequency in the center.

    The brightest color is the largest magnitude, the darkest three decades below it or less.
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
