"""The base class of a session's frozen parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


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
