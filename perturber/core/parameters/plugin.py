"""Plug-ins: frozen values that are algorithms, each in a file of its own, found by their ``kind``.

This is the one way in which anything that is added as one file is registered: attacks,
attributions, objectives, measures, recipes, makers of architectures. A family is a subclass of
`Plugin` that names the package its members live in; every module there is a place to add one.

Other distributions add members by an entry point of the group ``perturber.plugins`` that names a
module, called anything, or after its family: ``objective.sharpness`` is loaded only where
objectives are asked for, ``sharpness`` wherever any family is. A module without a family in its
name must not import torch when it is itself imported, nor may the modules of attacks and
attributions: the window reads these, too.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache, partial
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pkgutil import walk_packages
from typing import Any, ClassVar, Literal, Self, TypeVar, cast, get_origin

from pydantic import BeforeValidator, ValidationError
from pydantic_core import PydanticCustomError

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import explain
from perturber.core.parameters.state import State

ENTRY_POINTS = "perturber.plugins"
LAST = 100
"""Rank of members that declare none."""


class Plugin(State):
    """Base of the families. A member has a field ``kind``, a literal with its name as the only value."""

    family: ClassVar[str]
    """What one member is called, such as attack."""
    package: ClassVar[str]
    """Where the family's members live."""
    rank: ClassVar[int] = LAST
    """Place among the members; those of the same rank are in the order of their titles, then of their kinds."""
    title: ClassVar[str] = ""
    """The member's name for people."""

    @classmethod
    def of(cls, member: Plugin) -> Self:
        """The member itself, known to be of this class. Raises InputError for a plug-in that is not."""
        if not isinstance(member, cls):
            raise InputError(
                kind_of(type(member)), f"this plug-in is no {cls.__name__}", f"a subclass of {cls.__name__}"
            )
        return member


P = TypeVar("P", bound=Plugin)


def kinds(family: type[P]) -> dict[str, type[P]]:
    """The members of a family by kind, in the order of their ranks and titles.

    One that cannot be imported is left out with a warning.
    """
    return cast("dict[str, type[P]]", _members(family))


def make(family: type[P], kind: str, **fields: Any) -> P:
    """The member of that kind, the other fields at their defaults. Raises KeyError when there is none."""
    return kinds(family)[kind](**fields)


def reading(family: type[P]) -> BeforeValidator:
    """Makes a field of a family read any of its members by kind; to be used beside SerializeAsAny."""
    return BeforeValidator(partial(_read, family))


@cache
def _members(family: type[Plugin]) -> dict[str, type[Plugin]]:
    package = import_module(family.package)
    for module in walk_packages(package.__path__, f"{family.package}.", onerror=lambda name: None):
        _load(partial(import_module, module.name), f"{family.family} in {module.name}")
    for point in entry_points(group=ENTRY_POINTS):
        owner, dot, _ = point.name.partition(".")
        if not dot or owner == family.family:
            _load_point(point)
    found = {kind: member for member in _below(family) if (kind := kind_of(member))}
    return dict(sorted(found.items(), key=lambda item: (item[1].rank, item[1].title.lower(), item[0])))


@cache
def _load_point(point: EntryPoint) -> None:
    _load(point.load, f"plug-in {point.name} ({point.value})")


def _load(load: Callable[[], object], what: str) -> None:
    try:
        load()
    except Exception as error:  # whatever a stranger's module raises, the program still starts
        warnings.warn(f"the {what} cannot be loaded: {error}", stacklevel=2)


def kind_of(member: type[Plugin]) -> str:
    """The name a member goes by; empty for what is only a base or a combination of others."""
    field = member.model_fields.get("kind")
    if field is None or get_origin(field.annotation) is not Literal or not isinstance(field.default, str):
        return ""
    return field.default


def _below(owner: type[Plugin]) -> list[type[Plugin]]:
    return [member for direct in owner.__subclasses__() for member in (direct, *_below(direct))]


def _read(family: type[Plugin], value: Any) -> Any:
    """A member from the dictionary of a file, or from its kind alone."""
    if isinstance(value, str):
        value = {"kind": value}
    if not isinstance(value, dict):
        return value
    known = kinds(family)
    kind = value.get("kind")
    if not isinstance(kind, str) or kind not in known:
        raise _refusal(f"there is no kind {kind!r}; expected one of {', '.join(known)}")
    try:
        return known[kind].model_validate(value)
    except ValidationError as error:
        problem = explain(error)
        raise _refusal(f"{problem.source}: {problem.problem}") from None


def _refusal(text: str) -> PydanticCustomError:
    return PydanticCustomError("plugin", "{text}", {"text": text})
