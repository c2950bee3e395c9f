"""Plain middle gray."""

from __future__ import annotations

import numpy as np

from assets.build.geometry import Floats

LABEL, ORDER = "Plain Gray", 100
LEVELS = (256, 256, 256)


def paint(size: int) -> Floats:
    """The picture, size × size × 3."""
    return np.full((size, size, 3), 128 / 255)
