"""The edit of a network's weights: mixing with a second network, pruning, and scaling of single units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from annotated_types import Interval
from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import explain
from perturber.core.parameters.state import State

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""Name of a block of an architecture, or of a tap."""
Share = Annotated[float, Interval(ge=0, le=1)]
MOST = 4096
"""Largest number of entries of one kind."""
WHOLE = (0.0, 1.0)


def _ordered(span: tuple[float, float]) -> tuple[float, float]:
    if span[0] > span[1]:
        raise ValueError(f"the lower end {span[0]:g} is above the upper end {span[1]:g}")
    return span


Span = Annotated[tuple[Share, Share], AfterValidator(_ordered)]
"""Lower and upper end of the filters to keep, as shares of a layer's filters ranked from weakest to strongest."""


class UnitEdit(State):
    """A scale factor for one unit of a layer: 0 ablates it, −1 inverts it."""

    layer: Name
    unit: Annotated[int, Interval(ge=0, le=1 << 20)]
    scale: Annotated[float, Interval(ge=-8, le=8)]


def _without_zero(mix: Mapping[str, float]) -> dict[str, float]:
    return {block: alpha for block, alpha in sorted(mix.items()) if alpha != 0}


def _without_whole(prune: Mapping[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    return {block: span for block, span in sorted(prune.items()) if span != WHOLE}


def _without_one(units: tuple[UnitEdit, ...]) -> tuple[UnitEdit, ...]:
    seen: set[tuple[str, int]] = set()
    for name in ((unit.layer, unit.unit) for unit in units):
        if name in seen:
            raise ValueError(f"{name[0]}:{name[1]} is named twice")
        seen.add(name)
    return tuple(sorted((u for u in units if u.scale != 1), key=lambda u: (u.layer, u.unit)))


class Edit(State):
    """An edit of the trained weights of Model 1 and Model 2: mix, then prune, then scale units.

    Entries that change nothing are dropped, so that equivalent edits compare equal.
    """

    mix: Annotated[Mapping[Name, Share], Field(max_length=MOST), AfterValidator(_without_zero)] = Field(
        default_factory=dict
    )
    """Share of Model 2 by block, 0 to 1; 0 (Model 1 alone) for blocks that are not listed."""
    prune: Annotated[Mapping[Name, Span], Field(max_length=MOST), AfterValidator(_without_whole)] = Field(
        default_factory=dict
    )
    """Range of filters to keep by block, ranked by magnitude; all for blocks that are not listed."""
    units: Annotated[tuple[UnitEdit, ...], Field(max_length=MOST), AfterValidator(_without_one)] = ()
    """Scale factors of single units."""

    def __hash__(self) -> int:
        return hash((tuple(self.mix.items()), tuple(self.prune.items()), self.units))

    @property
    def identity(self) -> bool:
        """Whether the edit leaves Model 1 unchanged."""
        return not (self.mix or self.prune or self.units)

    def mixed(self, block: str, alpha: float) -> Edit:
        """Return the edit with this share of Model 2 in a block. Raises InputError that names the block."""
        return self._with(mix={**self.mix, block: alpha})

    def pruned(self, block: str, low: float, high: float) -> Edit:
        """Return the edit that keeps this range of a block's filters. Raises InputError that names the block."""
        return self._with(prune={**self.prune, block: (low, high)})

    def scaled(self, layer: str, unit: int, scale: float) -> Edit:
        """Return the edit with this scale factor of a unit. Raises InputError that names the unit."""
        others = [u for u in self.units if (u.layer, u.unit) != (layer, unit)]
        return self._with(units=(*others, {"layer": layer, "unit": unit, "scale": scale}))

    def mixed_up_to(self, block: str, blocks: Sequence[str]) -> Edit:
        """Return the edit that takes the blocks up to and including this one from Model 2, the others from Model 1.

        ``blocks`` are all blocks of the network, in order. Raises InputError for a block that is not among them.
        """
        if block not in blocks:
            raise InputError(block, "there is no such block", "one of " + ", ".join(blocks))
        return self._with(mix=dict.fromkeys(blocks[: blocks.index(block) + 1], 1.0))

    def scale_of(self, layer: str, unit: int) -> float:
        """Return the scale factor of a unit; 1 if it is not scaled."""
        return next((u.scale for u in self.units if (u.layer, u.unit) == (layer, unit)), 1.0)

    def _with(self, **changes: object) -> Edit:
        fields = {"mix": self.mix, "prune": self.prune, "units": self.units}
        try:
            return Edit.model_validate({**fields, **changes})
        except ValidationError as error:
            raise explain(error, "models.edited.edit") from None
