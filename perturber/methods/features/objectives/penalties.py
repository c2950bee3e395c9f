"""Regularizers, added to an objective with a weight."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from perturber.methods.features.objectives.base_objective import NetworkRun, Objective


class L2(Objective):
    """Negative squared L2 distance of the pixels from gray (Simonyan et al. 2014)."""

    kind: Literal["l2"] = "l2"

    def value(self, seen: NetworkRun) -> Tensor:
        return -(seen.images - 0.5).square().sum((1, 2, 3))


class TotalVariation(Objective):
    """Negative sum of absolute differences between neighboring pixels (Mahendran and Vedaldi 2015)."""

    kind: Literal["total_variation"] = "total_variation"

    def value(self, seen: NetworkRun) -> Tensor:
        across = seen.images.diff(dim=3).abs().sum((1, 2, 3))
        return -across - seen.images.diff(dim=2).abs().sum((1, 2, 3))
