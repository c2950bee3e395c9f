"""What is found out about networks as a whole: what is asked for, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Consistency:
    """How consistent the units of a layer are, on pictures as they are and attacked (Dong et al.)."""

    model: str
    layer: str
    pictures: int
    """How many were looked at."""
    named: int
    """How many of them are named after their class; of the others the network's own leading class was taken."""
    activating: int
    """How many pictures activate a unit."""
    clean: NDArray[np.float64]
    """consis(n) of each unit; NaN for one that too few pictures drive above 0."""
    attacked: NDArray[np.float64] | None = None
    """consis_adv(n) of each unit; None when nothing was attacked."""
    fooled: int = 0
    """How many pictures the network takes for something else once they are attacked."""
    skipped: tuple[str, ...] = ()
    """Files that are no usable pictures: name and reason."""
