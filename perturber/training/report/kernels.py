"""The first layer's kernels as small pictures."""

from __future__ import annotations

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from perturber.nets.architectures.architecture import Weights

ROW = 32
"""Number of kernels in a row."""
GAP = 1
QUANTILE = 0.995
Kernels = NDArray[np.float32]
"""Kernels × 3 × height × width."""


def first_kernels(weights: Weights) -> Kernels | None:
    """Return the first layer's kernels on three color channels; None if there are none larger than 1×1."""
    for value in weights.values():
        if value.ndim == 4 and value.shape[1] == 3 and min(value.shape[2:]) > 1:
            return value.float().numpy()
    return None


def reach(kernels: list[Kernels]) -> float:
    """Return the weight shown at full intensity: the 99.5th percentile of the absolute weights."""
    return max(float(np.quantile(np.abs(np.concatenate([k.ravel() for k in kernels])), QUANTILE)), 1e-12)


def tiles(kernels: Kernels, full: float) -> NDArray[np.uint8]:
    """Arrange the kernels in rows as RGBA, transparent between them: gray is 0, white ``full``, black −``full``."""
    count, _, height, width = kernels.shape
    rows, columns = -(-count // ROW), min(count, ROW)
    sheet = np.zeros((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, 4), np.uint8)
    colors = np.clip(127.5 + 127.5 * kernels / full, 0, 255).round().astype(np.uint8).transpose(0, 2, 3, 1)
    for number, tile in enumerate(colors):
        top, left = (number // ROW) * (height + GAP), (number % ROW) * (width + GAP)
        sheet[top : top + height, left : left + width, :3] = tile
        sheet[top : top + height, left : left + width, 3] = 255
    return sheet


def as_address(pixels: NDArray[np.uint8]) -> str:
    """Return a picture as a lossless data URL."""
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(data.getvalue()).decode()
