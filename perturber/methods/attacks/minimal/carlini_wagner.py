"""The L2 attack of Carlini and Wagner ("Towards Evaluating the Robustness of Neural Networks", 2017, section VI A)."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.methods.attacks.base_attack import Iterative

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.victim import Victim

INSIDE = 0.999999
"""Pixels are drawn together to this share around gray, so that their hyperbolic tangents have finite arguments."""
BETA1, BETA2, FLAT = 0.9, 0.999, 1e-8
PROGRESS, CHECKS = 0.9999, 10
"""A search of one weight ends early when a tenth of its steps has not brought the loss below this share."""


class CarliniWagner(Iterative):
    """Adam on ‖x − x₀‖₂² + c·max(gap + κ, 0) in the space of x = (tanh w + 1)/2, with a search for the least c.

    ``gap`` is how far the logit of the original class stands above the best other one, or for a target
    how far it stands below. The weight c is searched for each picture: ten times as much until it
    succeeds, then halving what lies between.
    """

    title = "Carlini-Wagner"
    kind: Literal["carlini_wagner"] = "carlini_wagner"
    searches: Annotated[int, Interval(ge=1, le=30), Control("Weights Tried")] = 5
    """How many weights c are tried."""
    steps: Annotated[int, Interval(ge=1, le=10_000), Control("Steps Each")] = 100
    """Steps of Adam for each weight; fewer when they bring nothing any more."""
    rate: Annotated[float, Interval(ge=0, le=10), Control("Learning Rate")] = 0.001
    """Adam's step in the space of w: gray is 0, black −7.3, white 7.3. The paper has 0.01 for small pictures."""
    weight: Annotated[float, Interval(ge=1e-9, le=1e9), Control("First Weight")] = 1.0
    """The weight c that is tried first."""
    confidence: Annotated[float, Interval(ge=0, le=1000), Control("Confidence")] = 0.0
    """By how much (κ, in logits) the other class is to win."""

    @property
    def chosen_steps(self) -> int:
        return self.steps

    @property
    def planned(self) -> int:
        """All weights that are tried, each with all its steps."""
        return self.searches * self.steps

    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """The nearest picture found so far, the given one until there is any; ends when all weights are tried."""
        origin = ((2 * pixels - 1) * INSIDE).atanh()
        search, adam, delta = _Search(self, pixels), _ChangeAdam(pixels), pixels * 0
        best, least = pixels, pixels.new_full((len(pixels),), float("inf"))
        while not search.finished.all():
            root = (origin + delta).tanh()
            at = (root + 1) / 2
            logits, ((excess, gradient),) = victim.gradients(at, lambda given: [self._excess(victim, given)])
            change = at - pixels
            distance = change.flatten(1).norm(dim=1)
            reached = victim.fooled(logits) & (excess <= 0)
            better = reached & (distance < least) & ~search.finished
            best, least = at.where(_wide(better), best), distance.where(better, least)
            downhill = (_wide(search.weight) * gradient + 2 * change) * (1 - root.square()) / 2
            delta = delta - self.rate * adam.step(downhill, search.taken)
            fresh = _wide(search.note(reached, search.weight * excess + distance.square()))
            delta = delta.masked_fill(fresh, 0)
            adam.forget(fresh)
            yield best

    def _excess(self, victim: Victim, logits: Tensor) -> Tensor:
        """The part of the loss that is zero when the attack has succeeded, N differences of logits."""
        gap = victim.margin(logits)
        return ((-gap if victim.targeted else gap) + self.confidence).clamp_min(0)


class _ChangeAdam:
    """Kingma and Ba's optimizer; every picture is at a step of its own."""

    def __init__(self, pixels: Tensor) -> None:
        self.mean, self.square = pixels * 0, pixels * 0

    def step(self, gradient: Tensor, taken: Tensor) -> Tensor:
        """The step of length about 1 to go downhill, given how many were taken before by each of N pictures."""
        self.mean = BETA1 * self.mean + (1 - BETA1) * gradient
        self.square = BETA2 * self.square + (1 - BETA2) * gradient.square()
        number = _wide(taken.to(gradient) + 1)
        return self.mean / (1 - BETA1**number) / ((self.square / (1 - BETA2**number)).sqrt() + FLAT)

    def forget(self, which: Tensor) -> None:
        """Start over with some pictures (N×1×1×1)."""
        self.mean, self.square = self.mean.masked_fill(which, 0), self.square.masked_fill(which, 0)


class _Search:
    """The search of every picture for the least weight that succeeds; all fields are N numbers."""

    def __init__(self, attack: CarliniWagner, pixels: Tensor) -> None:
        count = (len(pixels),)
        self._attack = attack
        self._check = ceil(attack.steps / CHECKS)
        self.weight = pixels.new_full(count, attack.weight)
        self.taken = pixels.new_zeros(count).long()
        """Steps taken with this weight."""
        self._low, self._high = pixels.new_zeros(count), pixels.new_full(count, float("inf"))
        self._tried, self._found = self.taken, self.taken > 0
        self._loss = self._high

    @property
    def finished(self) -> Tensor:
        """Which pictures have tried all their weights."""
        return self._tried >= self._attack.searches

    def note(self, reached: Tensor, loss: Tensor) -> Tensor:
        """Record a step. Return which pictures start over with another weight."""
        checked = (self.taken > 0) & (self.taken % self._check == 0)  # at first Adam only moves away
        stuck = checked & ~(loss <= PROGRESS * self._loss)
        self._loss = loss.where(checked, self._loss)
        self._found, self.taken = self._found | reached, self.taken + 1
        ended = stuck | (self.taken >= self._attack.steps)
        self._high = self.weight.where(ended & self._found, self._high)
        self._low = self.weight.where(ended & ~self._found, self._low)
        following = (10 * self.weight).where(self._high.isinf(), (self._low + self._high) / 2)
        self.weight = following.where(ended, self.weight)
        self._tried = self._tried + ended
        self._found, self.taken = self._found & ~ended, self.taken.masked_fill(ended, 0)
        self._loss = self._loss.masked_fill(ended, float("inf"))
        return ended


def _wide(values: Tensor) -> Tensor:
    """N values as N×1×1×1."""
    return values.reshape(-1, 1, 1, 1)
