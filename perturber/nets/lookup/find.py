"""Layers, units and classes of a network by name: the one place that refuses those it does not have."""

from __future__ import annotations

from typing import Protocol

from perturber.core.errors import InputError
from perturber.core.session.unit_ref import UnitRef, check_layer, check_unit
from perturber.nets.lookup.labels import Labels

EXAMPLES = 3
"""Classes that a refusal names."""


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
    """The layer, which the network has. Raises InputError with ``field`` as the source where it does not."""
    check_layer(layer, network.taps, field, network.name)
    return layer


def find_unit(network: HasLayers, layer: str, unit: int, fields: tuple[str, str] = ("layer", "unit")) -> UnitRef:
    """The unit, which the network has. Raises InputError with the layer's or the unit's field as the source."""
    find_layer(network, layer, fields[0])
    check_unit(layer, unit, network.channels[layer], fields[1])
    return UnitRef(layer, unit)


def find_class(network: HasClasses, wnid: str, field: str) -> int:
    """Number of the output of a class, by WordNet id. Raises InputError with ``field`` as the source."""
    index = network.labels.index(wnid)
    if index is None:
        labels = zip(network.labels.wnids, network.labels.names, strict=True)
        known = ", ".join([f"{known} {name}" for known, name in labels if known][:EXAMPLES])
        expected = f"the WordNet id of one of its classes, such as {known}" if known else "classes with WordNet ids"
        raise InputError(field, f"{network.name} has no class {wnid!r}", expected)
    return index


def find_named_class(network: HasClasses, named: str, field: str) -> int:
    """Number of the output of a class, by WordNet id or by name in any case. Raises InputError as `find_class`."""
    names = [name.lower() for name in network.labels.names]
    if network.labels.index(named) is None and named.lower() in names:
        return names.index(named.lower())
    return find_class(network, named, field)
