"""Checked access to the JSON description of a glTF file: every wrong value is refused with its place."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from perturber.core.errors import InputError

MOST = 1 << 53
"""Largest whole number that JSON readers agree on."""
MISSING: Mapping[str, Any] = {}


@dataclass(frozen=True)
class GltfEntry:
    """One object of the description: its file, its place in it (``materials[2]``), and its values.

    All readers raise InputError that names file and place.
    """

    file: str
    place: str
    values: Mapping[str, Any]

    def refusal(self, problem: str, expected: str = "") -> InputError:
        """Return an error about this object."""
        return InputError(self.file, f"{self.place}: {problem}" if self.place else problem, expected)

    def has(self, key: str) -> bool:
        return key in self.values

    def count(self, key: str) -> int:
        """Return the length of a list; 0 where there is none."""
        return len(self._list(key))

    def item(self, key: str, index: int) -> GltfEntry:
        """Return an object of a list."""
        items = self._list(key)
        if not 0 <= index < len(items):
            raise self.refusal(f"{key}[{index}] does not exist", f"a number below {len(items)}")
        return self._entry(f"{key}[{index}]", items[index])

    def child(self, key: str) -> GltfEntry:
        """Return an object inside this one; empty where there is none."""
        return self._entry(key, self.values.get(key, MISSING))

    def extension(self, name: str) -> GltfEntry | None:
        """Return the data of an extension; None where this object does not use it."""
        extensions = self.child("extensions")
        return extensions.child(name) if extensions.has(name) else None

    def integer(self, key: str, default: int | None = None, low: int = 0, high: int = MOST) -> int:
        """Return a whole number within bounds; without a ``default`` it must be there."""
        value = self.values.get(key, default)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            bounds = f"from {low} to {high}" if high < MOST else f"of at least {low}"
            raise self.refusal(f"{key} is {_shown(value)}", f"a whole number {bounds}")
        return value

    def number(self, key: str, default: float) -> float:
        """Return a finite number."""
        return self._finite(key, self.values.get(key, default))

    def numbers(self, key: str, default: Sequence[float]) -> tuple[float, ...]:
        """Return as many finite numbers as ``default`` has."""
        values = self.values.get(key, default)
        if not isinstance(values, Sequence) or isinstance(values, str) or len(values) != len(default):
            raise self.refusal(f"{key} is {_shown(values)}", f"{len(default)} numbers")
        return tuple(self._finite(key, value) for value in values)

    def indices(self, key: str) -> list[int]:
        """Return a list of numbers of other objects; empty where there is none."""
        return [GltfEntry(self.file, self.place, {key: value}).integer(key) for value in self._list(key)]

    def text(self, key: str, default: str = "") -> str:
        """Return a string."""
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self.refusal(f"{key} is {_shown(value)}", "a text")
        return value

    def texts(self, key: str) -> list[str]:
        """Return a list of strings; empty where there is none."""
        return [GltfEntry(self.file, self.place, {key: value}).text(key) for value in self._list(key)]

    def _list(self, key: str) -> Sequence[Any]:
        values = self.values.get(key, ())
        if not isinstance(values, list | tuple):
            raise self.refusal(f"{key} is {_shown(values)}", "a list")
        return values

    def _entry(self, place: str, value: Any) -> GltfEntry:
        place = f"{self.place}.{place}" if self.place else place
        if not isinstance(value, Mapping):
            raise InputError(self.file, f"{place} is {_shown(value)}", "an object")
        return GltfEntry(self.file, place, value)

    def _finite(self, key: str, value: Any) -> float:
        try:
            if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
                return float(value)
        except OverflowError:
            pass
        raise self.refusal(f"{key} holds {_shown(value)}", "finite numbers")


def _shown(value: Any) -> str:
    """Return a short form of a value for messages, without control characters."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if value is None:
        return "missing"
    if isinstance(value, int) and abs(value) > MOST:
        return "a number too large"
    return repr(value[:40] if isinstance(value, str) else value)
