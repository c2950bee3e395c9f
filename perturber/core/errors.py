"""Errors that the user can act on: each names the file or field and what was expected."""

from __future__ import annotations


class PerturberError(Exception):
    """Base of all errors that the program reports instead of crashing."""


class InputError(PerturberError):
    """An input (file, field or flag) that is not what was expected.

    ``source`` is the file or the dotted parameter path, ``problem`` what is wrong with it,
    ``expected`` what a valid input looks like, and ``line`` the line in a text file, counted from 1.
    """

    def __init__(self, source: str, problem: str, expected: str = "", line: int | None = None) -> None:
        self.source = str(source)
        self.problem = problem
        self.expected = expected
        self.line = line
        at = f":{line}" if line is not None else ""
        super().__init__(f"{self.source}{at}: {problem}" + (f"; expected {expected}" if expected else ""))

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, str, int | None]]:
        """Pickle all four attributes, so that they survive the transfer to another process."""
        return type(self), (self.source, self.problem, self.expected, self.line)


class NewerVersionError(InputError):
    """A file that a newer version of the program wrote: not damaged, and to be left unchanged."""


class MachineError(PerturberError):
    """Something the machine lacks (a library, a device, disk space); the message says what to do."""
