"""The one place where linear colors become sRGB values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def to_srgb(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Encode linear values in 0 … 1 by the transfer function of IEC 61966-2-1."""
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)


def color_bytes(linear: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return …×4 linear colors as sRGB bytes; alpha is no color and stays linear."""
    encoded = np.concatenate([to_srgb(linear[..., :3]), linear[..., 3:]], axis=-1)
    return np.asarray((encoded * 255).round(), np.uint8)
