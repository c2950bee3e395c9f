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
"""Scale of pixels around gray, so that the inverse hyperbolic tangent stays finite."""
BETA1, BETA2, FLAT = 0.9, 0.999, 1e-8
PROGRESS, CHECKS = 0.9999, 10
"""A weight is abandoned when a tenth of its steps does not bring the loss below this share."""


class CarliniWagner(Iterative):
    """Adam on ‖x − x₀‖₂² + c·max(gap + κ, 0) in the space of x = (tanh w + 1)/2, with a search for the smallest c.

    ``gap`` is the margin of the original class's logit over the best other one, or how far the target's
    logit lies below the best other one. The weight c is searched per picture: multiplied by ten until
    the attack succeeds, then bisected.
    """

    title = "Carlini-Wagner"
    kind: Literal["carlini_wagner"] = "carlini_wagner"
    searches: Annotated[int, Interval(ge=1, le=30), Control("Weights Tried")] = 5
    """Number of weights c to try."""
    steps: Annotated[int, Interval(ge=1, le=10_000), Control("Steps Each")] = 100
    """Adam steps per weight; fewer when the loss stalls."""
    rate: Annotated[float, Interval(ge=0, le=10), Control("Learning Rate")] = 0.001
    """Learning rate of Adam for w, which is 0 for gray, −7.3 for black, 7.3 for white. The paper uses 0.01."""
    weight: Annotated[float, Interval(ge=1e-9, le=1e9), Control("First Weight")] = 1.0
    """Weight c to try first."""
    confidence: Annotated[float, Interval(ge=0, le=1000), Control("Confidence")] = 0.0
    """Margin κ, in logits, by which the other class must win."""

    @property
    def chosen_steps(self) -> int:
        return self.steps

    @property
    def planned(self) -> int:
        """All steps of all weights."""
        return self.searches * self.steps

    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """Yield the nearest fooling pictures so far, before that the original ones; end after the last weight."""
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
        """Return the part of the loss that is zero on success, N differences of logits."""
        gap = victim.margin(logits)
        return ((-gap if victim.targeted else gap) + self.confidence).clamp_min(0)


class _ChangeAdam:
    """Adam (Kingma and Ba) with a separate step count for each picture."""

    def __init__(self, pixels: Tensor) -> None:
        self.mean, self.square = pixels * 0, pixels * 0

    def step(self, gradient: Tensor, taken: Tensor) -> Tensor:
        """Return the descent step, of about unit size per value, given the N numbers of steps taken before."""
        self.mean = BETA1 * self.mean + (1 - BETA1) * gradient
        self.square = BETA2 * self.square + (1 - BETA2) * gradient.square()
        number = _wide(taken.to(gradient) + 1)
        return self.mean / (1 - BETA1**number) / ((self.square / (1 - BETA2**number)).sqrt() + FLAT)

    def forget(self, which: Tensor) -> None:
        """Reset the averages of some pictures (N×1×1×1 bools)."""
        self.mean, self.square = self.mean.masked_fill(which, 0), self.square.masked_fill(which, 0)


class _Search:
    """The search for each picture's smallest weight that succeeds; all fields hold N numbers."""

    def __init__(self, attack: CarliniWagner, pixels: Tensor) -> None:
        count = (len(pixels),)
        self._attack = attack
        self._check = ceil(attack.steps / CHECKS)
        self.weight = pixels.new_full(count, attack.weight)
        self.taken = pixels.new_zeros(count).long()
        """Steps taken with the current weight."""
        self._low, self._high = pixels.new_zeros(count), pixels.new_full(count, float("inf"))
        self._tried, self._found = self.taken, self.taken > 0
        self._loss = self._high

    @property
    def finished(self) -> Tensor:
        """N bools: whether a picture has tried all its weights."""
        return self._tried >= self._attack.searches

    def note(self, reached: Tensor, loss: Tensor) -> Tensor:
        """Record a step. Return which pictures start over with another weight, N bools."""
        checked = (self.taken > 0) & (self.taken % self._check == 0)  # Adam's first steps only increase the distance
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
    """Reshape N values to N×1×1×1."""
    return values.reshape(-1, 1, 1, 1)
