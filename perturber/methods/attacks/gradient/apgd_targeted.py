"""Targeted Auto-PGD on the difference-of-logits ratio (Croce and Hein, "Reliable Evaluation …", 2020)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.methods.attacks.base_attack import Bounded
from perturber.methods.attacks.best_pictures import BestPictures
from perturber.methods.attacks.gradient.apgd import Climb
from perturber.methods.attacks.logits_ratio import compare_logits
from perturber.methods.attacks.rivals import find_rivals

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.victim import Victim


class ApgdTargeted(Bounded):
    """Auto-PGD toward each of the most likely other classes, on the targeted difference-of-logits ratio (equation 7).

    One step is one step toward each of these classes; the best picture is kept. A picture that fools the network
    no longer changes. With a target, the target is the only class. The attack ends when every picture fools the
    network.
    """

    title = "Auto-PGD (Targeted DLR)"
    kind: Literal["apgd_t"] = "apgd_t"
    steps: Annotated[int, Interval(ge=1, le=10_000), Control("Steps")] = 100
    """Planned number of steps toward each class; determines when the step length may be halved."""
    classes: Annotated[int, Interval(ge=1, le=1000), Control("Classes")] = 9
    """Number of classes to move toward: those with the highest logits besides the original one."""

    @property
    def chosen_steps(self) -> int:
        return self.steps

    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """Yield the best pictures so far: those that fool the network first, then the highest cross-entropy."""
        left, reached = find_rivals(victim, pixels, self.classes)
        runs = [_Run(Climb(self, self.steps, pixels), left, to) for to in reached.unbind(1)]
        best: BestPictures | None = None
        for run in runs:
            best = run.look(victim, best)
        assert best is not None  # a network has at least two classes
        rows = best.open
        while len(rows):
            part = victim.part(rows)
            for run in runs:
                run.keep(rows)
                run.climb.move()
                run.look(part, best, rows)
            victim.absorb(part, rows)
            yield best.pixels
            rows = best.open


class _Run:
    """A run of Auto-PGD from the classes ``left`` toward the classes ``reached``, N numbers each."""

    def __init__(self, climb: Climb, left: Tensor, reached: Tensor) -> None:
        self.climb, self._left, self._reached = climb, left, reached
        self._rows: Tensor | None = None

    def keep(self, rows: Tensor) -> None:
        """Continue with some of the pictures only, given by their numbers in the whole batch, ascending."""
        import torch

        before, self._rows = self._rows, rows
        if before is not None and len(before) == len(rows):
            return
        among = rows if before is None else torch.searchsorted(before, rows)
        self.climb.keep(among)
        self._left, self._reached = self._left[among], self._reached[among]

    def look(self, victim: Victim, best: BestPictures | None, rows: Tensor | None = None) -> BestPictures:
        """Evaluate the network on the run's current pictures and record them."""
        measure = partial(compare_logits, left=self._left, reached=self._reached)
        logits, _ = self.climb.look(victim, measure)
        loss, fooled = victim.loss_of(logits), victim.fooled(logits)
        if best is None:
            return BestPictures(self.climb.at, loss, fooled)
        best.note(self.climb.at, loss, fooled, rows)
        return best
