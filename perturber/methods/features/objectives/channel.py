"""The mean activation of a unit: Lucid's "channel" objective."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from perturber.methods.features.objectives.base_objective import NetworkRun, UnitObjective


class Channel(UnitObjective):
    """Mean of a unit's activation map."""

    kind: Literal["channel"] = "channel"

    def value(self, seen: NetworkRun) -> Tensor:
        return seen.layer(self.layer)[:, self.unit].float().mean((1, 2))
