"""Searches for the smallest change that makes a margin negative, of which only values are known.

A search is a generator of `Trial`; it is sent each trial's margin, at or below 0 for a flip. It never
ends: whoever runs it has a budget. What it tries follows from its seed and the margins alone, so that
the same margins lead it to the same place again.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

Point = NDArray[np.float64]
Method = Literal["cma", "random"]
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Trial:
    """A point whose margin is wanted; ``run`` counts the beginnings of the search, from 0."""

    point: Point
    run: int


Search = Generator[Trial, float, T]

BEGIN, AROUND = 0.15, 0.3
"""CMA's step at a beginning, and around a flip as a share of its farthest coordinate."""
HALVINGS = 6
"""Steps of a bisection: what is found is within 1.6 % of the way to the first flip on it."""
PATIENCE = 12
"""Generations without a gain after which CMA has converged."""
GAIN = 0.01
"""What counts as a gain, as a share of the objective."""


def nearer(point: Point, run: int) -> Search[Point]:
    """A flip on the way from the origin to one, by bisection: what comes back flips as ``point`` does."""
    inside, outside = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        if (yield Trial(point * middle, run)) <= 0:
            outside = middle
        else:
            inside = middle
    return point * outside


def cleaned(point: Point, run: int) -> Search[Point]:
    """A flip with only those coordinates of ``point`` that it needs: the others, small ones first, are set to 0.

    Whole groups are tried at once and halved where they are needed, so that many coordinates that
    do not matter cost few trials.
    """
    order = np.flatnonzero(point)
    order = order[np.argsort(np.abs(point[order]), kind="stable")]
    waiting = [half for half in np.array_split(order, 2)[::-1] if len(half)]
    while waiting:
        group = waiting.pop()
        bare = point.copy()
        bare[group] = 0.0
        if np.any(bare) and (yield Trial(bare, run)) <= 0:
            point = bare
        elif len(group) > 1:
            waiting += np.array_split(group, 2)[::-1]
    return point


def shrunk(point: Point, run: int) -> Search[Point]:
    """The smallest and barest flip near one: superfluous coordinates go, then it moves towards the origin."""
    point = yield from cleaned(point, run)
    return (yield from nearer(point, run))


def objective(point: Point, margin: float) -> float:
    """What is minimised: above 1 the margin, below 1, once there is a flip, its distance."""
    return 1.0 + margin if margin > 0 else float(np.sqrt(np.mean(np.square(point))))
