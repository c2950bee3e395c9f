"""Plug-ins: algorithms with their settings as frozen values, one file each, found by their ``kind``.

Everything that can be added as one file is registered this way: attacks, attributions, objectives,
measures, recipes, architectures. A family is a subclass of `Plugin` that names the package of its
members; every module of that package can define some.

Other distributions add members through an entry point of the group ``perturber.plugins`` that names a
module. Its name may start with a family: ``objective.sharpness`` is loaded only when objectives are
listed, ``sharpness`` when any family is. Modules of entry points without a family, and those of attacks
and attributions, must not import torch at import time, because the window loads them, too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pkgutil import walk_packages
from typing import Any, ClassVar, Literal, Self, TypeVar, cast, get_origin

from pydantic import BeforeValidator, ValidationError, ValidationInfo
from pydantic_core import PydanticCustomError

from perturber.core.damage import report_damage
from perturber.core.errors import InputError
from perturber.core.parameters.parameter import GOT, explain
from perturber.core.parameters.state import State, is_strict
from perturber.core.printable import quote

ENTRY_POINTS = "perturber.plugins"
LAST = 100
"""Default rank."""


class Plugin(State):
    """Base of the families. The field ``kind`` of a member is a literal whose only value is its name."""

    family: ClassVar[str]
    """Singular noun for a member, such as attack."""
    package: ClassVar[str]
    """Package of the family's members."""
    rank: ClassVar[int] = LAST
    """Sort key of the member; members of equal rank are sorted by title, then by kind."""
    title: ClassVar[str] = ""
    """Display name."""

    @classmethod
    def of(cls, member: Plugin) -> Self:
        """Return the member, typed as this class. Raises InputError if it is of another class."""
        if not isinstance(member, cls):
            raise InputError(
                kind_of(type(member)), f"this plug-in is not of class {cls.__name__}", f"a subclass of {cls.__name__}"
            )
        return member


P = TypeVar("P", bound=Plugin)


def kinds(family: type[P]) -> dict[str, type[P]]:
    """Return the members of a family by kind, sorted by rank and title.

    Members that cannot be imported, or that take the kind of another one, are left out and reported.
    """
    return cast("dict[str, type[P]]", _members(family))


def make(family: type[P], kind: str, **fields: Any) -> P:
    """Return a new member of a kind; fields that are not given have their defaults. Raises KeyError if unknown."""
    return kinds(family)[kind](**fields)


def reading(family: type[P]) -> BeforeValidator:
    """Return a validator that reads a field as a member of a family, by kind; use it with SerializeAsAny."""
    return BeforeValidator(partial(_read, family))


@cache
def _members(family: type[Plugin]) -> dict[str, type[Plugin]]:
    package = import_module(family.package)
    for module in walk_packages(package.__path__, f"{family.package}.", onerror=lambda name: None):
        _load(partial(import_module, module.name), f"{family.family} in {module.name}")
    for point in _points():
        owner, dot, _ = point.name.partition(".")
        if not dot or owner == family.family:
            _load_point(point)
    found = _distinct(family)
    return dict(sorted(found.items(), key=lambda item: (item[1].rank, item[1].title.lower(), item[0])))


def _points() -> tuple[EntryPoint, ...]:
    try:
        return tuple(entry_points(group=ENTRY_POINTS))
    except Exception as error:  # whatever another distribution's garbled metadata cause
        report_damage(f"plug-ins cannot be listed: {error}", "plugin")
        return ()


def _distinct(family: type[Plugin]) -> dict[str, type[Plugin]]:
    """Return the usable members by kind: the package's own come before those of plug-ins, whichever loaded first."""
    found: dict[str, type[Plugin]] = {}
    own = f"{family.package}."
    for member in sorted(_below(family), key=lambda member: not member.__module__.startswith(own)):
        if not (kind := kind_of(member)):
            continue
        what = f"the {family.family} {kind!r} of {member.__module__} is left out:"
        if problem := "" if member.__module__.startswith(own) else _problem(member):
            report_damage(f"{what} {problem}", "plugin")
        elif kind in found:
            report_damage(f"{what} there is one in {found[kind].__module__}", "plugin")
        else:
            found[kind] = member
    return found


def _problem(member: type[Plugin]) -> str:
    """Return why the class of a plug-in cannot be listed or made with its defaults; empty if it can."""
    if not isinstance(member.title, str) or not isinstance(member.rank, int | float):
        return "its title must be a text and its rank a number"
    if any(field.is_required() for field in member.model_fields.values()) or member.__abstractmethods__:
        return ""
    try:
        member()
    except Exception as error:  # as below
        return f"it cannot be made with its defaults ({error})"
    return ""


@cache
def _load_point(point: EntryPoint) -> None:
    _load(point.load, f"plug-in {point.name} ({point.value})")


def _load(load: Callable[[], object], what: str) -> None:
    try:
        load()
    except (Exception, SystemExit) as error:  # the program must start whatever a third-party module raises
        report_damage(f"the {what} cannot be loaded: {error or type(error).__name__}", "plugin")


def kind_of(member: type[Plugin]) -> str:
    """Return the ``kind`` of a member; empty for a class that is not itself a member, such as a base."""
    field = member.model_fields.get("kind")
    if field is None or get_origin(field.annotation) is not Literal or not isinstance(field.default, str):
        return ""
    return field.default


def _below(owner: type[Plugin]) -> list[type[Plugin]]:
    return [member for direct in owner.__subclasses__() for member in (direct, *_below(direct))]


def _read(family: type[Plugin], value: Any, info: ValidationInfo) -> Any:
    """Return a member, given its dictionary or only its kind."""
    if isinstance(value, str):
        value = {"kind": value}
    if not isinstance(value, dict):
        return value
    known = kinds(family)
    kind = value.get("kind")
    if not isinstance(kind, str) or kind not in known:
        raise _refusal(f"there is no kind {quote(kind, GOT)}; expected one of {', '.join(known)}")
    try:
        return known[kind].model_validate(value, strict=is_strict(info) or None, context=info.context)
    except ValidationError as error:
        problem = explain(error)
        raise _refusal(f"{problem.source}: {problem.problem}") from None


def _refusal(text: str) -> PydanticCustomError:
    return PydanticCustomError("plugin", "{text}", {"text": text})
