"""The edit of a network's weights: mix with a second one, prune, and scale single units. Names and numbers only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from annotated_types import Interval
from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import explain
from perturber.core.parameters.state import State

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""Of a block of an architecture, or of a tap."""
Share = Annotated[float, Interval(ge=0, le=1)]
MOST = 4096
"""Entries of one kind."""
WHOLE = (0.0, 1.0)


def _ordered(span: tuple[float, float]) -> tuple[float, float]:
    if span[0] > span[1]:
        raise ValueError(f"the lower end {span[0]:g} lies above the upper end {span[1]:g}")
    return span


Span = Annotated[tuple[Share, Share], AfterValidator(_ordered)]
"""Lower and upper end of what is kept, as shares of a layer's filters from the weakest to the strongest."""


class UnitEdit(State):
    """One unit of a layer times a number: 0 ablates it, −1 inverts it."""

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
    """One pipeline on the trained weights of Model 1 and Model 2: mix, then prune, then scale units.

    Held in a normal form without entries that change nothing, so that equal edits compare equal.
    """

    mix: Annotated[Mapping[Name, Share], Field(max_length=MOST), AfterValidator(_without_zero)] = Field(
        default_factory=dict
    )
    """Share of Model 2 in each block; 0, Model 1 alone, where a block is not named."""
    prune: Annotated[Mapping[Name, Span], Field(max_length=MOST), AfterValidator(_without_whole)] = Field(
        default_factory=dict
    )
    """Range of each block's filters that is kept, by magnitude; all where a block is not named."""
    units: Annotated[tuple[UnitEdit, ...], Field(max_length=MOST), AfterValidator(_without_one)] = ()
    """Single units times a number."""

    def __hash__(self) -> int:
        return hash((tuple(self.mix.items()), tuple(self.prune.items()), self.units))

    @property
    def identity(self) -> bool:
        """Whether it leaves Model 1 as it is."""
        return not (self.mix or self.prune or self.units)

    def mixed(self, block: str, alpha: float) -> Edit:
        """With this share of Model 2 in a block. Raises InputError that names the block."""
        return self._with(mix={**self.mix, block: alpha})

    def pruned(self, block: str, low: float, high: float) -> Edit:
        """With this range of a block's filters kept. Raises InputError that names the block."""
        return self._with(prune={**self.prune, block: (low, high)})

    def scaled(self, layer: str, unit: int, scale: float) -> Edit:
        """With a unit times a number, in place of what was said of it. Raises InputError that names the unit."""
        others = [u for u in self.units if (u.layer, u.unit) != (layer, unit)]
        return self._with(units=(*others, {"layer": layer, "unit": unit, "scale": scale}))

    def mixed_up_to(self, block: str, blocks: Sequence[str]) -> Edit:
        """With the blocks up to and including this one from Model 2 and the others from Model 1.

        ``blocks`` are all of the network, in order. Raises InputError for a block that is not among them.
        """
        if block not in blocks:
            raise InputError(block, "there is no such block", "one of " + ", ".join(blocks))
        return self._with(mix=dict.fromkeys(blocks[: blocks.index(block) + 1], 1.0))

    def scale_of(self, layer: str, unit: int) -> float:
        """What a unit is multiplied by."""
        return next((u.scale for u in self.units if (u.layer, u.unit) == (layer, unit)), 1.0)

    def _with(self, **changes: object) -> Edit:
        fields = {"mix": self.mix, "prune": self.prune, "units": self.units}
        try:
            return Edit.model_validate({**fields, **changes})
        except ValidationError as error:
            raise explain(error, "models.edited.edit") from None
