"""The page of the command line, from its own help."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout

from scripts.reference.homes import ENTRY, commands, found

WIDTH = 100
SESSION = re.compile(r"╭─ parameters options ─.*?╰─+╯\n?", re.DOTALL)
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
REFERENCE = "Every [parameter of the session](parameters.md) is a flag, too."


def help_of(command: str) -> str:
    """Return what ``perturber COMMAND --help`` prints, without colors. Raises ValueError when there is no such help."""
    said = io.StringIO()
    try:
        with _terminal(), redirect_stdout(said):
            found(ENTRY)([*command.split(), "--help"])
    except SystemExit as end:
        if end.code not in {0, None}:
            raise ValueError(f"perturber {command} --help ended with {end.code}") from end
    return ESCAPES.sub("", said.getvalue())


@contextmanager
def _terminal() -> Iterator[None]:
    """Set up a plain terminal of a fixed width."""
    before = dict(os.environ)
    os.environ |= {"COLUMNS": str(WIDTH), "NO_COLOR": "1"}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= before


def all_help() -> dict[str, str]:
    """Return the help of every command, in order."""
    return {command: help_of(command) for command in commands()}


def command_page(told: Mapping[str, str]) -> str:
    """Return one section per command, without the session's parameters."""
    sections = []
    for command, text in told.items():
        shown, count = SESSION.subn("", text)
        note = f"\n{REFERENCE}\n" if count else ""
        sections.append(f"## perturber {command}".rstrip() + f"\n{note}\n```text\n{shown.strip()}\n```\n")
    return "\n".join(sections)
