"""Check of our robust accuracies against Foolbox: ``python -m scripts.foolbox_check [--pictures 200] [--epsilon 2]``.

Both L2 PGD attacks (20 steps of 2.5·ε/steps, no random start) run on the last checkpoint of every variant
of the embedded family, with the same held-out pictures.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import partial

import foolbox
import numpy as np
import torch
import tyro
from torch import Tensor

from perturber import paths
from perturber.methods.attacks.gradient.pgd import Pgd
from perturber.nets.architectures.network import Network
from perturber.nets.families.family import family
from perturber.nets.open_model import open_checkpoint
from perturber.training.data.held_out import held_out
from perturber.training.data.progress import show_bar
from perturber.training.data.sources import to_pixels
from perturber.training.measures.base_measure import logits_of

BATCH = 20


@dataclass(frozen=True)
class Options:
    """Compare Foolbox's L2 PGD with ours on the embedded family."""

    pictures: int = 200
    epsilon: float = 3.0
    """Radius in units of pixels in [0, 1]."""
    steps: int = 20


def accuracies(network: Network, pixels: Tensor, targets: Tensor, options: Options) -> list[float]:
    """Return top-1 accuracy without an attack, after Foolbox's and after ours."""
    logits = partial(logits_of, network)
    attack = Pgd(norm="l2", epsilon=options.epsilon, steps=options.steps)
    theirs = foolbox.attacks.L2PGD(abs_stepsize=attack.length, steps=options.steps, random_start=False)
    model = foolbox.PyTorchModel(network.architecture, bounds=(0, 1), device=network.device)
    right = np.zeros(3)
    for start in range(0, len(pixels), BATCH):
        part, wanted = pixels[start : start + BATCH], targets[start : start + BATCH]
        _, (attacked,), _ = theirs(model, part, wanted, epsilons=[options.epsilon])
        for number, shown in enumerate((part, attacked, attack.run(logits, part, wanted))):
            right[number] += int((logits(shown).argmax(1) == wanted).sum())
    return (right / len(pixels)).tolist()


def main() -> None:
    options = tyro.cli(Options, description=Options.__doc__)
    found = family("studio")
    pictures = held_out(paths.cache() / "training" / "data", show_bar)["plain"]
    index = np.random.default_rng(0).permutation(len(pictures))[: options.pictures]
    pixels, targets = (
        to_pixels(pictures.pixels[np.sort(index)], 224),
        torch.from_numpy(pictures.targets[np.sort(index)]),
    )
    sys.stdout.write(f"L2 ε {options.epsilon:g}, {options.steps} steps, {len(index)} pictures: clean, Foolbox, ours\n")
    for variant in found.variants:
        network = open_checkpoint(found, variant, variant.checkpoints[-1], torch.device("cpu"))
        clean, theirs, ours = accuracies(network, pixels, targets, options)
        sys.stdout.write(f"{variant.label:<24}{clean:8.1%}{theirs:8.1%}{ours:8.1%}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
