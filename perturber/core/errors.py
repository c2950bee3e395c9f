"""Errors that the user can act on: each names the file or field and what was expected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from perturber.core.printable import clean, clean_line

PROBLEM = 1000
"""Most characters of what is wrong, which may quote the output of a compiler."""
EXPECTED = 1000
"""Most characters of what was expected, which may list names."""


class PerturberError(Exception):
    """Base of all errors that the program reports instead of crashing.

    Its message may quote files of strangers: `str` gives it bounded and without control characters.
    """

    def __str__(self) -> str:
        return clean(super().__str__())


class InputError(PerturberError):
    """An input (file, field or flag) that is not what was expected.

    ``source`` is the file or the dotted parameter path, ``problem`` what is wrong with it,
    ``expected`` what a valid input looks like, and ``line`` the line in a text file, counted from 1. The texts are
    bounded and without control characters.
    """

    def __init__(self, source: str, problem: str, expected: str = "", line: int | None = None) -> None:
        self.source = clean_line(str(source))
        self.problem = clean(problem, PROBLEM)
        self.expected = clean(expected, EXPECTED)
        self.line = line
        at = f":{line}" if line is not None else ""
        super().__init__(f"{self.source}{at}: {self.problem}" + (f"; expected {self.expected}" if expected else ""))

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, str, int | None]]:
        """Pickle all four attributes, so that they survive the transfer to another process."""
        return type(self), (self.source, self.problem, self.expected, self.line)


class MissingFileError(InputError):
    """A file that does not exist."""


class NewerVersionError(InputError):
    """A file that a newer version of the program wrote: not damaged, and to be left unchanged."""


class MachineError(PerturberError):
    """Something the machine lacks (a library, a device, disk space); the message says what to do."""


@contextmanager
def noting_interrupts(kept: Callable[[], str]) -> Iterator[None]:
    """Add to a KeyboardInterrupt that leaves the block what is ``kept``, for the message about it."""
    try:
        yield
    except KeyboardInterrupt as error:
        error.add_note(kept())
        raise
