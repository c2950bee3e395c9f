"""Auto-PGD (Croce and Hein, "Reliable Evaluation of Adversarial Robustness …", 2020)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import ceil
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.methods.attacks.base_attack import Bounded
from perturber.methods.attacks.best_pictures import BestPictures
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
        measure = victim.loss_of if self.loss == "ce" else LogitsRatio(victim)
        climb = Climb(self, self.steps, pixels)
        logits, loss = climb.look(victim, measure)
        best = BestPictures(pixels, loss, victim.fooled(logits))
        while True:
            climb.move()
            logits, loss = climb.look(victim, measure)
            best.note(climb.at, loss, victim.fooled(logits))
            yield best.pixels


def checkpoints(steps: int) -> Iterator[int]:
    """Yield the steps after which step lengths are reconsidered: at 22 %, then at shrinking intervals (section 3.2)."""
    before, share, last = 0.0, 0.22, 0
    while True:
        # The margin keeps rounding from making 17 of 0.8 · 20.
        last = max(ceil(share * steps - 1e-9), last + 1)
        yield last
        before, share = share, share + max(share - before - 0.03, 0.06)


class Climb:
    """The points of one run of Auto-PGD: alternate `look` and `move`, beginning with `look` at the picture itself."""

    def __init__(self, method: Bounded, steps: int, pixels: Tensor) -> None:
        self.at = pixels
        """Where the run is, N×3×H×W in [0, 1]."""
        self.length = pixels.new_full((len(pixels), 1, 1, 1), 2 * method.epsilon)
        """Step lengths, N×1×1×1, for pixels in [0, 1]."""
        self._method, self._pixels, self._before = method, pixels, pixels
        self._due = checkpoints(steps)
        self._wanted, self._taken = next(self._due), 0

    def look(self, victim: Victim, measure: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor]:
        """Evaluate the network where the run is; return logits N×classes and N losses.

        ``measure`` computes the losses from the logits, each from its own row; higher is a better attack.
        """
        logits, ((loss, self._gradient),) = victim.gradients(self.at, lambda given: [measure(given)])
        if self._taken:
            self._note(loss)
        else:
            self._peak, self._slope, self._top = self.at, self._gradient, loss
            self._loss, self._rises, self._steps = loss, loss * 0, 0
            self._length_then, self._top_then = self.length, loss
        return logits, loss

    def move(self) -> None:
        """Take a step; at a checkpoint, first reconsider the step lengths."""
        if self._taken == self._wanted:
            self._reconsider()
            self._wanted = next(self._due)
        at = self.at
        goal = self._inside(at + self.length * self._method.uphill(self._gradient))
        if self._taken:
            goal = self._inside(at + INERTIA * (goal - at) + (1 - INERTIA) * (at - self._before))
        self._before, self.at, self._taken = at, goal, self._taken + 1

    def keep(self, rows: Tensor) -> None:
        """Go on with some of the pictures only, by their row numbers."""
        for name, value in vars(self).items():
            if hasattr(value, "shape"):
                setattr(self, name, value[rows])

    def _inside(self, at: Tensor) -> Tensor:
        return self._pixels + self._method.project(at - self._pixels, self._pixels)

    def _note(self, loss: Tensor) -> None:
        """Record a step."""
        self._rises, self._steps = self._rises + (loss > self._loss), self._steps + 1
        self._loss = loss
        higher = loss > self._top
        wide = higher.reshape(-1, 1, 1, 1)
        self._peak, self._slope = self.at.where(wide, self._peak), self._gradient.where(wide, self._slope)
        self._top = loss.where(higher, self._top)

    def _reconsider(self) -> None:
        """Return stalled pictures (conditions 1, 2) to their best point and halve their step length."""
        seldom = self._rises < RISING * self._steps
        idle = (self._length_then == self.length).flatten() & (self._top_then == self._top)
        stalls = seldom | idle
        wide = stalls.reshape(-1, 1, 1, 1)
        self._length_then, self._top_then = self.length, self._top
        self.length = (self.length / 2).where(wide, self.length)
        self._loss = self._top.where(stalls, self._loss)
        self._rises, self._steps = self._rises * 0, 0
        self.at, self._gradient = self._peak.where(wide, self.at), self._slope.where(wide, self._gradient)
