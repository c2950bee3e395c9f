"""Markdown tables of parameters and of registered classes."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from inspect import cleandoc
from typing import Any

from scripts.reference.homes import members, parameters, title

YEAR = re.compile(r"\b(19|20)\d\d\b|arXiv")


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    names = list(head)
    lines = [names, ["---"] * len(names), *(list(row) for row in rows)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def parameter_tables() -> str:
    """Return every parameter of a session: one table per part, in session order."""
    parts: dict[str, list[Any]] = {}
    for parameter in parameters():
        words = parameter.path.split(".")
        parts.setdefault(".".join(words[:2]) if len(words) > 2 else words[0], []).append(parameter)
    return "\n".join(f"## `{part}`\n\n{_parameters(rows)}" for part, rows in parts.items())


def _parameters(rows: Iterable[Any]) -> str:
    head = ("Parameter", "Label", "Range", "Default", "Effect")
    return table(head, ([f"`{p.path}`", _label(p), _range(p), _default(p.default), _line(p.doc)] for p in rows))


def _label(parameter: Any) -> str:
    return str(parameter.label).format(morph="…ness")


def _range(parameter: Any) -> str:
    if parameter.choices:
        return ", ".join(f"`{choice}`" for choice in parameter.choices)
    if parameter.low is None and parameter.high is None:
        return {"bool": "on, off", "text": "text"}.get(parameter.kind, parameter.kind)
    ends = (
        "−∞" if parameter.low is None else f"{parameter.low:g}",
        "∞" if parameter.high is None else f"{parameter.high:g}",
    )
    unit = parameter.control.unit
    return " to ".join(ends) + (f" {unit}" if unit else "")


def _default(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    text = str(value)
    return "(code)" if "\n" in text else f"`{text}`" if text else ""


def _line(text: str) -> str:
    return " ".join(text.split())


def member_table(subject: str) -> str:
    """Return the members of a subject: name, formula from its docstring, source, parameters."""
    rows = []
    for member in members(subject):
        about = getattr(member, "about", "") or cleandoc(member.__doc__ or "")
        rows.append((f"**{title(member)}**<br>`{kind(member)}`", _paragraphs(about), source(member), _fields(member)))
    return table(("Name", "What it computes", "Source", "Parameters"), rows)


def kind(member: Any) -> str:
    """Return the name of a member in session files and on the command line."""
    return str(member.model_fields["kind"].default)


def source(member: type) -> str:
    """Return the first paragraph of a member's module if it cites a publication, else an empty text."""
    about = cleandoc(sys.modules[member.__module__].__doc__ or "").split("\n\n")[0]
    return _line(about).rstrip(".") if YEAR.search(about) else ""


def _fields(member: Any) -> str:
    named = [name for name in member.model_fields if name != "kind"]
    return ", ".join(f"`{name}`" for name in named)


def _paragraphs(text: str) -> str:
    return "<br>".join(_line(part) for part in text.split("\n\n"))
