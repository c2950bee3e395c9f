"""Reads the wire format of protocol buffers, of which TensorFlow's files are made; NumPy is all it needs.

https://protobuf.dev/programming-guides/encoding. Files are of strangers: whatever is cut short or
makes no sense raises Malformed, and nothing is copied that the file does not hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
MAX_RANK = 8
FEW = 1 << 20
"""Repeated values that are always believed."""


class Malformed(ValueError):  # noqa: N818 - a file's fault, turned into an InputError by whoever knows its name
    """The bytes are not what they should be; the message says where."""


class WireField(NamedTuple):
    """One field of a message."""

    number: int
    wire: int
    value: int
    """The value of a VARINT."""
    data: memoryview
    """The content of a field of any other type."""


def varint(data: memoryview, start: int) -> tuple[int, int]:
    """An unsigned integer of up to 64 bits and where it ends."""
    value = 0
    for count in range(10):
        if start + count >= len(data):
            raise Malformed("it ends within a number")
        byte = data[start + count]
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, start + count + 1
    raise Malformed("a number has more than 64 bits")


def fields(data: memoryview) -> Iterator[WireField]:
    """The fields of a message, in order."""
    nothing = data[:0]
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == VARINT:
            value, at = varint(data, at)
            yield WireField(number, wire, value, nothing)
            continue
        if wire == BYTES:
            size, at = varint(data, at)
        elif wire in (FIXED32, FIXED64):
            size = 4 if wire == FIXED32 else 8
        else:
            raise Malformed(f"a field is of the unknown kind {wire}")
        if size > len(data) - at:
            raise Malformed("a field reaches beyond the end")
        yield WireField(number, wire, 0, data[at : at + size])
        at += size


def text(data: memoryview) -> str:
    """A string."""
    try:
        return bytes(data).decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("a name is no text") from None


def numbers(data: memoryview) -> list[int]:
    """A packed list of varints."""
    found, at = [], 0
    while at < len(data):
        value, at = varint(data, at)
        found.append(value)
    return found


def shape(data: memoryview) -> tuple[int, ...]:
    """A TensorShapeProto: its sizes."""
    sizes = []
    for dim in fields(data):
        if dim.number == 2:
            sizes.append(next((f.value for f in fields(dim.data) if f.number == 1), 0))
        elif dim.number == 3 and dim.value:
            raise Malformed("a tensor has no shape")
    if len(sizes) > MAX_RANK or any(size >= 1 << 32 for size in sizes):
        raise Malformed("a tensor's shape makes no sense")
    return tuple(sizes)


FLOATS: dict[int, np.dtype[np.generic]] = {1: np.dtype("<f4"), 2: np.dtype("<f8"), 19: np.dtype("<f2")}
"""TensorFlow's DataType: float, double and half."""
VALUES = {1: 5, 2: 6}
"""The field of a TensorProto in which single values of a type stand."""


def tensor(data: memoryview) -> NDArray[np.float32] | None:
    """A TensorProto of real numbers as float32; None for one of another type.

    The values stand in tensor_content, or one by one; fewer than the shape asks for repeat the last.
    """
    sizes: tuple[int, ...] = ()
    kind, content, values = 0, data[:0], bytearray()
    for field in fields(data):
        if field.number == 1:
            kind = field.value
        elif field.number == 2:
            sizes = shape(field.data)
        elif field.number == 4:
            content = field.data
        elif field.number == VALUES.get(kind):
            values += field.data
        elif field.number == 13:
            halves = numbers(field.data) if field.wire == BYTES else [field.value]
            values += np.array(halves, np.uint16).tobytes()
    if kind not in FLOATS:
        return None
    return reals(content if len(content) else memoryview(values), kind, sizes, len(data))


def reals(content: memoryview, kind: int, sizes: tuple[int, ...], most: int) -> NDArray[np.float32]:
    """Raw values as an array; fewer than the shape asks for repeat the last, up to ``most`` of them."""
    wanted, width = prod(sizes), FLOATS[kind].itemsize
    if len(content) % width or len(content) > wanted * width or (wanted and not len(content)):
        raise Malformed(f"a tensor of {'×'.join(map(str, sizes)) or 'one value'} has {len(content)} bytes")
    if wanted > max(most, FEW):
        raise Malformed("a tensor claims more values than the file has bytes")
    found = np.frombuffer(content, FLOATS[kind])
    if len(found) < wanted:
        found = np.concatenate((found, np.full(wanted - len(found), found[-1])))
    return found.astype(np.float32).reshape(sizes)
