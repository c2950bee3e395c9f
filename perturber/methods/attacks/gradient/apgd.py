"""Auto-PGD (Croce and Hein, "Reliable Evaluation of Adversarial Robustness …", 2020)."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.methods.attacks.base_attack import Bounded
from perturber.methods.attacks.logits_ratio import LogitsRatio

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.victim import Victim

INERTIA = 0.75
"""Share α of the new direction in a step; the rest repeats the previous step."""
RISING = 0.75
"""Share ρ of steps since the last checkpoint that must raise the loss for the step length to stay."""


class Apgd(Bounded):
    """PGD with momentum that halves its step length and returns to the best picture when it stalls (algorithm 1)."""

    title = "Auto-PGD"
    kind: Literal["apgd"] = "apgd"
    steps: Annotated[int, Interval(ge=1, le=10_000), Control("Steps")] = 50
    """Planned number of steps; sets when the step length is reconsidered."""
    loss: Annotated[Literal["ce", "dlr"], Control("Loss")] = "ce"
    """Loss to raise: the cross-entropy, or the difference of logits ratio, which scaling the logits does not change."""

    @property
    def chosen_steps(self) -> int:
        return self.steps

    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """Yield the best pictures so far, indefinitely: those that fool the network first, then the highest loss."""
        before = at = pixels
        measure = victim.loss_of if self.loss == "ce" else LogitsRatio(victim)
        logits, ((loss, gradient),) = victim.gradients(at, lambda given: [measure(given)])
        climb = _Climb(2 * self.epsilon, at, loss, gradient)
        best = _Best(at, loss, victim.fooled(logits))
        due = checkpoints(self.steps)
        wanted, taken = next(due), 0
        while True:
            goal = self._inside(at + climb.length * self.uphill(gradient), pixels)
            if taken:
                goal = self._inside(at + INERTIA * (goal - at) + (1 - INERTIA) * (at - before), pixels)
            before, at, taken = at, goal, taken + 1
            logits, ((loss, gradient),) = victim.gradients(at, lambda given: [measure(given)])
            best.note(at, loss, victim.fooled(logits))
            climb.note(at, loss, gradient)
            if taken == wanted:
                at, gradient = climb.reconsider(at, gradient)
                wanted = next(due)
            yield best.pixels

    def _inside(self, at: Tensor, pixels: Tensor) -> Tensor:
        return pixels + self.project(at - pixels, pixels)


def checkpoints(steps: int) -> Iterator[int]:
    """Yield the steps after which step lengths are reconsidered: at 22 %, then at shrinking intervals (section 3.2)."""
    before, share, last = 0.0, 0.22, 0
    while True:
        # The margin keeps rounding from making 17 of 0.8 · 20.
        last = max(ceil(share * steps - 1e-9), last + 1)
        yield last
        before, share = share, share + max(share - before - 0.03, 0.06)


class _Climb:
    """Progress of the loss: each picture's highest point and current step length."""

    def __init__(self, length: float, at: Tensor, loss: Tensor, gradient: Tensor) -> None:
        self.length = at.new_full((len(at), 1, 1, 1), length)
        """Step lengths, N×1×1×1, for pixels in [0, 1]."""
        self._peak, self._gradient, self._top = at, gradient, loss
        self._loss, self._rises, self._steps = loss, loss * 0, 0
        self._length_then, self._top_then = self.length, loss

    def note(self, at: Tensor, loss: Tensor, gradient: Tensor) -> None:
        """Record a step."""
        self._rises, self._steps = self._rises + (loss > self._loss), self._steps + 1
        self._loss = loss
        higher = loss > self._top
        wide = higher.reshape(-1, 1, 1, 1)
        self._peak, self._gradient = at.where(wide, self._peak), gradient.where(wide, self._gradient)
        self._top = loss.where(higher, self._top)

    def reconsider(self, at: Tensor, gradient: Tensor) -> tuple[Tensor, Tensor]:
        """Return where to continue, and the gradients there.

        Stalled pictures (conditions 1, 2) return to their best point and halve their step length.
        """
        seldom = self._rises < RISING * self._steps
        idle = (self._length_then == self.length).flatten() & (self._top_then == self._top)
        stalls = seldom | idle
        wide = stalls.reshape(-1, 1, 1, 1)
        self._length_then, self._top_then = self.length, self._top
        self.length = (self.length / 2).where(wide, self.length)
        self._loss = self._top.where(stalls, self._loss)
        self._rises, self._steps = self._rises * 0, 0
        return self._peak.where(wide, at), self._gradient.where(wide, gradient)


class _Best:
    """The best pictures so far: those that fool the network first, then those of highest loss."""

    def __init__(self, pixels: Tensor, loss: Tensor, fooled: Tensor) -> None:
        self.pixels, self._loss, self._fooled = pixels, loss, fooled

    def note(self, pixels: Tensor, loss: Tensor, fooled: Tensor) -> None:
        """Record new pictures."""
        better = (fooled & ~self._fooled) | ((fooled == self._fooled) & (loss > self._loss))
        self.pixels = pixels.where(better.reshape(-1, 1, 1, 1), self.pixels)
        self._loss, self._fooled = loss.where(better, self._loss), self._fooled | fooled
