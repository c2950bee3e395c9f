"""Inception V1 out of TensorFlow's files: the same answers, and nothing believed of what is damaged."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow_writer as tf
import torch

from perturber.core.errors import InputError
from perturber.core.session.models import ArchitectureModel
from perturber.core.storage.files import FileRef
from perturber.nets.architectures.architecture import Weights, create
from perturber.nets.architectures.inception_v1 import InceptionV1
from perturber.nets.architectures.network import Network
from perturber.nets.open_model import fitted, open_model
from perturber.nets.weights.graphdef import layer_of
from perturber.nets.weights.tf_bundle import read_saved_model
from perturber.nets.weights.weights_file import WeightsFile, read_weights


@pytest.fixture(scope="module")
def narrow() -> InceptionV1:
    torch.manual_seed(5)
    made = create("inception_v1", 1008, width=0.0625, norm="lrn")
    assert isinstance(made, InceptionV1)
    return made.eval()


@pytest.fixture(scope="module")
def weights(narrow: InceptionV1) -> Weights:
    return {key: value.detach() for key, value in narrow.state_dict().items()}


def logits(network: torch.nn.Module) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = network(torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1)))
    return found


@pytest.mark.parametrize(
    "options", [{}, {"form": "values"}, {"prefix": "import/"}, {"read": True, "prefix": "tower0/"}], ids=str
)
def test_a_frozen_graph_gives_the_very_same_logits(
    tmp_path: Path, narrow: InceptionV1, weights: Weights, options: dict[str, object]
):
    file = tmp_path / "graph.pb"
    file.write_bytes(tf.frozen_graph(weights, **options))
    read = read_weights(file)
    assert read.keys() == weights.keys()
    assert torch.equal(logits(fitted("inception_v1", WeightsFile.of(read, file)).eval()), logits(narrow))


def test_a_graph_is_a_weights_file_like_any_other(tmp_path: Path, narrow: InceptionV1, weights: Weights):
    file = tmp_path / "graph.pb"
    file.write_bytes(tf.frozen_graph(weights))
    ref = ArchitectureModel(name="inception_v1", weights=FileRef.of(file))
    network = open_model(ref, torch.device("cpu"))
    assert network.labels.names[1] == "kit fox"
    pixels = torch.rand(1, 3, 64, 64)
    wanted = Network("narrow", fitted("inception_v1", WeightsFile.of(weights, file)), network.labels).run(pixels).logits
    assert wanted is not None
    assert torch.equal(network.run(pixels).logits, wanted)  # type: ignore[arg-type]


def test_half_precision_and_repeated_values_are_read(tmp_path: Path, weights: Weights):
    file = tmp_path / "graph.pb"
    rounded = {key: value.half().float() for key, value in weights.items()}
    file.write_bytes(tf.frozen_graph(weights, form="half"))
    assert all(torch.equal(value, rounded[key]) for key, value in read_weights(file).items())
    same = tf.field(1, 1) + tf.field(2, tf.shape((3,))) + tf.field(5, np.float32([0.5]).tobytes())
    value = tf.node("conv2d0_b", "Const", (), tf.attribute("value", tf.field(8, same)))
    kernel = tf.constant("conv2d0_w", np.ones((1, 1, 3, 3), np.float32))
    graph = tf.node("conv2d0_pre_relu/conv", "Conv2D", ["input", "conv2d0_w"])
    file.write_bytes(kernel + value + graph + tf.node("sum", "Add", ["conv2d0_pre_relu/conv", "conv2d0_b"]))
    assert read_weights(file)["conv2d0.bias"].tolist() == [0.5, 0.5, 0.5]


def test_names_of_other_exporters_lead_to_the_same_layers():
    names = ("conv2d0_w", "import/mixed3a_3x3_bottleneck_pre_relu/conv", "mixed4b/pool_reduce/W", "softmax2/kernel")
    assert [layer_of(n) for n in names] == ["conv2d0", "mixed3a.3x3_bottleneck", "mixed4b.pool_reduce", "softmax2"]
    assert [layer_of(n) for n in ("conv2d0x", "mixed3a_pool", "nn0_w", "head0_bottleneck", "conv2d_3")] == [None] * 5


def big(sizes: tuple[int, ...]) -> bytes:
    claim = tf.field(1, 1) + tf.field(2, tf.shape(sizes)) + tf.field(5, np.float32([1]).tobytes())
    kernel = tf.node("conv2d0_w", "Const", (), tf.attribute("value", tf.field(8, claim)))
    return kernel + tf.node("conv2d0_pre_relu/conv", "Conv2D", ["input", "conv2d0_w"])


LOOP = tf.node("a", "Identity", ["b"]) + tf.node("b", "Identity", ["a"])
HOSTILE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut short": (lambda graph: graph[: len(graph) // 2], "damaged or cut short"),
    "endless number": (lambda _: b"\xff" * 40, "more than 64 bits"),
    "field beyond the end": (lambda _: b"\x0a\xff\xff\xff\xff\x0f", "beyond the end"),
    "group": (lambda _: b"\x0b\x0c", "unknown kind 3"),
    "huge tensor": (lambda _: big((1 << 16, 1 << 16, 1 << 16, 1 << 16)), "more values than the file has bytes"),
    "huge size": (lambda _: big((1 << 40, 1, 1, 1)), "shape makes no sense"),
    "many dimensions": (lambda _: big((1,) * 20), "shape makes no sense"),
    "not frozen": (lambda _: tf.node("conv2d0_pre_relu/conv", "Conv2D", ["input", "conv2d0_w"]), "not frozen"),
    "a ring": (lambda _: LOOP + tf.node("conv2d0_pre_relu/conv", "Conv2D", ["input", "a"]), "not frozen"),
    "a node twice": (lambda graph: graph + tf.node("input", "Placeholder"), "there twice"),
    "a page": (lambda _: b"<!DOCTYPE html><title>x</title>", "a web page"),
    "another network": (lambda _: tf.node("x", "Relu", ["y"]), "no layers of Inception V1"),
    "nothing": (lambda _: b"", "empty"),
    "no number": (lambda _: b"\x00" * 8, "no layers"),
}


@pytest.mark.parametrize(("spoil", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_damaged_or_hostile_is_refused_with_a_reason(
    tmp_path: Path, weights: Weights, spoil: Callable[[bytes], bytes], reason: str
):
    file = tmp_path / "bad.pb"
    file.write_bytes(spoil(tf.frozen_graph(weights)))
    with pytest.raises(InputError, match=reason) as caught:
        read_weights(file)
    assert caught.value.source == str(file)


def test_no_damage_ends_in_anything_but_an_answer_or_a_reason(tmp_path: Path, weights: Weights):
    graph, chance, file = tf.frozen_graph(weights), random.Random(8), tmp_path / "graph.pb"
    refused = 0
    for _ in range(150):
        spoiled = bytearray(graph)
        for _ in range(chance.randint(1, 40)):
            spoiled[chance.randrange(len(spoiled))] = chance.randrange(256)
        del spoiled[chance.randint(len(spoiled) // 2, 2 * len(spoiled)) :]
        file.write_bytes(spoiled)
        try:
            read_weights(file)
        except InputError:
            refused += 1
    assert refused > 20


def test_another_normalization_is_refused(tmp_path: Path, weights: Weights):
    file = tmp_path / "graph.pb"
    file.write_bytes(tf.frozen_graph(weights, alpha=1e-3))
    with pytest.raises(InputError, match="localresponsenorm0 normalizes with other constants"):
        read_weights(file)


KERAS = "layer_with_weights-{}/{}/.ATTRIBUTES/VARIABLE_VALUE"


def keras(weights: Weights) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Variables under paths of objects, beside an optimizer's, and their names."""
    arrays, names = {}, {}
    for number, (name, values) in enumerate(tf.published(weights).items()):
        key = KERAS.format(number, "kernel" if values.ndim > 1 else "bias")
        arrays[key], names[key] = values, f"{name[:-2]}_pre_relu/{'kernel' if values.ndim > 1 else 'bias'}"
        slot = f"layer_with_weights-{number}/kernel/.OPTIMIZER_SLOT/optimizer/m/.ATTRIBUTES/VARIABLE_VALUE"
        arrays[slot], names[slot] = values, f"Adam/{name[:-2]}_pre_relu/kernel/m"
    return arrays, names


