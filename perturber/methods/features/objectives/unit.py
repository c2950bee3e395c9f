"""One unit at the center of its map: Lucid's "neuron" objective."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from perturber.methods.features.objectives.base_objective import NetworkRun, UnitObjective


class CenterUnit(UnitObjective):
    """A unit at the center of its map; for even sizes the bottom right of the four central positions."""

    kind: Literal["unit"] = "unit"

    def value(self, seen: NetworkRun) -> Tensor:
        maps = seen.layer(self.layer)
        return maps[:, self.unit, maps.shape[2] // 2, maps.shape[3] // 2].float()
