"""Parameters: annotated fields of the session, found, read and replaced by dotted path.

A `Control` in its annotation makes a field a parameter. Its slider, flag, validation, sweep axis,
documentation row and contract tests all follow from that line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from annotated_types import Ge, Interval, Le
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from perturber.core.errors import InputError
from perturber.core.parameters.state import State
from perturber.core.printable import VALUE, clean_line, quote, shorten

S = TypeVar("S", bound=State)
GOT = 80
"""Most characters of a value that was given."""
EXPECTED_PATH = "a dotted path such as scene.background.blur"
Kind = Literal["float", "int", "bool", "choice", "text"]


@dataclass(frozen=True)
class Control:
    """The presentation of a field to the user.

    ``label`` may contain ``{morph}``, which is replaced by the object pair's word for it ("Catness").
    ``drives`` names sibling fields that are set to the same value. ``multiline`` asks for a text
    editor; ``advanced`` hides the control from the default view.
    """

    label: str
    unit: str = ""
    step: float | None = None
    drives: tuple[str, ...] = ()
    multiline: bool = False
    advanced: bool = False


@dataclass(frozen=True)
class Parameter:
    """One adjustable field: its path, range, default and label."""

    path: str
    kind: Kind
    default: Any
    control: Control
    doc: str
    group: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return self.control.label

    @property
    def ends(self) -> tuple[Any, ...]:
        """The bounds, or every choice, except the default."""
        return tuple(end for end in self.choices or (self.low, self.high) if end is not None and end != self.default)

    @property
    def continuous(self) -> bool:
        return self.kind == "float"


def _states_in(annotation: Any) -> list[type[State]]:
    """Return the State classes that an annotation allows (several for a union)."""
    if isinstance(annotation, type) and issubclass(annotation, State):
        return [annotation]
    if get_origin(annotation) in (Union, UnionType):
        return [s for part in get_args(annotation) for s in _states_in(part)]
    return []


def _kind(field: FieldInfo) -> tuple[Kind, tuple[str, ...]]:
    annotation = field.annotation
    if get_origin(annotation) is Literal:
        return "choice", tuple(str(c) for c in get_args(annotation))
    kinds: dict[Any, Kind] = {float: "float", int: "int", bool: "bool"}
    return kinds.get(annotation, "text"), ()


def _bounds(field: FieldInfo) -> tuple[float | None, float | None]:
    low: Any = None
    high: Any = None
    for item in field.metadata:
        if isinstance(item, Interval | Ge) and item.ge is not None:
            low = item.ge
        if isinstance(item, Interval | Le) and item.le is not None:
            high = item.le
    return low, high


def _control(field: FieldInfo) -> Control | None:
    return next((m for m in field.metadata if isinstance(m, Control)), None)


def _parameter(owner: type[State], name: str, field: FieldInfo, path: str) -> Parameter | None:
    control = _control(field)
    return None if control is None else _described(owner, field, path, control)


def _described(owner: type[State], field: FieldInfo, path: str, control: Control) -> Parameter:
    kind, choices = _kind(field)
    low, high = _bounds(field)
    default = field.get_default(call_default_factory=True)
    return Parameter(path, kind, default, control, field.description or "", owner.group, low, high, choices)


@lru_cache(maxsize=64)
def _walk_class(owner: type[State], prefix: str) -> tuple[Parameter, ...]:
    found: list[Parameter] = []
    for name, field in owner.model_fields.items():
        path = f"{prefix}{name}"
        if (parameter := _parameter(owner, name, field, path)) is not None:
            found.append(parameter)
        elif field.is_required() or field.default is not None:
            made = field.get_default(call_default_factory=True)
            for nested in [type(made)] if isinstance(made, State) else _states_in(field.annotation)[:1]:
                found.extend(_walk_class(nested, f"{path}."))
    return tuple(found)


def walk(model: State | type[State], prefix: str = "") -> Iterator[Parameter]:
    """Yield every parameter of a session (or of a part of one), in declaration order.

    For an instance, tagged fields are walked by their actual class; for a class, by the class of their
    default or the first alternative. Parts that are absent by default (a photo) appear only for an
    instance that has them.
    """
    if isinstance(model, type):
        yield from _walk_class(model, prefix)
        return
    for name, field in type(model).model_fields.items():
        path = f"{prefix}{name}"
        value = getattr(model, name)
        if (parameter := _parameter(type(model), name, field, path)) is not None:
            yield parameter
        elif isinstance(value, State):
            yield from walk(value, f"{path}.")


def plain_fields(owner: type[State], prefix: str = "") -> Iterator[Parameter]:
    """Yield the fields of a part that are neither parts nor parameters; their label is their name."""
    for name, field in owner.model_fields.items():
        if _control(field) is None and not _states_in(field.annotation):
            yield _described(owner, field, f"{prefix}{name}", Control(name))


def find(model: State | type[State], path: str) -> Parameter:
    """Return the parameter at a dotted path. Raises InputError when there is none."""
    for parameter in walk(model):
        if parameter.path == path:
            return parameter
    raise InputError(path, "there is no such parameter", EXPECTED_PATH)


def get(model: State, path: str) -> Any:
    """Return the value at a dotted path. Raises InputError when there is no such field."""
    value: Any = model
    for name in path.split("."):
        if not isinstance(value, State) or name not in type(value).model_fields:
            raise InputError(path, f"there is no field {name!r}", EXPECTED_PATH)
        value = getattr(value, name)
    return value


def explain(error: ValidationError, prefix: str = "") -> InputError:
    """Return the first problem of a pydantic error as an InputError that names the field."""
    first = error.errors(include_url=False)[0]
    where = clean_line(".".join([*([prefix] if prefix else []), *(shorten(str(p), VALUE) for p in first["loc"])]))
    given = first["input"]
    got = "" if isinstance(given, Mapping) else f" (got {quote(given, GOT)})"
    return InputError(where or "session", f"{shorten(first['msg'], VALUE)}{got}")


def _rebuild(owner: State, changes: Mapping[str, Any], path: str) -> State:
    fields = {name: getattr(owner, name) for name in type(owner).model_fields}
    try:
        return type(owner).model_validate({**fields, **changes})
    except ValidationError as error:
        raise explain(error, path) from None


def replace(model: S, path: str, value: Any) -> S:
    """Return a validated copy of ``model`` with the field at ``path`` set.

    Fields that the parameter drives are set to the same value. Raises InputError that names the path.
    """
    head, _, rest = path.partition(".")
    if head not in type(model).model_fields:
        raise InputError(path, f"{type(model).__name__} has no field {head!r}", EXPECTED_PATH)
    if not rest:
        field = type(model).model_fields[head]
        control = _control(field)
        driven = control.drives if control else ()
        return _rebuild(model, {head: value, **dict.fromkeys(driven, value)}, "")  # type: ignore[return-value]
    child = getattr(model, head)
    if not isinstance(child, State):
        raise InputError(path, f"{head!r} has no fields", EXPECTED_PATH)
    try:
        changed = replace(child, rest, value)
    except InputError as error:
        raise InputError(f"{head}.{error.source}", error.problem, error.expected) from None
    return model if changed is child else _rebuild(model, {head: changed}, "")  # type: ignore[return-value]


def replace_all(model: S, changes: Mapping[str, Any]) -> S:
    """Apply `replace` to several paths, in order."""
    for path, value in changes.items():
        model = replace(model, path, value)
    return model
