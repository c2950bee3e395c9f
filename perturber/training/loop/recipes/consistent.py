"""Adversarial training with a consistent representation (Dong et al., 2017)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import torch
from annotated_types import Interval
from torch import Tensor

from perturber.methods.attacks.gradient.pgd import Pgd
from perturber.training.loop.learner import Learner
from perturber.training.loop.recipes.base_recipe import Recipe, TrainingBatch


class Consistent(Recipe):
    """α·CE(x) + (1 − α)·CE(x*) + β·‖φ(x) − φ(x*)‖ with attacked pictures x* and features φ.

    Dong et al., "Towards Interpretable Deep Neural Networks by Leveraging Adversarial Examples",
    2017. φ is the last tap averaged over positions; the distance is averaged over the batch.
    """

    rank: ClassVar[int] = 4
    kind: Literal["consistent"] = "consistent"
    attack: Pgd = Pgd(norm="l2", epsilon=3.0, steps=2, random_start=True)
    alpha: Annotated[float, Interval(ge=0, le=1)] = 0.5
    beta: Annotated[float, Interval(ge=0, le=100)] = 0.1

    @property
    def attacker(self) -> Pgd:
        return self.attack

    def loss(self, learner: Learner, seen: TrainingBatch) -> Tensor:
        attacked = learner.attacked(seen.scaled(self.attack), seen.pixels, seen.targets, seen.generator)
        logits, features = learner(seen.pixels)
        logits_attacked, features_attacked = learner(attacked)
        distance = torch.linalg.vector_norm(features - features_attacked, dim=1).mean()
        plain, hostile = seen.cross_entropy(logits), seen.cross_entropy(logits_attacked)
        loss: Tensor = self.alpha * plain + (1 - self.alpha) * hostile + self.beta * distance
        return loss
