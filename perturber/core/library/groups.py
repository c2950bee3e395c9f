"""Groups of hidden units: queries, results, and the file of the user's own groups.

Units are identified by their number in the layer. Networks with the same key (`Architecture.key`) number
their units alike, so groups are stored by key and layer.
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
    """A named group of units of one layer, most important first."""

    name: Name
    units: Annotated[tuple[Unit, ...], Field(min_length=1, max_length=10_000)]
    scores: tuple[float, ...] = ()
    """Scores of the units, in the same order; empty for a group that was not computed."""
    wnid: str = ""
    """WordNet id of the class that the units are relevant for."""
    priority: int = 0
    """Sort priority among the groups of a layer; higher comes first."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(set(self.units)) != len(self.units):
            raise ValueError("a unit is named twice")
        if self.scores and len(self.scores) != len(self.units):
            raise ValueError("there must be one score for each unit")
        return self


class Query(State):
    """A query for units by their behavior in one slot's network."""

    kind: Kind = "active"
    slot: str = "slot1"
    other: str = "slot2"
    """The slot to compare with, for ``different``."""
    wnid: str = ""
    """WordNet id of the class, for ``class`` and ``carrying``; for ``carrying``, empty means the frame's top class."""
    layers: tuple[str, ...] = ()
    """Taps of the slot's network; empty means the session's layer."""
    top: Annotated[int, Interval(ge=1, le=MOST)] = 8
    """Number of units to return."""
    photos: str = ""
    """A folder of pictures, for ``class``; empty means views of the session's object."""


class _GroupsFile(State):
    """Content of a file of groups."""

    perturber_groups: Literal[1] = 1
    groups: dict[str, dict[str, tuple[Group, ...]]] = Field(default_factory=dict)
    """By architecture key, then by layer."""


class OwnGroups(OwnFile[_GroupsFile]):
    """The user's own groups, in one JSON file that is replaced atomically.

    Every method raises InputError when the file cannot be read or written.
    """

    content, mark, what = _GroupsFile, "perturber_groups", "neuron groups"

    def of(self, key: str, layer: str) -> tuple[Group, ...]:
        """Return the groups of a layer, in the order of their creation."""
        return self._read().groups.get(key, {}).get(layer, ())

    def save(self, key: str, layer: str, group: Group) -> None:
        """Add a group. Raises InputError when the name is taken."""
        with self._change() as content:
            there = content.groups.get(key, {}).get(layer, ())
            _check_free(group.name, there)
            self._put(content, key, layer, (*there, group))

    def rename(self, key: str, layer: str, old: str, new: str) -> None:
        """Rename a group. Raises InputError when there is no such group, or the new name is empty or taken."""
        with self._change() as content:
            there = content.groups.get(key, {}).get(layer, ())
            _find(old, there)
            _check_free(new.strip(), [g for g in there if g.name != old])
            named = tuple(make_group(new, g.units, g.scores, g.wnid) if g.name == old else g for g in there)
            self._put(content, key, layer, named)

    def delete(self, key: str, layer: str, name: str) -> None:
        """Delete a group. Raises InputError when there is no group of that name."""
        with self._change() as content:
            there = content.groups.get(key, {}).get(layer, ())
            _find(name, there)
            self._put(content, key, layer, tuple(g for g in there if g.name != name))

    def _put(self, content: _GroupsFile, key: str, layer: str, groups: tuple[Group, ...]) -> None:
        layers = {**content.groups.get(key, {}), layer: groups}
        kept = {name: found for name, found in layers.items() if found}
        full = {**content.groups, key: kept}
        self._write(_GroupsFile(groups={name: found for name, found in full.items() if found}))


def make_group(name: str, units: tuple[int, ...], scores: tuple[float, ...] = (), wnid: str = "") -> Group:
    """Make a group from user input. Raises InputError that names the field."""
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
