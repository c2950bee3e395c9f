"""Analyses of whole networks: the jobs and their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from perturber.core.jobs.job import Job


class Diverge(Job):
    """Compare clean with attacked activations, and slots with each other, layer by layer. Its value is a `Divergence`.

    The session's attack is run for as many steps as the session has.
    """

    lane = "divergence"
    order = 1


@dataclass(frozen=True)
class Distances:
    """Distances between the activations of two runs, layer by layer."""

    taps: tuple[str, ...]
    """In the network's order."""
    relative: tuple[float, ...]
    """‖a − b‖₂ / ‖b‖₂ of each layer; infinite where b is zero."""
    cosine: tuple[float, ...]
    """Cosine distance 1 − a·b / (‖a‖₂ ‖b‖₂) of each layer."""


@dataclass(frozen=True, eq=False)
class Divergence:
    """Distances between attacked and clean runs, and between slots."""

    attacked: Mapping[str, Distances]
    """By slot: attacked frame (a) against clean frame (b); empty without an attack."""
    between: Mapping[tuple[str, str], Distances]
    """By pair of slots: the second (a) against the first (b), on the shown frame."""
    unlike: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """By pair of slots: message that says why they cannot be compared."""
    problems: Mapping[str, str] = field(default_factory=dict)
    """By slot: message that says why it has no layers."""


@dataclass(frozen=True, eq=False)
class Consistency:
    """Consistency of a layer's units on clean and attacked pictures (Dong et al.)."""

    model: str
    layer: str
    pictures: int
    """Number of pictures."""
    named: int
    """Number of pictures whose name gives their class; for the others, the network's top class is used."""
    activating: int
    """Number of top-activating pictures per unit."""
    clean: NDArray[np.float64]
    """consis(n) of each unit; NaN for units that too few pictures activate above 0."""
    chance: float
    """Expected consistency of a unit activated by as many random pictures."""
    attacked: NDArray[np.float64] | None = None
    """consis_adv(n) of each unit; None when nothing was attacked."""
    fooled: int = 0
    """Number of pictures that are classified differently once attacked."""
    skipped: tuple[str, ...] = ()
    """Files that are not usable pictures: name and reason."""
