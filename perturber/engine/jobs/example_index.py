"""Build, pack and unpack an index of the pictures that activate each unit of a network most."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load, save

from perturber.core.errors import InputError
from perturber.engine.batch.picture_sets import PictureSet
from perturber.engine.frame.observer import to_tensor
from perturber.methods.units.best_patches import Best, Table
from perturber.nets.architectures.network import Network

COUNT = 25
"""Number of pictures kept for each unit."""
EDITION = 1
"""Format version, increased when older indices become invalid."""
NOTES = "notes"
SEPARATOR = "/"


@dataclass(frozen=True, eq=False)
class Index:
    """The best pictures of every unit of every layer."""

    tables: dict[str, Table]
    """By layer; pictures by their number in the set."""
    skipped: tuple[str, ...]
    """Files that could not be used: name and reason."""
    pictures: int
    """Number of pictures indexed."""

    def pack(self) -> bytes:
        """Return the index as bytes for the cache."""
        arrays = {NOTES: np.frombuffer(json.dumps([self.pictures, self.skipped]).encode(), np.uint8)}
        for tap, table in self.tables.items():
            named = (("values", table.values), ("pictures", table.pictures), ("places", table.places))
            arrays |= {f"{tap}{SEPARATOR}{name}": np.ascontiguousarray(array) for name, array in named}
        return bytes(save(arrays))


def unpack(data: bytes, network: Network, names: int) -> Index | None:
    """Return the index from the cache's bytes, or None if it does not fit the network and the number of pictures."""
    try:
        arrays = load(data)
        pictures, skipped = json.loads(arrays.pop(NOTES).tobytes())
        tables = {
            tap: Table(*(arrays.pop(f"{tap}{SEPARATOR}{name}") for name in ("values", "pictures", "places")))
            for tap in network.taps
        }
        fits = all(_fits(table, network.channels[tap], names) for tap, table in tables.items())
        return Index(tables, tuple(map(str, skipped)), int(pictures)) if fits and not arrays else None
    except (SafetensorError, KeyError, ValueError, TypeError):
        return None


def _fits(table: Table, channels: int, names: int) -> bool:
    shape = (channels, COUNT)
    return (
        table.values.shape == table.pictures.shape == shape
        and table.places.shape == (*shape, 2)
        and [a.dtype.name for a in (table.values, table.pictures, table.places)] == ["float32", "int32", "int32"]
        and bool((table.pictures < names).all())
    )


class Indexing:
    """An index being built, picture by picture."""

    def __init__(self, network: Network, pictures: PictureSet) -> None:
        self.done, self.total = 0, len(pictures.names)
        self._network, self._pictures = network, pictures
        self._best = Best(network.channels, COUNT, network.device)
        self._skipped = list(pictures.skipped)

    def step(self) -> None:
        """Index the next picture."""
        number = self.done
        self.done += 1
        try:
            pixels = self._pictures.pixels(number)
        except InputError as error:
            self._skipped.append(f"{self._pictures.names[number]}: {error.problem}")
            return
        with torch.inference_mode():
            taps = self._network.taps
            answer = self._network.run(to_tensor(pixels, self._network.device), upto=taps[-1], keep=taps)
            self._best.add((number,), answer.activations)

    def index(self) -> Index:
        """Return the index of the pictures so far."""
        used = self.total - len(self._skipped) + len(self._pictures.skipped)
        with torch.inference_mode():
            return Index(self._best.tables(), tuple(self._skipped), used)
