"""Groups of hidden units: what is asked for, what comes back, and the file that keeps a person's own.

Units of one layer are called by number; numbers mean the same in every network with the same key
(`Architecture.key`), so groups are kept by key and layer.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from annotated_types import Interval
from pydantic import Field, StringConstraints, ValidationError, model_validator

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import explain
from perturber.core.parameters.state import State
from perturber.core.storage.own_file import OwnFile

MOST = 64
Kind = Literal["active", "class", "carrying", "changed", "different"]
Unit = Annotated[int, Field(ge=0)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


class Group(State):
    """Units of one layer under one name, the most important first."""

    name: Name
    units: Annotated[tuple[Unit, ...], Field(min_length=1, max_length=10_000)]
    scores: tuple[float, ...] = ()
    """Of every unit, in the same order; empty when the group was not computed."""
    wnid: str = ""
    """WordNet id of the class the units are relevant for."""
    priority: int = 0
    """Place among the groups of a layer: higher comes first."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(set(self.units)) != len(self.units):
            raise ValueError("a unit is named twice")
        if self.scores and len(self.scores) != len(self.units):
            raise ValueError("there must be one score for each unit")
        return self


class Query(State):
    """Which units are looked for, by what they do in one slot's network."""

    kind: Kind = "active"
    slot: str = "slot1"
    other: str = "slot2"
    """The slot compared with, for ``different``."""
    wnid: str = ""
    """The class, for ``class``; for ``carrying`` empty means the one that stands first on the frame."""
    layers: tuple[str, ...] = ()
    """Taps of the slot's network; empty means the session's layer."""
    top: Annotated[int, Interval(ge=1, le=MOST)] = 8
    """How many units."""
    photos: str = ""
    """A folder of pictures to look at, for ``class``; empty means views of the session's object."""


class _GroupsFile(State):
    """What a file of own groups holds."""

    perturber_groups: Literal[1] = 1
    groups: dict[str, dict[str, tuple[Group, ...]]] = Field(default_factory=dict)
    """By key of the architecture, then by layer."""


class OwnGroups(OwnFile[_GroupsFile]):
    """A person's own groups, in one JSON file that is written whole or not at all.

    Everything here raises InputError when the file cannot be read or written.
    """

    content, mark, what = _GroupsFile, "perturber_groups", "neuron groups"

    def of(self, key: str, layer: str) -> tuple[Group, ...]:
        """The groups of a layer, in the order they were made. Raises InputError when the file cannot be read."""
        return self._read().groups.get(key, {}).get(layer, ())

    def save(self, key: str, layer: str, group: Group) -> None:
        """Add a group. Raises InputError when the name is taken or the file cannot be written."""
        content = self._read()
        there = content.groups.get(key, {}).get(layer, ())
        _check_free(group.name, there)
        self._put(content, key, layer, (*there, group))

    def rename(self, key: str, layer: str, old: str, new: str) -> None:
        """Give a group another name. Raises InputError when there is none, or the new name is empty or taken."""
        content = self._read()
        there = content.groups.get(key, {}).get(layer, ())
        _find(old, there)
        _check_free(new.strip(), [g for g in there if g.name != old])
        named = tuple(make_group(new, g.units, g.scores, g.wnid) if g.name == old else g for g in there)
        self._put(content, key, layer, named)

    def delete(self, key: str, layer: str, name: str) -> None:
        """Forget a group. Raises InputError when there is none of that name."""
        content = self._read()
        there = content.groups.get(key, {}).get(layer, ())
        _find(name, there)
        self._put(content, key, layer, tuple(g for g in there if g.name != name))

    def _put(self, content: _GroupsFile, key: str, layer: str, groups: tuple[Group, ...]) -> None:
        layers = {**content.groups.get(key, {}), layer: groups}
        kept = {name: found for name, found in layers.items() if found}
        full = {**content.groups, key: kept}
        self._write(_GroupsFile(groups={name: found for name, found in full.items() if found}))


def make_group(name: str, units: tuple[int, ...], scores: tuple[float, ...] = (), wnid: str = "") -> Group:
    """A group from what a person gave. Raises InputError that names the field."""
    try:
        return Group(name=name, units=units, scores=scores, wnid=wnid)
    except ValidationError as error:
        problem = explain(error, "group")
        raise InputError(problem.source, problem.problem, "a name of 1 to 80 letters and different units") from None


def _find(name: str, groups: tuple[Group, ...]) -> None:
    if all(group.name != name for group in groups):
        raise InputError("group", f"there is no group {name!r}", "one of " + ", ".join(g.name for g in groups))


def _check_free(name: str, groups: list[Group] | tuple[Group, ...]) -> None:
    if any(group.name == name for group in groups):
        raise InputError("group", f"there is already a group {name!r} of this layer", "another name")
