"""The search for failures: the smallest changes of a scene that flip a network's prediction."""

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
"""Largest number of evaluations in one search."""
Method = Literal["cma", "random"]


class FindFailures(Job):
    """Search a space around the session for sessions that the network classifies differently. Its value: `Failures`.

    Its ``partial`` values are the `Failures` so far. Attacks on the frame are ignored.
    """

    lane: ClassVar[str] = "failures"
    order: ClassVar[int] = 6

    space: SearchSpace
    slot: str = "slot1"
    """Slot of the tested network."""
    target: str = ""
    """WordNet id of the target class; empty accepts any class other than the top one."""
    method: Method = "cma"
    budget: Annotated[int, Interval(ge=1, le=MOST)] = 500
    """Number of pictures to render and classify."""
    seed: Annotated[int, Interval(ge=0, le=2**31 - 1)] | None = None
    """Random seed of the search; None uses the session's seed."""
    known: tuple[float, ...] = ()
    """`Failures.margins` of the same search, to resume after an interruption.

    Flips found in these evaluations are not reported again.
    """


@dataclass(frozen=True, eq=False)
class Flip:
    """A session that the network classifies differently."""

    run: int
    """Number of the search run that found it, from 0; the result of a run is its smallest flip."""
    changes: Mapping[str, float]
    """Values that differ from the starting session, by path, largest change first."""
    distance: float
    """Distance from the starting session, 0 to 1; see `Box.distance`."""
    became: Prediction
    """The new top class."""
    original: float
    """Remaining probability of the original top class."""
    thumbnail: NDArray[np.uint8]
    """H × W × 3, sRGB."""
    evaluation: int
    """Number of the evaluation that found it, from 1."""

    @property
    def size(self) -> float:
        """The distance, plus a small share of it for every changed parameter."""
        return self.distance * (1 + EACH * len(self.changes))


@dataclass(frozen=True, eq=False)
class Failures:
    """The results of a search so far."""

    original: Prediction
    """The top class of the starting session."""
    flips: tuple[Flip, ...]
    """The smallest flip of every run, smallest first; empty when none was found."""
    margins: tuple[float, ...]
    """By evaluation: logit of the original class minus the highest other; with a target, the highest other logit
    minus the target's. A flip at or below 0."""
    distances: tuple[float, ...]
    """By evaluation: the smallest distance of a flip so far, infinite before the first flip."""
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
    """Yield each change as text, such as "Hue 0 → −0.032"; ``morph`` replaces ``{morph}`` in labels."""
    for path, value in changes.items():
        control = find(session, path).control
        unit = control.unit if control.unit in {"", "°"} else f" {control.unit}"
        before = float(get(session, path))
        yield f"{control.label.replace('{morph}', morph)} {_figure(before)} → {_figure(value)}{unit}"


def _figure(value: float) -> str:
    """Format a parameter value with three significant digits, or as a whole number from 1000 on."""
    return (f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}").replace("-", "−")
