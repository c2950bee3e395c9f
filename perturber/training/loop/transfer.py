"""Start of a training from trained weights: a new head for other classes, and what its attack leaves of the start."""

from __future__ import annotations

from typing import Any

import torch

from perturber.core.errors import InputError
from perturber.core.rates import Rate
from perturber.nets.architectures.architecture import Architecture, create, provider
from perturber.training.loop.learner import Learner
from perturber.training.loop.recipes.base_recipe import Recipe, TrainingBatch


def with_new_head(architecture: Architecture, classes: int) -> tuple[Architecture, tuple[str, ...]]:
    """Return the network with fresh weights for so many classes, and the keys of the weights that are fresh.

    All other weights are those of ``architecture``. Raises InputError when more than the heads would have to change.
    """
    trained = architecture.bare().state_dict()
    arguments: dict[str, Any] = provider(architecture.name).arguments(architecture.name, trained)
    made = create(architecture.name, classes, **arguments)
    fresh = made.bare().state_dict()
    replaced = tuple(key for key, value in fresh.items() if key in trained and value.shape != trained[key].shape)
    fitting = all(fresh[key].shape[1:] == trained[key].shape[1:] for key in replaced)
    if set(fresh) != set(trained) or not replaced or not fitting:
        problem = f"the head of {architecture.name} cannot be replaced for {classes} classes"
        raise InputError("--start", problem, f"weights trained on {classes} classes")
    made.bare().load_state_dict({key: fresh[key] if key in replaced else value for key, value in trained.items()})
    return made, replaced


def describe_attack(architecture: Architecture, recipe: Recipe, seen: TrainingBatch) -> str:
    """Return a warning when the recipe's attack leaves the start network nothing to learn from; else nothing.

    That is when it is better than chance on the pictures, but not on the attacked pictures.
    """
    attack = recipe.attacker
    if attack is None:
        return ""
    learner = Learner(architecture, seen.pixels.device)
    was_training = architecture.training
    architecture.eval()
    with torch.no_grad():
        learner(seen.pixels)
        clean = learner.accuracy(seen.targets)
    attacked = learner.attacked(seen.scaled(attack), seen.pixels, seen.targets, seen.generator)
    with torch.no_grad():
        learner(attacked)
        left = learner.accuracy(seen.targets)
    architecture.train(was_training)
    count = len(seen.targets)
    chance = 1 / architecture.classes
    if clean <= chance or left > chance:
        return ""
    before, after = Rate.of_share(clean, count), Rate.of_share(left, count)
    return (
        f"--epsilon {attack.epsilon:g} ({attack.norm}) breaks the start network completely: accuracy {before} becomes "
        f"{after} under the attack of the recipe. Training may not recover; a smaller --epsilon to begin with helps."
    )
