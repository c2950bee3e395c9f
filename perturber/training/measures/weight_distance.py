"""How far the weights have moved from the reference network's."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import torch
from torch import Tensor

from perturber.training.data.rendered_pictures import Progress
from perturber.training.measures.base_measure import Measure, Values
from perturber.training.measures.material import Material, MeasuredCheckpoint


class WeightsKept(Measure):
    """Correlation of weights with the reference network's, block by block."""

    kind: Literal["weights"] = "weights"
    rank: ClassVar[int] = 9
    title: ClassVar[str] = "Weight correlation"
    about: ClassVar[str] = (
        "Pearson correlation of the numbers of each kernel tensor with those of the same tensor in the reference "
        "network, averaged over the tensors of a block (Sietzen, 2022, figure 4.7). Biases and normalization are left "
        "out."
    )
    aligned: ClassVar[bool] = True
    share: ClassVar[bool] = False

    def run(self, subject: MeasuredCheckpoint, material: Material, progress: Progress) -> Values:
        one, other = material.reference.weights, subject.weights
        values = {}
        for block, keys in material.reference.network.architecture.blocks.items():
            kernels = [key for key in keys if key in one and one[key].ndim > 1]
            if kernels:
                values[block] = sum(_correlation(one[key], other[key]) for key in kernels) / len(kernels)
        progress(1, 1)
        return values


def _correlation(one: Tensor, other: Tensor) -> float:
    """Pearson's r of two tensors of one shape; 0 where one does not vary."""
    r = float(torch.corrcoef(torch.stack([one.double().flatten(), other.double().flatten()]))[0, 1])
    return 0.0 if math.isnan(r) else r
