"""The search for a failure: the smallest change of a scene that flips what a network says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Annotated, ClassVar, Literal

import numpy as np
from annotated_types import Interval
from numpy.typing import NDArray

from perturber.core.evaluation import Prediction
from perturber.core.jobs.job import Job
from perturber.core.parameters.parameter import find, get
from perturber.core.search.space import EACH, SearchSpace
from perturber.core.session.session import Session

MOST = 20_000
"""Evaluations of one search."""
Method = Literal["cma", "random"]


class FindFailures(Job):
    """Sessions within a space around the given one that the network takes for something else. Its value: `Failures`.

    Its ``partial`` on the way are the `Failures` so far. Attacks on the frame are left out.
    """

    lane: ClassVar[str] = "failures"
    order: ClassVar[int] = 6

    space: SearchSpace
    slot: str = "slot1"
    """The place of the network that is put to the test."""
    target: str = ""
    """WordNet id of the target class; empty is any class other than the top one."""
    method: Method = "cma"
    budget: Annotated[int, Interval(ge=1, le=MOST)] = 500
    """How many pictures are rendered and looked at."""
    seed: Annotated[int, Interval(ge=0, le=2**31 - 1)] | None = None
    """Of the search; none is the session's own."""
    known: tuple[float, ...] = ()
    """`Failures.margins` of the same search that was interrupted: it goes on behind them.

    What was found up to there is not found again.
    """


@dataclass(frozen=True, eq=False)
class Flip:
    """A session that the network takes for something else."""

    run: int
    """Which of the search's beginnings led to it, from 0; the smallest of one is what it has come to."""
    changes: Mapping[str, float]
    """What differs from the session that was searched from: value by path, the largest change first."""
    distance: float
    """How far that is within the bounds, 0 … 1; see `Box.distance`."""
    became: Prediction
    """What stands first now."""
    original: float
    """Probability that is left of the class that stood first."""
    thumbnail: NDArray[np.uint8]
    """H×W×3."""
    evaluation: int
    """After how many evaluations it was found, from 1."""

    @property
    def size(self) -> float:
        """The distance, and a little of it for every parameter that changes."""
        return self.distance * (1 + EACH * len(self.changes))


@dataclass(frozen=True, eq=False)
class Failures:
    """What a search has found so far."""

    original: Prediction
    """What stands first in the session that is searched from."""
    flips: tuple[Flip, ...]
    """The best of every run, smallest first; none when nothing was found."""
    margins: tuple[float, ...]
    """Of every evaluation: by how many logits the session's class leads, or the target stays behind; a flip at 0."""
    distances: tuple[float, ...]
    """Of every evaluation: the smallest distance of a flip so far, infinite before the first."""
    budget: int

    @cached_property
    def best(self) -> tuple[float, ...]:
        """The smallest margin up to each evaluation."""
        return tuple(accumulate(self.margins, min))

    @property
    def complete(self) -> bool:
        """Whether the budget is spent."""
        return len(self.margins) >= self.budget


def in_words(session: Session, changes: Mapping[str, float], morph: str = "Morph") -> Iterator[str]:
    """Each change for people, such as "Hue 0 → −0.032"; ``morph`` is the object pair's own word for its morph."""
    for path, value in changes.items():
        control = find(session, path).control
        unit = control.unit if control.unit in {"", "°"} else f" {control.unit}"
        before = float(get(session, path))
        yield f"{control.label.replace('{morph}', morph)} {_figure(before)} → {_figure(value)}{unit}"


def _figure(value: float) -> str:
    """A number of a parameter: three significant digits, more only where they are whole ones."""
    return (f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}").replace("-", "−")
