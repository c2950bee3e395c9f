"""Diversity among several images with the same objective (Olah et al. 2017, "Diversity")."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from annotated_types import Interval
from torch import Tensor
from torch.nn import functional as F

from perturber.methods.features.objectives.base_objective import NetworkRun, Objective


class Diversity(Objective):
    """Negative mean cosine similarity of an image's Gram matrix to those of the others.

    The Gram matrix (channels × channels, summed over positions) describes the style of a layer's activations.
    """

    kind: Literal["diversity"] = "diversity"
    layer: str
    count: Annotated[int, Interval(ge=2, le=16)] = 4

    @property
    def layers(self) -> tuple[str, ...]:
        return (self.layer,)

    @property
    def images(self) -> int:
        return self.count

    def value(self, seen: NetworkRun) -> Tensor:
        maps = seen.layer(self.layer).float().flatten(2)
        grams = F.normalize((maps @ maps.transpose(1, 2)).flatten(1), dim=1, eps=1e-10)
        alike = grams @ grams.T
        others = 1 - torch.eye(len(alike), device=alike.device)
        return -(alike * others).sum(1) / max(len(alike) - 1, 1)
