"""How strong an attack has to be, and whether it carries over to other networks: jobs and their answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from annotated_types import Interval

from perturber.core.evaluation import Prediction
from perturber.core.jobs.job import Job


class MeasureStrength(Job):
    """How small a change suffices, for every slot's network on the session's frame.

    Every slot is attacked with the session's method and target: first at ``points`` sizes, each twice the one
    before, then at sizes between the largest that failed and the smallest that did not. Its value
    (and its ``partial`` on the way) is a `Strength`. A method without an epsilon looks for the
    smallest change by itself: it is run once, and the size is the L2 norm of what it finds.
    """

    lane = "strength"
    order = 4

    high: Annotated[float, Interval(ge=0, le=1000)] = 0.0
    """Largest epsilon that is tried, in the method's norm for pixels in [0, 1]; 0 is four times the method's own."""
    points: Annotated[int, Interval(ge=1, le=16)] = 8
    """How many sizes the curve has; the smallest is high / 2^(points - 1)."""
    precision: Annotated[float, Interval(ge=0.001, le=1)] = 0.05
    """The smallest epsilon is known when what sufficed exceeds what did not by less than this share."""


@dataclass(frozen=True, eq=False)
class SlotStrength:
    """How one slot's network withstands attacks of growing size."""

    slot: str
    name: str
    """Of the model, for people."""
    original: Prediction | None = None
    """The class that stood first on the clean frame, as it stood there; None while it is not known."""
    epsilons: tuple[float, ...] = ()
    """Sizes of the curve so far, growing; the first is 0: no attack."""
    probabilities: tuple[float, ...] = ()
    """Probability of the original class (of the target, where there is one) under the best attack of each size.

    A larger ball holds the smaller ones, so an attack that is worse than one in a smaller ball is replaced by that.
    """
    fooled: tuple[bool, ...] = ()
    """Whether an attack of each size has succeeded."""
    minimal: float | None = None
    """Smallest size that is known to suffice so far; None when none of those tried did."""
    failed: float = 0.0
    """Largest size below ``minimal`` that is known not to suffice."""
    finished: bool = False
    problem: str = ""
    """Why it could not be measured, for people."""


@dataclass(frozen=True, eq=False)
class Strength:
    """How every slot withstands the session's attack."""

    norm: str
    """How sizes are measured: l2 or linf, for pixels in [0, 1]."""
    target: str
    """WordNet id of the class to reach; empty while the original class is to be left."""
    high: float
    """The largest size that is tried; 0 when the method chooses its sizes by itself."""
    slots: tuple[SlotStrength, ...]
    """Of those that predict, in order."""


class Transfer(Job):
    """Whether an attack made for one slot's network also fools the others: all slots × all slots.

    Every slot's network is attacked by itself with the session's method, target and epsilon. Its
    value (and its ``partial`` on the way) is a `TransferMatrix`.
    """

    lane = "transfer"
    order = 4


@dataclass(frozen=True, eq=False)
class TransferCell:
    """What the attack on one network did to another's answer."""

    fooled: bool
    """It left the class that it put first on the clean frame; with a target: it reached the target."""
    original: Prediction
    """The class that the judging network put first on the clean frame, as it stood there."""
    after: float
    """Probability of that class on the attacked picture."""
    top: Prediction
    """What it puts first on the attacked picture."""
    target: float | None = None
    """Probability of the target on the attacked picture; None without a target that the network knows."""


@dataclass(frozen=True, eq=False)
class TransferMatrix:
    """Attacked slots by judging slots."""

    slots: tuple[str, ...]
    names: tuple[str, ...]
    """Of the models, for people."""
    norm: str
    """l2 or linf."""
    sizes: Mapping[str, float]
    """How large the change of each attacked slot is in that norm, as far as it is computed."""
    cells: Mapping[tuple[str, str], TransferCell]
    """By (attacked slot, judging slot), as far as they are computed."""
    problems: Mapping[str, str] = field(default_factory=dict)
    """By slot: why it could not be attacked or judge, for people."""