def test_variables_of_a_saved_model_give_the_very_same_logits(tmp_path: Path, narrow: InceptionV1, weights: Weights):
    plain = {f"{name[:-2]}/{'W' if v.ndim > 1 else 'b'}": v for name, v in tf.published(weights).items()}
    tf.saved_model(tmp_path / "plain", plain | {"conv2d0/W/Momentum": plain["conv2d0/W"], "global_step": np.ones(1)})
    arrays, names = keras(weights)
    tf.saved_model(tmp_path / "keras", arrays, names)
    frozen = tmp_path / "frozen"
    frozen.mkdir()
    graph = tf.field(2, tf.field(2, tf.frozen_graph(weights)))
    (frozen / "saved_model.pb").write_bytes(tf.field(1, 1) + graph)
    for folder in (tmp_path / "plain", tmp_path / "keras", frozen):
        read = {key: torch.from_numpy(value) for key, value in read_saved_model(folder).items()}
        assert torch.equal(logits(fitted("inception_v1", WeightsFile.of(read, folder)).eval()), logits(narrow))


def test_saved_models_that_cannot_be_read_say_why(tmp_path: Path, weights: Weights):
    arrays, _ = keras(weights)
    tf.saved_model(tmp_path / "nameless", arrays)
    with pytest.raises(InputError, match=r"none of its variables is named after a layer \(layer_with_weights-0"):
        read_saved_model(tmp_path / "nameless")
    plain = tf.published(weights)
    tf.saved_model(tmp_path / "packed", plain, compression=1)
    with pytest.raises(InputError, match="compressed"):
        read_saved_model(tmp_path / "packed")
    tf.saved_model(tmp_path / "twice", plain | {"ema/conv2d0_w": plain["conv2d0_w"]})
    with pytest.raises(InputError, match=r"two variables are the weight of conv2d0"):
        read_saved_model(tmp_path / "twice")
    tf.saved_model(tmp_path / "short", plain)
    data = tmp_path / "short" / "variables" / "variables.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:-10])
    with pytest.raises(InputError, match="too few"):
        read_saved_model(tmp_path / "short")
    index = tmp_path / "short" / "variables" / "variables.index"
    whole, chance = index.read_bytes(), random.Random(2)
    for _ in range(200):
        spoiled = bytearray(whole)
        for _ in range(3):
            spoiled[chance.randrange(len(spoiled))] = chance.randrange(256)
        index.write_bytes(spoiled)
        with pytest.raises(InputError):
            read_saved_model(tmp_path / "short")
