"""AutoAttack (Croce and Hein, "Reliable Evaluation of Adversarial Robustness with an Ensemble …", 2020)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.methods.attacks.base_attack import Bounded
from perturber.methods.attacks.best_pictures import BestPictures
from perturber.methods.attacks.black_box.square import Square
from perturber.methods.attacks.gradient.apgd import Apgd
from perturber.methods.attacks.gradient.apgd_targeted import ApgdTargeted
from perturber.methods.attacks.minimal.fab import Fab

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.victim import Victim

TOGETHER = 50
"""Number of Square's queries in one step."""
AREA = 0.8
"""Share of the picture that Square's first square covers, in both norms."""


class AutoAttack(Bounded):
    """The standard ensemble: Auto-PGD, targeted Auto-PGD, targeted FAB and Square, in this order.

    Each attacks only the pictures that do not fool the network yet; the others no longer change. The accuracy
    that remains is what papers report as robust accuracy. The attack ends when every picture fools the network, or
    after the last step.
    """

    title = "AutoAttack"
    kind: Literal["autoattack"] = "autoattack"
    steps: Annotated[int, Interval(ge=1, le=10_000), Control("Steps")] = 100
    """Number of steps of each of the three attacks that use gradients."""
    classes: Annotated[int, Interval(ge=1, le=1000), Control("Classes")] = 9
    """Number of classes that the targeted attacks move toward: the most likely ones besides the original one."""
    queries: Annotated[int, Interval(ge=1, le=100_000), Control("Queries")] = 5000
    """Largest number of Square's queries per picture."""

    @property
    def attacks(self) -> tuple[Bounded, ...]:
        """The attacks, in order."""
        return (
            Apgd(norm=self.norm, epsilon=self.epsilon, steps=self.steps),
            ApgdTargeted(norm=self.norm, epsilon=self.epsilon, steps=self.steps, classes=self.classes),
            Fab(norm=self.norm, epsilon=self.epsilon, steps=self.steps, classes=self.classes),
            Square(norm=self.norm, epsilon=self.epsilon, queries=self.queries, together=TOGETHER, area=AREA),
        )

    @property
    def chosen_steps(self) -> int:
        """Number of steps of all attacks together."""
        return sum(attack.planned for attack in self.attacks)

    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """Yield the best pictures so far: those that fool the network first, then the highest cross-entropy."""
        best = BestPictures(pixels, *_judge(victim, pixels))
        for attack in self.attacks:
            rows = best.open
            if not len(rows):
                return
            part = victim.part(rows)
            for picture in islice(attack.steps_on(part, pixels[rows]), attack.planned):
                still = (~best.fooled[rows]).nonzero().flatten()
                asked = part.part(still)
                best.note(picture[still], *_judge(asked, picture[still]), rows[still])
                part.absorb(asked, still)
                victim.absorb(part, rows)
                part.queries = 0
                yield best.pixels
                if not len(best.open):
                    return


def _judge(victim: Victim, pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Return the losses of N pictures, and N bools: whether each fools the network."""
    import torch

    with torch.no_grad():
        logits = victim.logits(pixels)
    return victim.loss_of(logits), victim.fooled(logits)
