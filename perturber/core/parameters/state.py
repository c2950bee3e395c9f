"""The base of every frozen piece of a session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


class State(BaseModel):
    """An immutable, validated, hashable value that round-trips through JSON.

    ``group`` is the heading under which a window shows the fields of the class.
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
    """Return the data of a file with fields under their present names; ``names`` maps a former name to the present one.

    For ``model_validator(mode="before")`` of what earlier versions have written.
    """
    if not isinstance(data, dict):
        return data
    return {names.get(name, name) if names.get(name, name) not in data else name: value for name, value in data.items()}
