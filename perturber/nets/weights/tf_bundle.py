"""TensorFlow SavedModels without TensorFlow: the variables beside saved_model.pb.

``variables.index`` is a sorted string table as of LevelDB (doc/table_format.md there): blocks of keys
with shared prefixes; each value is a BundleEntryProto that says where in ``variables.data-*`` the
numbers lie (tensorflow/core/protobuf/tensor_bundle.proto). Keras stores variables under paths of
objects; their names stand in the object graph (trackable_object_graph.proto).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import NamedTuple

from perturber.core.errors import InputError
from perturber.core.storage.reading import open_regular, read_regular
from perturber.nets.weights.graphdef import Arrays, layer_of, ours, read_graph
from perturber.nets.weights.protobuf import FLOATS, Malformed, fields, reals, shape, text, varint

GRAPH, INDEX = "saved_model.pb", Path("variables", "variables.index")
MAGIC = (0xDB4775248B80FB57).to_bytes(8, "little")
FOOTER, TRAILER = 48, 5
MAX_INDEX = 64 << 20
STRING = 7
OBJECTS = "_CHECKPOINTABLE_OBJECT_GRAPH"
OPTIMIZERS = re.compile(r"OPTIMIZER_SLOT|optimizer|ExponentialMovingAverage|(?:^|/)(?:Adam|RMSProp|Momentum|AccumGrad)")
"""Variables of the training, not of the network."""
EXPECTED = "a SavedModel of Inception V1: saved_model.pb beside variables/"


class Stored(NamedTuple):
    """Where a variable lies: a BundleEntryProto."""

    kind: int
    sizes: tuple[int, ...]
    shard: int
    offset: int
    size: int


def saved_models(folder: Path) -> list[Path]:
    """The SavedModels in a folder, itself included, at any depth; sorted."""
    return sorted(file.parent for file in folder.rglob(GRAPH) if file.is_file())


def read_saved_model(folder: Path) -> Arrays:
    """The state dict of Inception V1 in a SavedModel, under our keys.

    Without variables the graph itself is read, which is then frozen. Raises InputError that names the file.
    """
    index = folder / INDEX
    if not index.is_file():
        return read_graph(folder / GRAPH)
    try:
        entries = dict(_table(memoryview(_bytes(index, MAX_INDEX))))
        shards = _header(entries.pop("", memoryview(b"")))
        stored = {key: _entry(value) for key, value in entries.items()}
        return _weights(index, stored, shards)
    except Malformed as error:
        raise InputError(str(index), f"it is damaged or of another kind ({error})", EXPECTED) from None


def _bytes(file: Path, most: int, offset: int = 0, size: int = -1) -> bytes:
    if size < 0:
        return read_regular(file, most, EXPECTED)
    try:
        with open_regular(file, EXPECTED) as stream:
            stream.seek(offset)
            return stream.read(size)
    except OSError as error:
        raise InputError(str(file), error.strerror or str(error), EXPECTED) from error


def _table(data: memoryview) -> Iterator[tuple[str, memoryview]]:
    """Keys and values of a sorted string table."""
    if len(data) < FOOTER or bytes(data[-8:]) != MAGIC:
        raise Malformed("the mark of a table is missing at its end")
    footer = data[-FOOTER:]
    at = 0
    for _ in range(2):  # where the block of metadata lies, which is empty
        _, at = varint(footer, at)
    offset, at = varint(footer, at)
    size, _ = varint(footer, at)
    for _, handle in _block(data, offset, size):
        start, behind = varint(handle, 0)
        length, _ = varint(handle, behind)
        for key, value in _block(data, start, length):
            yield key.decode("utf-8", "replace"), value


def _block(data: memoryview, start: int, size: int) -> Iterator[tuple[bytes, memoryview]]:
    if start + size + TRAILER > len(data) or size < 4:
        raise Malformed("a block reaches beyond the end")
    if data[start + size] != 0:
        raise Malformed("its blocks are compressed, which this program does not read")
    block = data[start : start + size]
    end = size - 4 - 4 * int.from_bytes(block[-4:], "little")
    at, key = 0, b""
    while at < end:
        shared, at = varint(block, at)
        own, at = varint(block, at)
        length, at = varint(block, at)
        if shared > len(key) or at + own + length > end:
            raise Malformed("a key reaches beyond its block")
        key = key[:shared] + bytes(block[at : at + own])
        yield key, block[at + own : at + own + length]
        at += own + length


def _header(data: memoryview) -> int:
    """How many data files there are."""
    found = {field.number: field.value for field in fields(data)}
    if found.get(2):
        raise Malformed("its numbers are big-endian")
    return found.get(1, 1)


def _entry(data: memoryview) -> Stored:
    sizes: tuple[int, ...] = ()
    numbers = dict.fromkeys((1, 3, 4, 5), 0)
    for field in fields(data):
        if field.number == 2:
            sizes = shape(field.data)
        elif field.number == 7:
            raise Malformed("a variable is stored in slices")
        elif field.number in numbers:
            numbers[field.number] = field.value
    return Stored(numbers[1], sizes, numbers[3], numbers[4], numbers[5])


def _content(index: Path, stored: Stored, shards: int) -> memoryview:
    file = index.with_name(f"variables.data-{stored.shard:05d}-of-{shards:05d}")
    have = file.stat().st_size if file.is_file() else 0
    if stored.offset + stored.size > have:
        raise InputError(str(file), f"it has {have} bytes, too few", "the data file that belongs to variables.index")
    return memoryview(_bytes(file, 0, stored.offset, stored.size))


def _full_names(index: Path, stored: dict[str, Stored], shards: int) -> dict[str, str]:
    """The variables' names by key, where the keys are paths of objects."""
    objects = stored.get(OBJECTS)
    if objects is None or objects.kind != STRING:
        return {}
    if objects.size > MAX_INDEX:
        raise Malformed("the object graph is too large")
    content = _content(index, objects, shards)
    size, at = varint(content, 0)
    names: dict[str, str] = {}
    # One string: its length, a checksum of the length, its bytes. In it: nodes, their attributes.
    for node in fields(content[at + 4 : at + 4 + size]):
        for attribute in fields(node.data) if node.number == 1 else ():
            if attribute.number == 2:
                told = {part.number: part.data for part in fields(attribute.data)}
                names[text(told.get(3, content[:0]))] = text(told.get(2, content[:0]))
    return names


def _weights(index: Path, stored: dict[str, Stored], shards: int) -> Arrays:
    names = _full_names(index, stored, shards)
    found: Arrays = {}
    for key, entry in stored.items():
        name = names.get(key) or key
        layer = layer_of(name)
        if layer is None or entry.kind not in FLOATS or OPTIMIZERS.search(key) or OPTIMIZERS.search(name):
            continue
        if len(entry.sizes) not in (1, 2, 4) or entry.size != prod(entry.sizes) * FLOATS[entry.kind].itemsize:
            raise Malformed(f"{key} has {entry.size} bytes for {entry.sizes}")
        values = reals(_content(index, entry, shards), entry.kind, entry.sizes, entry.size)
        ending = "bias" if values.ndim == 1 else "weight"
        if f"{layer}.{ending}" in found:
            raise InputError(str(index), f"two variables are the {ending} of {layer}, one is {name}", EXPECTED)
        found[f"{layer}.{ending}"] = values if values.ndim == 1 else ours(layer, values)
    if not found:
        shown = ", ".join(names.get(key) or key for key in list(stored)[:5])
        raise InputError(str(index), f"none of its variables is named after a layer ({shown}, …)", EXPECTED)
    return found
