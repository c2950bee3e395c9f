"""The base class of a session's frozen parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationInfo

S = TypeVar("S", bound="State")
STRICT = "strict"
"""Key of the validation context that says that no value is converted to another type."""


class State(BaseModel):
    """An immutable, validated, hashable value that round-trips through JSON.

    ``group`` is the heading of the class's fields in the window.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        allow_inf_nan=False,
        protected_namespaces=(),
    )
    group: ClassVar[str] = ""


def rename_fields(data: Any, names: Mapping[str, str]) -> Any:
    """Return the data of a file with its fields renamed; ``names`` maps former to present names.

    For use in ``model_validator(mode="before")``, to read files of earlier versions.
    """
    if not isinstance(data, dict):
        return data
    return {names.get(name, name) if names.get(name, name) not in data else name: value for name, value in data.items()}


def validate_strictly(owner: type[S], data: Any) -> S:
    """Return the state in the data of a JSON file, where "5" and true are not numbers and "yes" is not a boolean.

    An integer may stand for a number. Raises ValidationError.
    """
    return owner.model_validate(_with_tuples(data), strict=True, context={STRICT: True})


def is_strict(info: ValidationInfo) -> bool:
    """Return whether `validate_strictly` is at work, for validators that read parts of the data themselves."""
    return bool(info.context and info.context.get(STRICT))


def find_no_text(data: Any, path: str = "") -> tuple[str, str]:
    """Return the dotted path of the first text with half of a character, or a NUL in a file's path, and what it has.

    Both are empty if there is none. Halves that stand for bytes of a file's name are accepted in paths.
    """
    if isinstance(data, str):
        is_path = path.endswith("path")
        if is_path and "\0" in data:
            return path, "a NUL character"
        try:
            data.encode(errors="surrogateescape" if is_path else "strict")
        except UnicodeEncodeError:
            return path, "half of a character (a lone surrogate)"
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for name, value in items:
        for part in (name, value):
            if (found := find_no_text(part, f"{path}.{name}" if path else str(name)))[1]:
                return found
    return "", ""


def _with_tuples(data: Any) -> Any:
    """Return data with tuples in place of lists, as states have them."""
    if isinstance(data, dict):
        return {name: _with_tuples(value) for name, value in data.items()}
    return tuple(map(_with_tuples, data)) if isinstance(data, list) else data
