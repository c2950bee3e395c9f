"""Output of the command line: results to standard output, notices and progress to standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from perturber.core.printable import clean, escape

if TYPE_CHECKING:
    from perturber.core.evaluation import Prediction

ERASE = "\x1b[K"
"""Terminal escape code that clears the line from the cursor on."""


def write_lines(lines: Iterable[str]) -> None:
    """Write result lines."""
    for line in lines:
        write_line(line)


def write_line(line: object) -> None:
    """Write one result line; names from files could hold codes for the terminal, which are escaped as in JSON."""
    sys.stdout.write(f"{escape(str(line))}\n")


def write_json(value: Any, *, indent: int | None = 1, ascii_only: bool = False) -> None:
    """Write a result as JSON."""
    write_line(as_json(value, indent=indent, ascii_only=ascii_only))


def as_json(value: Any, *, indent: int | None = 1, ascii_only: bool = False) -> str:
    """Return a result as JSON text."""
    import json  # not before the window is visible

    return json.dumps(value, indent=indent, ensure_ascii=ascii_only)


def write_event(value: Any) -> None:
    """Write one line of JSON and flush, for programs that follow the progress."""
    write_json(value, indent=None, ascii_only=True)
    sys.stdout.flush()


def write_top(title: str, top: Iterable[Prediction]) -> None:
    """Write a model's top classes below a title."""
    write_line(title)
    write_lines(f"  {best.probability:7.2%}  {best.logit:8.3f}  {best.wnid}  {best.name}" for best in top)


def write_table(rows: Sequence[Sequence[str]]) -> None:
    """Write rows of text in columns as wide as their longest entry."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        write_line("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def notify(notice: object) -> None:
    """Write a notice or an error to standard error, prefixed with the program's name."""
    write_aside(f"perturber: {notice}")


def write_aside(line: str) -> None:
    """Write a line to standard error, bounded and without codes for the terminal."""
    sys.stderr.write(f"{clean(line)}\n")


class Notices:
    """Writes notices to standard error, each one only once."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def __call__(self, notice: str) -> None:
        """Write a notice unless it has been written before."""
        if notice not in self._told:
            self._told.add(notice)
            notify(notice)


def show_progress(text: str, finished: bool) -> None:
    """Overwrite the progress line on standard error; ``finished`` ends the line."""
    sys.stderr.write(f"\r{escape(text)}" + "\n" * finished)
    sys.stderr.flush()


def show_live(text: str) -> None:
    """Overwrite the live line if standard error is a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{escape(text)}{ERASE}")
        sys.stderr.flush()


def end_live() -> None:
    """End the line of `show_live`."""
    if sys.stderr.isatty():
        sys.stderr.write("\n")


def ask(question: str) -> bool | None:
    """Ask for consent on the terminal. Return whether it is given, or None without a terminal."""
    if not sys.stdin.isatty():
        return None
    sys.stderr.write(f"{clean(question)} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def flush() -> None:
    """Write what is pending, where that is still possible."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()


def drop_output() -> None:
    """Discard pending output after the reader of standard output has closed it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def first_paragraph(text: str | None) -> str:
    """Return the first paragraph of a docstring on one line."""
    return " ".join((text or "").split("\n\n", maxsplit=1)[0].split())
