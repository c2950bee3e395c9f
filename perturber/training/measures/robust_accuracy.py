"""Accuracy under attack."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from annotated_types import Interval, Len
from numpy.typing import NDArray
from pydantic import Field

from perturber.core.session.attack import Norm
from perturber.methods.attacks.gradient.pgd import Pgd
from perturber.methods.networks.victim import gradient
from perturber.nets.architectures.network import Network
from perturber.training.data.rendered_pictures import Progress, ignore_progress
from perturber.training.measures.base_measure import BATCH, Count, Measure, Values, compute_logits, logits_of, pixels_of
from perturber.training.measures.material import Material, MeasuredCheckpoint

Epsilon = Annotated[float, Interval(gt=0, le=1000)]


class Robust(Measure):
    """Top-1 after projected gradient descent, for increasing ε."""

    kind: Literal["robust"] = "robust"
    rank: ClassVar[int] = 2
    norm: Norm = "l2"
    epsilons: Annotated[tuple[Epsilon, ...], Len(1, 100)] = (0.25, 0.5, 1.0, 2.0, 3.0)
    """Radii in units of pixels in [0, 1]."""
    steps: Annotated[int, Interval(ge=1, le=10_000)] = 20
    pictures: Count = Field(200)
    title: ClassVar[str] = "Robust accuracy"
    about: ClassVar[str] = (
        "Share of pictures that projected gradient descent (Madry et al., 2018; untargeted, no random start, steps of "
        "2.5·ε/steps) cannot move to another class within ε, in units of pixels from 0 to 1. A picture is lost at "
        "the first step that is misclassified, and stays lost at larger ε, whose ball contains the same step; "
        "so no share is higher than after the last step alone."
    )
    sets: ClassVar[tuple[str, ...]] = ("plain",)

    def run(self, subject: MeasuredCheckpoint, material: Material, progress: Progress) -> Values:
        chosen = material.chosen("plain", self.pictures)
        network, many = subject.network, len(chosen.targets)
        standing = np.flatnonzero(compute_logits(subject, chosen, ignore_progress).argmax(1) == chosen.targets)
        values = {"0": len(standing) / many}
        for number, epsilon in enumerate(sorted(set(self.epsilons))):
            attack = Pgd(norm=self.norm, epsilon=epsilon, steps=self.steps)
            kept = []
            for start in range(0, len(standing), BATCH):
                index = standing[start : start + BATCH]
                stood = find_survivors(network, attack, pixels_of(network, chosen.pixels[index]), chosen.targets[index])
                kept.append(index[stood])
                progress(number * many + start + len(index), len(self.epsilons) * many)
            standing = np.concatenate(kept) if kept else standing
            values[f"{epsilon:g}"] = len(standing) / many
        return values

    def trials(self, material: Material, values: Values) -> dict[str, int]:
        return dict.fromkeys(values, len(material.chosen("plain", self.pictures).targets))


def find_survivors(
    network: Network, attack: Pgd, pixels: torch.Tensor, targets: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the numbers of the pictures that are classified correctly at every step of the attack.

    ``pixels`` are N×3×H×W in [0, 1]. Lost pictures are not attacked further.
    """
    index, wanted = torch.arange(len(pixels)), torch.from_numpy(targets).to(pixels.device)
    change = torch.zeros_like(pixels)
    last: list[torch.Tensor] = []

    def watched(at: torch.Tensor) -> torch.Tensor:
        last[:] = [logits_of(network, at)]
        return last[0]

    for step in range(attack.steps + 1):
        if step < attack.steps:
            ascent = gradient(watched, pixels + change, wanted)
        else:
            with torch.inference_mode():
                watched(pixels + change)
        stands = last[0].detach().argmax(1) == wanted
        index, wanted, pixels, change = index[stands.cpu()], wanted[stands], pixels[stands], change[stands]
        if not len(index):
            break
        if step < attack.steps:
            change = attack.move(change, ascent[stands], pixels)
    return index.numpy()
