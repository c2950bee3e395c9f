"""The smallest attack that succeeds, and its transfer to other networks: jobs and their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from annotated_types import Interval

from perturber.core.evaluation import Prediction
from perturber.core.jobs.job import Job


class MeasureStrength(Job):
    """Measure the smallest successful perturbation of the session's frame for every slot's network.

    Every slot is attacked with the session's method and target: first at ``points`` sizes, each double the
    previous one, then by bisection between the largest failure and the smallest success. Its value
    (and each ``partial``) is a `Strength`. A method without an epsilon minimizes the perturbation
    itself: it is run once, and the size is the L2 norm of its result.
    """

    lane = "strength"
    order = 4

    high: Annotated[float, Interval(ge=0, le=1000)] = 0.0
    """Largest epsilon to try, in the method's norm for pixels in [0, 1]; 0 means four times the method's epsilon."""
    points: Annotated[int, Interval(ge=1, le=16)] = 8
    """Number of sizes on the curve; the smallest is high / 2^(points - 1)."""
    precision: Annotated[float, Interval(ge=0.001, le=1)] = 0.05
    """Relative tolerance: stop once the smallest success exceeds the largest failure by less than this share."""


@dataclass(frozen=True, eq=False)
class SlotStrength:
    """The results of attacks of increasing size on one slot's network."""

    slot: str
    name: str
    """Display name of the model."""
    original: Prediction | None = None
    """The top class on the clean frame, with its logit and probability there; None while unknown."""
    epsilons: tuple[float, ...] = ()
    """Sizes on the curve so far, increasing; the first is 0, no attack."""
    probabilities: tuple[float, ...] = ()
    """Probability of the original class (of the target, if there is one) under the best attack of each size.

    A larger ball contains the smaller ones, so a result that is worse than that of a smaller ball is replaced by it.
    """
    fooled: tuple[bool, ...] = ()
    """Whether an attack succeeded, by size."""
    minimal: float | None = None
    """Smallest size known to succeed; None while no size has succeeded."""
    failed: float = 0.0
    """Largest size below ``minimal`` known to fail."""
    finished: bool = False
    problem: str = ""
    """Message that says why it could not be measured; empty otherwise."""
    notice: str = ""
    """Message about attacks that could not work, such as that their gradient is zero; empty otherwise."""


@dataclass(frozen=True, eq=False)
class Strength:
    """The strength that the session's attack needs in every slot."""

    norm: str
    """Norm of all sizes, l2 or linf, for pixels in [0, 1]."""
    target: str
    """WordNet id of the class to reach; empty for an untargeted attack."""
    high: float
    """Largest size to try; 0 when the method minimizes the size itself."""
    slots: tuple[SlotStrength, ...]
    """The slots that show predictions, in order."""


class Transfer(Job):
    """Measure whether attacks on one slot's network also fool the others, for all pairs of slots.

    Every slot's network is attacked alone with the session's method, target and epsilon. Its
    value (and each ``partial``) is a `TransferMatrix`.
    """

    lane = "transfer"
    order = 4


@dataclass(frozen=True, eq=False)
class TransferCell:
    """The effect of an attack on one network on another network's prediction."""

    fooled: bool
    """Whether the top class differs from that of the clean frame, and with a target is the target."""
    original: Prediction
    """The judging network's top class on the clean frame, with its logit and probability there."""
    after: float
    """Probability of that class on the attacked picture."""
    top: Prediction
    """Top class on the attacked picture."""
    target: float | None = None
    """Probability of the target on the attacked picture; None unless the network has the target class."""


@dataclass(frozen=True, eq=False)
class TransferMatrix:
    """The transfer results of attacked slots × judging slots."""

    slots: tuple[str, ...]
    names: tuple[str, ...]
    """Display names of the models."""
    norm: str
    """l2 or linf."""
    sizes: Mapping[str, float]
    """Size of the perturbation by attacked slot, in that norm; only those computed so far."""
    cells: Mapping[tuple[str, str], TransferCell]
    """By (attacked slot, judging slot); only those computed so far."""
    problems: Mapping[str, str] = field(default_factory=dict)
    """By slot: message that says why it could not be attacked or could not judge."""
    notices: Mapping[str, str] = field(default_factory=dict)
    """By attacked slot: message about an attack that could not work, such as that its gradient is zero."""
