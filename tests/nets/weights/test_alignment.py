"""An architecture's tensors are found under any prefix and beside anything, or what does not fit is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from perturber.core.errors import InputError
from perturber.core.session.models import ArchitectureModel, Preprocessing
from perturber.core.storage.files import FileRef
from perturber.nets import open_model as models
from perturber.nets.architectures.architecture import Normalization, Weights, create
from perturber.nets.architectures.network import Network
from perturber.nets.families.fingerprint import fingerprint
from perturber.nets.open_model import open_model

MEAN, STD = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
PIXELS = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    """No network outlives its test."""
    yield
    models._open.cache_clear()


@pytest.fixture(scope="module")
def state() -> Weights:
    torch.manual_seed(0)
    return dict(create("squeezenet1_1", 7).bare().state_dict())


@pytest.fixture(scope="module")
def logits(state: Weights, tmp_path_factory: pytest.TempPathFactory) -> Tensor:
    """Of the state dict alone."""
    return opened(tmp_path_factory.mktemp("bare"), state).logits(PIXELS)


def opened(
    folder: Path,
    saved: Any,
    name: str = "squeezenet1_1",
    preprocessing: Preprocessing | None = None,
    key: str = "",
) -> Network:
    torch.save(saved, folder / "given.pth")
    weights = FileRef.of(folder / "given.pth")
    ref = ArchitectureModel(name=name, weights=weights, weights_key=key, preprocessing=preprocessing)
    return open_model(ref, torch.device("cpu"))


def under(prefix: str, state: Weights, **beside: Any) -> dict[str, Any]:
    return {**{prefix + key: value for key, value in state.items()}, **beside}


def half(state: Weights) -> Weights:
    return {key: value * 0.5 for key, value in state.items()}


@pytest.mark.parametrize(
    "prefix",
    ["", "module.", "net.", "backbone.", "1.", "model.0.", "_orig_mod.", "module._orig_mod.", "encoder_q.", "a.b.c.d."],
)
@pytest.mark.parametrize(
    "place", [(), ("state_dict",), ("model_state_dict",), ("net",), ("params",), ("x", "student")], ids=".".join
)
def test_any_prefix_at_any_place(tmp_path: Path, state: Weights, logits: Tensor, prefix: str, place: tuple[str, ...]):
    saved: Any = under(prefix, state)
    for name in reversed(place):
        saved = {"epoch": 3, name: saved, "optimizer": {"state": {0: {"exp_avg": torch.ones(3)}}}}
    network = opened(tmp_path, saved)
    assert torch.equal(network.logits(PIXELS), logits)
    assert network.notices == ()


@pytest.mark.parametrize(
    ("prefix", "beside"),
    [
        ("1.", {"0.mean": MEAN, "0.std": STD}),
        ("model.", {"mu": MEAN.view(1, 3, 1, 1), "sigma": STD.view(1, 3, 1, 1)}),
        ("model.", {"criterion.weight": torch.ones(7)}),
        ("", {"criterion.weight": torch.ones(7), "loss_fn.pos_weight": torch.ones(7)}),
        ("module.", {"n_averaged": torch.tensor(5)}),
        ("backbone.", {"normalize.mean": MEAN, "normalize.std": STD, "train_acc.total": torch.tensor(0.5)}),
        ("model.", {"pixel_mean": 255 * MEAN, "pixel_std": 255 * STD}),
        ("module.model.", {"module.normalizer.new_mean": MEAN, "module.normalizer.new_std": STD}),
    ],
    ids=lambda part: str(list(part)) if isinstance(part, dict) else part,
)
def test_usual_siblings_are_ignored_without_a_word(
    tmp_path: Path, state: Weights, logits: Tensor, prefix: str, beside: dict[str, Tensor]
):
    network = opened(tmp_path, under(prefix, state, **beside))
    assert torch.equal(network.logits(PIXELS), logits)
    assert network.notices == ()


def test_other_siblings_are_ignored_with_a_notice(tmp_path: Path, state: Weights, logits: Tensor):
    network = opened(tmp_path, under("backbone.", state, **{"head.weight": torch.ones(2), "head.bias": torch.ones(2)}))
    assert torch.equal(network.logits(PIXELS), logits)
    assert network.notices == ("given.pth: 2 tensors beside the network ignored (head.weight, head.bias).",)


@pytest.mark.parametrize(
    ("one", "two"), [("model", "model_ema"), ("state_dict", "state_dict_ema"), ("student", "teacher"), ("net", "ema")]
)
@pytest.mark.parametrize("swapped", [False, True])
def test_a_network_precedes_its_average_and_its_teacher(
    tmp_path: Path, state: Weights, logits: Tensor, one: str, two: str, swapped: bool
):
    saved = {one: state, two: under("module.", half(state))}
    network = opened(tmp_path, dict(reversed(saved.items())) if swapped else saved)
    assert torch.equal(network.logits(PIXELS), logits)
    told = f"given.pth holds several networks. {one!r} is used, not '{two}.module'."
    way = f"Choose another with --weights-key {two}.module, or in the window under Weights Key."
    assert network.notices == (f"{told} {way}",)


@pytest.mark.parametrize(
    ("key", "factor"),
    [
        ("model", 1),
        ("model_ema", 2),
        ("model_ema.module", 2),
        ("state_dict.ema_net", 3),
        ("ema_net", 3),
        ("module", 2),
        ("", 1),
    ],
)
def test_a_network_of_several_is_chosen_by_its_name(tmp_path: Path, state: Weights, key: str, factor: int):
    networks = {number: {name: value * number for name, value in state.items()} for number in (1, 2, 3)}
    saved = {
        "model_ema": under("module.", networks[2], **{"module.n_averaged": torch.tensor(5)}),
        "model": networks[1],
        "state_dict": under("ema_net.", networks[3]),
    }
    network = opened(tmp_path, saved, key=key)
    first = next(iter(state))
    assert torch.equal(network.tensors[first], opened(tmp_path, networks[factor]).tensors[first])
    assert bool(network.notices) == (not key)
    assert network.name == f"squeezenet1_1 (given.pth{', ' * bool(key)}{key})"


@pytest.mark.parametrize("saved", ["several", "one", "none"])
def test_a_name_that_no_network_has_is_refused_with_the_names(tmp_path: Path, state: Weights, saved: str):
    files = {"several": {"model": state, "ema": half(state)}, "one": state, "none": {"a": torch.ones(2)}}
    with pytest.raises(InputError) as caught:
        opened(tmp_path, files[saved], key="teacher")
    assert caught.value.problem == "the file holds no network 'teacher'"
    assert caught.value.expected.startswith({"several": "'model', 'ema'", "one": "the outermost"}.get(saved, "no key"))


def test_the_key_is_part_of_the_networks_identity_and_left_out_when_unset():
    plain = ArchitectureModel(name="vgg11", weights=FileRef(path="w", sha256="0" * 64))
    keyed = plain.model_copy(update={"weights_key": "ema"})
    assert fingerprint(plain, {}) != fingerprint(keyed, {})
    assert "weights_key" not in plain.model_dump()
    assert ArchitectureModel.model_validate(keyed.model_dump()) == keyed


def test_the_same_network_twice_is_one(tmp_path: Path, state: Weights, logits: Tensor):
    saved = {"model": {**under("module.model.", state), **under("module.attacker.model.", state)}}
    network = opened(tmp_path, saved)
    assert torch.equal(network.logits(PIXELS), logits)
    assert network.notices == ()


def test_an_average_alone_is_used(tmp_path: Path, state: Weights, logits: Tensor):
    assert torch.equal(opened(tmp_path, {"state_dict_ema": state}).logits(PIXELS), logits)


def test_the_network_of_the_architecture_is_taken_among_others(tmp_path: Path, state: Weights, logits: Tensor):
    other = dict(create("squeezenet1_0", 7).bare().state_dict())
    network = opened(tmp_path, {"teacher": under("module.", state), "student": other})
    assert torch.equal(network.logits(PIXELS), logits)


@pytest.mark.parametrize("scale", [1.0, 255.0])
def test_a_stored_normalization_that_differs_is_used_and_said(
    tmp_path: Path, state: Weights, logits: Tensor, scale: float
):
    half_gray = torch.full((3,), 0.5)
    network = opened(tmp_path, under("1.", state, **{"0.mean": scale * half_gray, "0.std": scale * half_gray}))
    assert network.architecture.normalization == Normalization.of((0.5,) * 3, (0.5,) * 3)
    assert not torch.allclose(network.logits(PIXELS), logits)
    text = "mean 0.5, 0.5, 0.5 and standard deviation 0.5, 0.5, 0.5"
    assert network.notices == (f"given.pth brings its own normalization, which is used: {text}.",)


def test_the_user_s_normalization_precedes_the_stored_one(tmp_path: Path, state: Weights):
    given = Preprocessing(mean=(0.1, 0.2, 0.3), std=(1, 1, 1))
    saved = under("1.", state, **{"0.mean": torch.zeros(3), "0.std": torch.ones(3)})
    network = opened(tmp_path, saved, preprocessing=given)
    assert network.architecture.normalization == Normalization.of((0.1, 0.2, 0.3), (1, 1, 1))
    assert network.notices == ()


def test_a_larger_network_is_no_smaller_one(tmp_path: Path):
    """All keys of resnet18 are keys of resnet34, with the same shapes."""
    with pytest.raises(InputError, match=r"do not fit resnet18: 80 unexpected \(layer1\.2\.conv1\.weight"):
        opened(tmp_path, under("module.", dict(create("resnet34", 7).bare().state_dict())), "resnet18")


def test_a_network_of_another_kind_is_refused_with_its_own_keys(tmp_path: Path):
    saved = {"generator": under("module.", dict(torch.nn.Linear(2, 2).state_dict()))}
    with pytest.raises(InputError, match=r"\d+ missing \(features.*; 2 unexpected \(weight, bias\)"):
        opened(tmp_path, saved)


def test_names_of_other_programs_are_known_under_prefixes(tmp_path: Path):
    torch.manual_seed(0)
    state = dict(create("densenet121", 7).bare().state_dict())
    wanted = opened(tmp_path, state, "densenet121").logits(PIXELS)
    old = {"module." + k.replace("norm1.", "norm.1.").replace("conv2.", "conv.2."): v for k, v in state.items()}
    assert torch.equal(opened(tmp_path, {"state_dict": old}, "densenet121").logits(PIXELS), wanted)


def test_damage_beside_the_network_does_not_matter_and_inside_it_does(tmp_path: Path, state: Weights):
    broken = torch.tensor([float("nan")])
    opened(tmp_path, under("net.", state, **{"criterion.weight": broken}))
    with pytest.raises(InputError, match=r"classifier\.1\.bias holds values that are not finite"):
        opened(tmp_path, under("net.", state, **{"net.classifier.1.bias": broken.repeat(7)}))
