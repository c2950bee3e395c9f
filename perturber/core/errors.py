"""Errors that a person can act on: each names the file or field and what was expected."""

from __future__ import annotations


class PerturberError(Exception):
    """Base of every error the program reports instead of crashing."""


class InputError(PerturberError):
    """Something from outside (a file, a field, a flag) is not what was expected.

    ``source`` is the file or the dotted parameter path, ``problem`` what is wrong with it,
    ``expected`` what would be right, and ``line`` the line of a text, counted from 1.
    """

    def __init__(self, source: str, problem: str, expected: str = "", line: int | None = None) -> None:
        self.source = str(source)
        self.problem = problem
        self.expected = expected
        self.line = line
        at = f":{line}" if line is not None else ""
        super().__init__(f"{self.source}{at}: {problem}" + (f"; expected {expected}" if expected else ""))

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, str, int | None]]:
        """Pickle by the four parts, so that the error crosses the process boundary whole."""
        return type(self), (self.source, self.problem, self.expected, self.line)


class MachineError(PerturberError):
    """The machine lacks something (a library, a device); the message says what to install."""
