"""Inception V1 out of TensorFlow's frozen graphs (.pb), without TensorFlow.

A convolution is known by its node's name, as in the published graph (mixed3a_3x3_pre_relu/conv), or
by the name of its kernel (mixed3a_3x3_w); kernel and bias are found by following the graph. The
auxiliary heads are left out. tensorflow/core/framework/graph.proto, node_def.proto, tensor.proto.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perturber.core.errors import InputError
from perturber.core.storage.reading import read_regular
from perturber.nets.weights.protobuf import FIXED32, VARINT, Malformed, fields, tensor, text

Array = NDArray[np.float32]
Arrays = dict[str, Array]
MAX_BYTES = 1 << 30
MAX_NODES = 100_000
MAX_HOPS = 16
"""Nodes followed from an operation to its constant."""
EXPECTED = "a frozen graph of Inception V1, such as tensorflow_inception_graph.pb"
LAYER = re.compile(
    r"(?:^|[/.])(?:(conv2d[0-2]|softmax2)|(mixed[3-5][a-e])[_/]((?:3x3|5x5)_bottleneck|1x1|3x3|5x5|pool_reduce))"
    r"(?![a-z0-9])"
)
PASSING = frozenset({"Identity", "ReadVariableOp", "Enter", "StopGradient", "Cast"})
"""Operations that hand on what they are given."""
LRN = {"depth_radius": 5.0, "bias": 2.0, "alpha": 1e-4, "beta": 0.5}
"""The only local response normalization this program computes; the operation's own defaults are 5, 1, 1, ½."""


@dataclass
class Node:
    """One operation of a graph."""

    name: str = ""
    op: str = ""
    inputs: list[str] = field(default_factory=list)
    tensor: memoryview | None = None
    numbers: dict[str, float] = field(default_factory=dict)


def layer_of(name: str) -> str | None:
    """The layer of Inception V1 that a name belongs to, such as mixed3a.3x3; None for any other."""
    found = LAYER.search(name)
    if found is None:
        return None
    return found[1] or f"{found[2]}.{found[3]}"


def read_graph(file: Path) -> Arrays:
    """The state dict of Inception V1 from a frozen graph or a SavedModel's frozen saved_model.pb.

    Keys are ours, kernels O×I×h×w, float32. Raises InputError that names the file.
    """
    data = memoryview(read_regular(file, MAX_BYTES, EXPECTED))
    if bytes(data[:64]).lstrip()[:1] == b"<":
        raise InputError(str(file), "it holds a web page (the download may have failed), not a graph", EXPECTED)
    try:
        weights = inception(nodes(_graph(file, data)))
    except Malformed as error:
        raise InputError(str(file), f"it is damaged or cut short ({error})", EXPECTED) from None
    if not weights:
        raise InputError(str(file), "there are no layers of Inception V1 in it", EXPECTED)
    return weights


def _graph(file: Path, data: memoryview) -> memoryview:
    """The GraphDef; a SavedModel holds one in its first MetaGraphDef."""
    if file.name != "saved_model.pb":
        return data
    for outer in fields(data):
        if outer.number == 2 and len(outer.data):
            return next((inner.data for inner in fields(outer.data) if inner.number == 2), data[:0])
    raise Malformed("there is no graph in it")


def nodes(graph: memoryview) -> dict[str, Node]:
    """The nodes of a GraphDef by name. Raises Malformed."""
    found: dict[str, Node] = {}
    for part in fields(graph):
        if part.number != 1 or part.wire in (VARINT, FIXED32):
            continue
        node = _node(part.data)
        if node.name in found or len(found) >= MAX_NODES:
            raise Malformed(f"the node {node.name[:80]!r} is there twice" if node.name in found else "too many nodes")
        found[node.name] = node
    return found


def _node(data: memoryview) -> Node:
    node = Node()
    for part in fields(data):
        if part.number == 1:
            node.name = text(part.data)
        elif part.number == 2:
            node.op = text(part.data)
        elif part.number == 3:
            node.inputs.append(text(part.data).partition(":")[0])
        elif part.number == 5:
            _attribute(node, part.data)
    return node


def _attribute(node: Node, data: memoryview) -> None:
    pair = {part.number: part.data for part in fields(data)}
    key, value = text(pair.get(1, data[:0])), pair.get(2, data[:0])
    for part in fields(value):
        if part.number == 8 and key == "value":
            node.tensor = part.data
        elif part.number == 3 and part.wire == VARINT:
            node.numbers[key] = float(part.value)
        elif part.number == 4 and part.wire == FIXED32:
            node.numbers[key] = float(np.frombuffer(part.data, "<f4")[0])


def inception(graph: Mapping[str, Node]) -> Arrays:
    """The layers of Inception V1 in a graph, under our keys. Raises Malformed."""
    biases = {
        source: node
        for node in graph.values()
        if node.op in ("BiasAdd", "Add", "AddV2", "BiasAddV1")
        for source in node.inputs[:2]
    }
    weights: Arrays = {}
    for node in graph.values():
        if node.op in ("Conv2D", "MatMul") and len(node.inputs) >= 2:
            _layer(graph, node, biases.get(node.name), weights)
        elif node.op == "LRN":
            _check_lrn(node)
    return weights


def _layer(graph: Mapping[str, Node], node: Node, bias: Node | None, weights: Arrays) -> None:
    kernel = _constant(graph, node.inputs[1])
    name = layer_of(node.name) or layer_of(kernel.name if kernel else "")
    if name is None:
        return
    if f"{name}.weight" in weights:
        raise Malformed(f"the layer {name} is there twice")
    weights[f"{name}.weight"] = ours(name, _values(kernel, name))
    if bias is not None:
        other = next((source for source in bias.inputs[:2] if source != node.name), "")
        weights[f"{name}.bias"] = _values(_constant(graph, other), name)


def ours(name: str, kernel: Array) -> Array:
    """A kernel as TensorFlow stores it (h×w×I×O, or I×O of a dense layer) in PyTorch's order."""
    if kernel.ndim not in (2, 4):
        raise Malformed(f"the kernel of {name} has {kernel.ndim} dimensions")
    return np.ascontiguousarray(kernel.transpose(3, 2, 0, 1) if kernel.ndim == 4 else kernel.T)


def _constant(graph: Mapping[str, Node], name: str) -> Node | None:
    """The constant that an input stands for."""
    for _ in range(MAX_HOPS):
        node = graph.get(name)
        if node is None or node.op == "Const":
            return node
        if node.op not in PASSING or not node.inputs:
            return None
        name = node.inputs[0]
    return None


def _values(node: Node | None, layer: str) -> Array:
    found = tensor(node.tensor) if node is not None and node.tensor is not None else None
    if found is None:
        raise Malformed(f"{layer} has no constant numbers: the graph is not frozen")
    return found


def _check_lrn(node: Node) -> None:
    given = {"depth_radius": 5.0, "bias": 1.0, "alpha": 1.0, "beta": 0.5} | node.numbers
    if any(not np.isclose(given[key], value, rtol=1e-4) for key, value in LRN.items()):
        raise Malformed(f"{node.name} normalizes with other constants than Inception V1")
