"""One unit everywhere: Lucid's "channel" objective."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from torch import Tensor

from perturber.methods.features.objectives.base import Objective, Seen, check_unit


class Channel(Objective):
    """Mean of a unit's whole map."""

    kind: Literal["channel"] = "channel"
    layer: str
    unit: int

    @property
    def layers(self) -> tuple[str, ...]:
        return (self.layer,)

    def value(self, seen: Seen) -> Tensor:
        return seen.layer(self.layer)[:, self.unit].float().mean((1, 2))

    def check(self, channels: Mapping[str, int], classes: int) -> None:
        super().check(channels, classes)
        check_unit(self.layer, self.unit, channels)
