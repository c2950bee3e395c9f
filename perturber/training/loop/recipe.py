"""How a network is trained, as frozen values: the recipes differ in what is seen and in the loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import torch
from annotated_types import Interval
from pydantic import Field
from torch import Generator, Tensor
from torch.nn.functional import cross_entropy

from perturber.core.parameters.state import State
from perturber.methods.attacks.gradient.pgd import Pgd
from perturber.training.loop.learner import Learner
from perturber.training.studio.sample import Pictures, Style

FULL = 224
"""Side for which an attack's epsilon is stated."""


class Schedule(State):
    """How long, how fast, on pictures of what size."""

    epochs_small: Annotated[float, Interval(ge=0, le=10_000)] = 6
    """Epochs at the small size, where most is learned for little."""
    epochs_full: Annotated[float, Interval(ge=0, le=10_000)] = 1
    """Epochs at the size the network is used with."""
    small: Annotated[int, Interval(ge=32, le=1024)] = 112
    full: Annotated[int, Interval(ge=32, le=1024)] = FULL
    batch: Annotated[int, Interval(ge=1, le=65_536)] = 32
    """Pictures in a step, over all processes together."""
    rate: Annotated[float, Interval(gt=0, le=10)] = 3e-3
    """Peak learning rate of the one-cycle schedule (AdamW)."""
    full_rate: Annotated[float, Interval(ge=0, le=10)] = 0.0
    """Learning rate with which the full size begins, falling to 0 in a straight line, where the cycle's own is not
    higher: at the end of a long cycle nothing would be learned of the new size any more."""
    decay: Annotated[float, Interval(ge=0, le=1)] = 0.02
    smoothing: Annotated[float, Interval(ge=0, le=0.5)] = 0.05
    flip: bool = True
    """Mirror half of the pictures."""
    seed: int = 1

    def steps(self, count: int) -> tuple[int, int]:
        """Steps at the small and at the full size for ``count`` pictures."""
        whole = count // self.batch
        return round(self.epochs_small * whole), round(self.epochs_full * whole)


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


class Recipe(State):
    """What is seen and what is minimized."""

    styles: ClassVar[dict[Style, float]] = {"plain": 1.0}
    """Styles of pictures of our own data set, and their shares."""

    def loss(self, learner: Learner, seen: TrainingBatch) -> Tensor:
        """The loss of a batch: its mean cross-entropy."""
        return seen.cross_entropy(learner(seen.pixels)[0])

    def pictures(self, count: int, seed: int) -> tuple[Pictures, ...]:
        """The parts of our own data set that this recipe trains on, ``count`` pictures in all."""
        return tuple(
            Pictures(count=round(count * share), style=style, seed=seed + number)
            for number, (style, share) in enumerate(self.styles.items())
        )


class Standard(Recipe):
    """Plain training."""

    kind: Literal["standard"] = "standard"


class Stylized(Recipe):
    """Training on unrelated textures and backdrops, half of them painterly, so that the shape alone tells.

    After Geirhos et al., "ImageNet-trained CNNs are biased towards texture", 2019, which restyled
    photographs. A ready folder of such pictures can be trained on with any recipe.
    """

    kind: Literal["stylized"] = "stylized"
    styles: ClassVar[dict[Style, float]] = {"stylized": 0.75, "plain": 0.25}


class Adversarial(Recipe):
    """Training on attacked pictures only (Madry et al., 2018, equation 2.1)."""

    kind: Literal["adversarial"] = "adversarial"
    attack: Pgd = Pgd(norm="l2", epsilon=3.0, steps=2, random_start=True)

    def loss(self, learner: Learner, seen: TrainingBatch) -> Tensor:
        attacked = learner.attacked(seen.scaled(self.attack), seen.pixels, seen.targets, seen.generator)
        return seen.cross_entropy(learner(attacked)[0])


class Consistent(Recipe):
    """α·CE(x) + (1 − α)·CE(x*) + β·‖φ(x) − φ(x*)‖ with attacked pictures x* and features φ.

    Dong et al., "Towards Interpretable Deep Neural Networks by Leveraging Adversarial Examples",
    2017. φ is the last tap averaged over positions; the distance is averaged over the batch.
    """

    kind: Literal["consistent"] = "consistent"
    attack: Pgd = Pgd(norm="l2", epsilon=3.0, steps=2, random_start=True)
    alpha: Annotated[float, Interval(ge=0, le=1)] = 0.5
    beta: Annotated[float, Interval(ge=0, le=100)] = 0.1

    def loss(self, learner: Learner, seen: TrainingBatch) -> Tensor:
        attacked = learner.attacked(seen.scaled(self.attack), seen.pixels, seen.targets, seen.generator)
        logits, features = learner(seen.pixels)
        logits_attacked, features_attacked = learner(attacked)
        distance = torch.linalg.vector_norm(features - features_attacked, dim=1).mean()
        plain, hostile = seen.cross_entropy(logits), seen.cross_entropy(logits_attacked)
        loss: Tensor = self.alpha * plain + (1 - self.alpha) * hostile + self.beta * distance
        return loss


AnyRecipe = Annotated[Standard | Stylized | Adversarial | Consistent, Field(discriminator="kind")]
RECIPES: dict[str, type[Recipe]] = {
    str(recipe.model_fields["kind"].default): recipe for recipe in (Standard, Stylized, Adversarial, Consistent)
}
