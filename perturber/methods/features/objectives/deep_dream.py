"""DeepDream: amplify whatever activates a layer (Mordvintsev et al., "Inceptionism", 2015)."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from perturber.methods.features.objectives.base_objective import NetworkRun, Objective


class DeepDream(Objective):
    """Mean square of a layer's activations, after the ReLU."""

    kind: Literal["deep_dream"] = "deep_dream"
    layer: str

    @property
    def layers(self) -> tuple[str, ...]:
        return (self.layer,)

    def value(self, seen: NetworkRun) -> Tensor:
        return seen.layer(self.layer).float().relu().square().mean((1, 2, 3))
