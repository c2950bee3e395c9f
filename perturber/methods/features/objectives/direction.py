"""A direction in a layer's activation space, such as the units of a group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor

from perturber.core.session.unit_ref import check_unit
from perturber.methods.features.objectives.base_objective import NetworkRun, Objective


class Direction(Objective):
    """Weighted sum of several units at the center of their maps."""

    kind: Literal["direction"] = "direction"
    layer: str
    units: Annotated[tuple[int, ...], Field(min_length=1)]
    weights: tuple[float, ...] = ()
    """One weight per unit; empty means 1 each."""

    @property
    def layers(self) -> tuple[str, ...]:
        return (self.layer,)

    def value(self, seen: NetworkRun) -> Tensor:
        maps = seen.layer(self.layer)
        middle = maps[:, list(self.units), maps.shape[2] // 2, maps.shape[3] // 2].float()
        weights = self.weights or (1.0,) * len(self.units)
        return (middle * middle.new_tensor(weights)).sum(1)

    def check(self, channels: Mapping[str, int], classes: int) -> None:
        super().check(channels, classes)
        for unit in self.units:
            check_unit(self.layer, unit, channels[self.layer], "unit")
