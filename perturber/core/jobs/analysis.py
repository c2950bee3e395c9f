"""What is found out about networks as a whole: what is asked for, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from perturber.core.jobs.job import Job


class Diverge(Job):
    """How far the session's attack has moved every layer, and how far the slots are apart. Its value is a `Divergence`.

    The session's attack is taken as far as its steps say.
    """

    lane = "divergence"
    order = 1


@dataclass(frozen=True)
class Distances:
    """How far apart two runs are, layer by layer."""

    taps: tuple[str, ...]
    """In the network's order."""
    relative: tuple[float, ...]
    """‖a − b‖₂ / ‖b‖₂ of each layer; infinite where b is zero."""
    cosine: tuple[float, ...]
    """1 − a·b / (‖a‖₂ ‖b‖₂) of each layer."""


@dataclass(frozen=True, eq=False)
class Divergence:
    """How far apart networks and pictures are, layer by layer."""

    attacked: Mapping[str, Distances]
    """By slot: the attacked frame (a) from the clean one (b); empty without an attack."""
    between: Mapping[tuple[str, str], Distances]
    """By pair of slots: the second (a) from the first (b), on the frame that is shown."""
    unlike: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """By pair of slots: why they cannot be compared."""
    problems: Mapping[str, str] = field(default_factory=dict)
    """By slot: why it has no layers."""


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
    chance: float
    """What units would have that as many pictures of any kind activate."""
    attacked: NDArray[np.float64] | None = None
    """consis_adv(n) of each unit; None when nothing was attacked."""
    fooled: int = 0
    """How many pictures the network takes for something else once they are attacked."""
    skipped: tuple[str, ...] = ()
    """Files that are no usable pictures: name and reason."""
