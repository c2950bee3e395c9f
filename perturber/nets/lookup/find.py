"""Layers, units and classes of a network by name, with one message for those that it does not have."""

from __future__ import annotations

import re
from typing import Protocol

from perturber.core.errors import InputError
from perturber.core.session.unit_ref import UnitRef, check_layer, check_unit
from perturber.nets.lookup.labels import Labels

EXAMPLES = 3
"""Number of classes that an error names as examples."""
NUMBER = re.compile(r"(?:class\s*)?#?(\d{1,9})", re.ASCII | re.IGNORECASE)


class HasLayers(Protocol):
    """A network, opened or not."""

    name: str
    taps: tuple[str, ...]
    channels: dict[str, int]


class HasClasses(Protocol):
    """A network whose outputs are labeled."""

    name: str
    labels: Labels


def find_layer(network: HasLayers, layer: str, field: str = "layer") -> str:
    """Return the layer if the network has it. Otherwise raises InputError with ``field`` as the source."""
    check_layer(layer, network.taps, field, network.name)
    return layer


def find_unit(network: HasLayers, layer: str, unit: int, fields: tuple[str, str] = ("layer", "unit")) -> UnitRef:
    """Return the unit if the network has it. Otherwise raises InputError with the layer's or unit's field as source."""
    find_layer(network, layer, fields[0])
    check_unit(layer, unit, network.channels[layer], fields[1])
    return UnitRef(layer, unit)


def find_class(network: HasClasses, wanted: str, field: str) -> int:
    """Return the number of the output of a class.

    ``wanted`` is its WordNet id, its name in any case, or its number, alone or as "class 3". A class whose name is a
    number takes precedence over the class with that number. Raises InputError with ``field`` as the source for a
    class that the network does not have, and for a name that several classes share.
    """
    labels, text = network.labels, wanted.strip()
    index = labels.index(text)
    if index is not None:
        return index
    same = [number for number, name in enumerate(labels.names) if name.lower() == text.lower()]
    if len(same) > 1:
        problem = f"{len(same)} classes of {network.name} are called {wanted!r}"
        raise InputError(field, problem, "one of the numbers " + ", ".join(map(str, same[:EXAMPLES])))
    if same:
        return same[0]
    number = NUMBER.fullmatch(text)
    if number is not None and int(number[1]) < len(labels):
        return int(number[1])
    raise InputError(field, f"{network.name} has no class {wanted!r}", _known(labels))


def _known(labels: Labels) -> str:
    """Describe what names a class, with examples."""
    numbers = f"a number from 0 to {len(labels) - 1}"
    pairs = zip(labels.wnids, labels.names, strict=True)
    examples = [f"{wnid} {name}" for wnid, name in pairs if wnid][:EXAMPLES]
    if examples:
        return f"the WordNet id or name of one of its classes, such as {', '.join(examples)}, or {numbers}"
    if any(name != f"class {number}" for number, name in enumerate(labels.names)):
        return f"the name of one of its classes, such as {', '.join(labels.names[:EXAMPLES])}, or {numbers}"
    return f"{numbers}, because its classes have no names (a file of labels gives them some)"
