"""The base of every frozen piece of a session."""

from __future__ import annotations

from typing import ClassVar

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
