"""What all recipes have in common: they differ in what is seen and in the loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import SerializeAsAny
from torch import Generator, Tensor
from torch.nn.functional import cross_entropy

from perturber.core.parameters.plugin import Plugin, reading
from perturber.methods.attacks.gradient.pgd import Pgd
from perturber.training.loop.learner import Learner
from perturber.training.loop.schedule import FULL
from perturber.training.studio.sample import Pictures, Style


@dataclass(frozen=True, eq=False)
class TrainingBatch:
    """A batch, and what is needed to attack it."""

    pixels: Tensor
    """N×3×H×W in [0, 1]."""
    targets: Tensor
    smoothing: float
    generator: Generator
    """Decides random starts; on the CPU."""

    def cross_entropy(self, logits: Tensor) -> Tensor:
        """Mean cross-entropy with label smoothing."""
        return cross_entropy(logits.float(), self.targets, label_smoothing=self.smoothing)

    def scaled(self, attack: Pgd) -> Pgd:
        """The attack at this picture size: an L2 radius is proportional to the side, so that every pixel may
        change as much as at the full size."""
        if attack.norm == "linf":
            return attack
        share = self.pixels.shape[-1] / FULL
        return attack.model_copy(update={"epsilon": attack.epsilon * share, "step": attack.step * share})


class Recipe(Plugin):
    """What is seen and what is minimized."""

    family = "recipe"
    package = "perturber.training.loop.recipes"
    styles: ClassVar[dict[Style, float]] = {"plain": 1.0}
    """Styles of pictures of our own data set, and their shares."""

    @property
    def attacker(self) -> Pgd | None:
        """The attack on the pictures that are trained on; None where they are not attacked."""
        return None

    def loss(self, learner: Learner, seen: TrainingBatch) -> Tensor:
        """The loss of a batch: its mean cross-entropy."""
        return seen.cross_entropy(learner(seen.pixels)[0])

    def pictures(self, count: int, seed: int) -> tuple[Pictures, ...]:
        """The parts of our own data set that this recipe trains on, ``count`` pictures in all."""
        return tuple(
            Pictures(count=round(count * share), style=style, seed=seed + number)
            for number, (style, share) in enumerate(self.styles.items())
        )


AnyRecipe = Annotated[SerializeAsAny[Recipe], reading(Recipe)]
"""A field that reads any recipe by its kind."""
