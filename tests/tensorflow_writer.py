"""Writes what TensorFlow writes, as far as the tests need it: protocol buffers, frozen graphs, SavedModels."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import torch

Array = np.ndarray
Form = Literal["content", "values", "half"]


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def field(number: int, value: int | bytes | str | float) -> bytes:
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def shape(sizes: Iterable[int]) -> bytes:
    return b"".join(field(2, field(1, size)) for size in sizes)


def tensor(values: Array, form: Form = "content") -> bytes:
    head = field(1, 19 if form == "half" else 1) + field(2, shape(values.shape))
    if form == "content":
        return head + field(4, values.astype("<f4").tobytes())
    if form == "half":
        return head + field(13, b"".join(varint(int(v)) for v in values.astype(np.float16).ravel().view(np.uint16)))
    return head + field(5, values.astype("<f4").tobytes())


def attribute(name: str, value: bytes) -> bytes:
    return field(5, field(1, name) + field(2, value))


def node(name: str, op: str, inputs: Iterable[str] = (), attributes: bytes = b"") -> bytes:
    return field(1, field(1, name) + field(2, op) + b"".join(field(3, i) for i in inputs) + attributes)


def constant(name: str, values: Array, form: Form = "content") -> bytes:
    return node(name, "Const", (), attribute("dtype", field(6, 1)) + attribute("value", field(8, tensor(values, form))))


def published(weights: Mapping[str, torch.Tensor]) -> dict[str, Array]:
    """Kernels and biases by the names of the published graph: mixed3a_3x3_w, h×w×I×O, and mixed3a_3x3_b."""
    found = {}
    for key, value in weights.items():
        layer, _, kind = key.rpartition(".")
        values = value.numpy()
        if values.ndim > 1:
            values = values.transpose(2, 3, 1, 0) if values.ndim == 4 else values.T
        found[f"{layer.replace('.', '_')}_{kind[0]}"] = np.ascontiguousarray(values)
    return found


def frozen_graph(
    weights: Mapping[str, torch.Tensor],
    form: Form = "content",
    prefix: str = "",
    read: bool = False,
    alpha: float = 1e-4,
) -> bytes:
    """The weights as in tensorflow_inception_graph.pb; ``read`` puts an Identity behind each constant."""
    arrays = published(weights)
    lrn = attribute("depth_radius", field(3, 5)) + attribute("bias", field(4, 2.0))
    lrn += attribute("alpha", field(4, alpha)) + attribute("beta", field(4, 0.5))
    out = [node(prefix + "input", "Placeholder"), node("localresponsenorm0", "LRN", ["input"], lrn)]
    for name, values in arrays.items():
        out.append(constant(prefix + name, values, form))
        if read:
            out.append(node(f"{prefix}{name}/read", "Identity", [prefix + name]))
    ending = "/read" if read else ""
    for name in arrays:
        layer = name[:-2]
        if name.endswith("_w"):
            dense = layer == "softmax2"
            whole = f"{prefix}{layer}_pre_{'activation' if dense else 'relu'}"
            inner = f"{whole}/{'matmul' if dense else 'conv'}"
            out.append(node(inner, "MatMul" if dense else "Conv2D", [prefix + "input", f"{prefix}{name}{ending}"]))
            out.append(node(whole, "BiasAdd", [inner, f"{prefix}{layer}_b{ending}"]))
    out.append(constant(prefix + "nn0_w", np.ones((4, 4), np.float32)))
    out.append(node(prefix + "nn0_pre_relu/matmul", "MatMul", [prefix + "input", prefix + "nn0_w"]))
    out.append(field(4, field(1, 21)))
    return b"".join(out)


def block(entries: Iterable[tuple[bytes, bytes]], compression: int = 0) -> bytes:
    """A block of a sorted string table: prefixes shared with the key before, restart points, kind and checksum."""
    out, before, starts = bytearray(), b"", []
    for count, (key, value) in enumerate(entries):
        shared = 0
        if count % 16:
            while shared < min(len(before), len(key)) and before[shared] == key[shared]:
                shared += 1
        else:
            starts.append(len(out))
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        before = key
    for start in starts or [0]:
        out += struct.pack("<I", start)
    return bytes(out) + struct.pack("<I", len(starts or [0])) + bytes([compression]) + b"\0\0\0\0"


def table(entries: Mapping[str, bytes], compression: int = 0) -> bytes:
    ordered = sorted((key.encode(), value) for key, value in entries.items())
    out, handles = bytearray(), []
    for first in range(0, len(ordered), 40):
        part = ordered[first : first + 40]
        made = block(part, compression)
        handles.append((part[-1][0], varint(len(out)) + varint(len(made) - 5)))
        out += made
    places = []
    for made in (block([]), block(handles)):
        places.append(varint(len(out)) + varint(len(made) - 5))
        out += made
    return bytes(out) + b"".join(places).ljust(40, b"\0") + bytes.fromhex("57fb808b247547db")


def saved_model(
    folder: Path, variables: Mapping[str, Array], names: Mapping[str, str] | None = None, **options: int
) -> None:
    """A SavedModel with variables by key; ``names`` are their names by key in the object graph."""
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(field(1, 1))
    entries, data = {"": field(1, 1) + field(3, field(1, 1))}, bytearray()

    def store(key: str, kind: int, sizes: tuple[int, ...], content: bytes) -> None:
        entries[key] = field(1, kind) + field(2, shape(sizes)) + field(4, len(data)) + field(5, len(content))
        data.extend(content)

    for key, values in variables.items():
        store(key, 1, values.shape, values.astype("<f4").tobytes())
    if names is not None:
        told = (field(2, field(1, "VARIABLE_VALUE") + field(2, name) + field(3, key)) for key, name in names.items())
        graph = b"".join(field(1, attribute) for attribute in told)
        store("_CHECKPOINTABLE_OBJECT_GRAPH", 7, (), varint(len(graph)) + b"\0\0\0\0" + graph)
    (folder / "variables" / "variables.index").write_bytes(table(entries, **options))
    (folder / "variables" / "variables.data-00000-of-00001").write_bytes(bytes(data))
