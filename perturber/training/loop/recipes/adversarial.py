"""Adversarial training (Madry et al., 2018)."""

from __future__ import annotations

from typing import ClassVar, Literal

from torch import Tensor

from perturber.methods.attacks.gradient.pgd import Pgd
from perturber.training.loop.learner import Learner
from perturber.training.loop.recipes.base_recipe import Recipe, TrainingBatch


class Adversarial(Recipe):
    """Training on attacked pictures only (Madry et al., 2018, equation 2.1)."""

    rank: ClassVar[int] = 3
    kind: Literal["adversarial"] = "adversarial"
    attack: Pgd = Pgd(norm="l2", epsilon=3.0, steps=2, random_start=True)

    @property
    def attacker(self) -> Pgd:
        return self.attack

    def loss(self, learner: Learner, seen: TrainingBatch) -> Tensor:
        attacked = learner.attacked(seen.scaled(self.attack), seen.pixels, seen.targets, seen.generator)
        return seen.cross_entropy(learner(attacked)[0])
