"""One unit at one place: Lucid's "neuron" objective."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from torch import Tensor

from perturber.methods.features.objectives.base import Objective, Seen, check_unit


class Unit(Objective):
    """The unit in the middle of its map; of an even map the bottom right of the middle four."""

    kind: Literal["unit"] = "unit"
    layer: str
    unit: int

    @property
    def layers(self) -> tuple[str, ...]:
        return (self.layer,)

    def value(self, seen: Seen) -> Tensor:
        maps = seen.layer(self.layer)
        return maps[:, self.unit, maps.shape[2] // 2, maps.shape[3] // 2].float()

    def check(self, channels: Mapping[str, int], classes: int) -> None:
        super().check(channels, classes)
        check_unit(self.layer, self.unit, channels)
