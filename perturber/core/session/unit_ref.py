"""Units of a network by layer and number, and the parser for typed units."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from perturber.core.errors import InputError

SEPARATORS = re.compile(r"[\s,;]+")
NUMBER = re.compile(r"[0-9]{1,6}")


class UnitRef(NamedTuple):
    """A unit: a channel of a layer, numbered from 0."""

    layer: str
    unit: int

    def __str__(self) -> str:
        return f"{self.layer}:{self.unit}"


@dataclass(frozen=True)
class TypedUnits:
    """The units named by a text such as ``mixed4a:3, 17``."""

    units: tuple[int, ...]
    """Without duplicates, in the order typed."""
    layer: str = ""
    """Empty if the text names none."""

    def refs(self, shown: str) -> tuple[UnitRef, ...]:
        """Return the units; ``shown`` is the layer to use if the text names none."""
        return tuple(UnitRef(self.layer or shown, unit) for unit in self.units)


def parse_units(text: str, field: str, expected: str) -> TypedUnits:
    """Read ``222``, ``3, 17``, ``mixed4a:222`` or ``mixed4a:3, 17``; an empty text names no units.

    Commas, semicolons and spaces separate numbers of at most six digits. Raises InputError with
    ``field`` as the source and ``expected`` for any other text.
    """
    layer, colon, numbers = text.rpartition(":")
    words = [word for word in SEPARATORS.split(numbers) if word]
    if (colon and not layer.strip()) or not all(map(NUMBER.fullmatch, words)):
        raise InputError(field, f"{text.strip()!r} names no units", expected)
    return TypedUnits(tuple(dict.fromkeys(map(int, words))), layer.strip())


def check_layer(layer: str, layers: Collection[str], field: str, owner: str = "the network") -> None:
    """Check that a layer is among ``layers``. Raises InputError with ``field`` as the source."""
    if layer not in layers:
        raise InputError(field, f"{owner} has no layer {layer!r}", "one of " + ", ".join(layers))


def check_unit(layer: str, unit: int, count: int, field: str) -> None:
    """Check that a layer of ``count`` units has a unit. Raises InputError with ``field`` as the source."""
    if not 0 <= unit < count:
        raise InputError(field, f"{layer} has no unit {unit}", f"0 to {count - 1}")
