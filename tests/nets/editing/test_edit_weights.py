"""Edited networks against the formulas and against the networks they are made from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from perturber import paths
from perturber.core.errors import InputError
from perturber.core.session.edit import Edit
from perturber.core.session.models import ArchitectureModel, EditedModel, FamilyModel
from perturber.core.storage.files import FileRef
from perturber.nets import open_model as models
from perturber.nets.architectures.architecture import PRE, Weights, create
from perturber.nets.architectures.network import Network
from perturber.nets.editing.edit_weights import kept_filters
from perturber.nets.open_model import edited_state, open_model

CPU = torch.device("cpu")
FIRST, SECOND = FamilyModel(family="toy", variant="first"), FamilyModel(family="toy", variant="second")
PIXELS = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))


def seeded(seed: int, name: str, classes: int, **arguments: object) -> Weights:
    """Weights with running statistics and affine normalization that are not the identity, in half precision."""
    torch.manual_seed(seed)
    state = create(name, classes, **arguments).bare().state_dict()
    for value in state.values():
        if value.is_floating_point() and value.ndim == 1:
            value.copy_(value + 0.2 * torch.rand(value.shape))
    return {k: v.half() if v.is_floating_point() else v for k, v in state.items()}


@pytest.fixture(autouse=True)
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A family of two tiny networks with BatchNorm."""
    folder = tmp_path / "models" / "toy"
    folder.mkdir(parents=True)
    text = 'name = "toy"\nlabel = "Toy"\narchitecture = "inception_v1"\n'
    text += 'arguments = { width = 0.0625, norm = "batch" }\n'
    text += 'classes = [["n1", "one"], ["n2", "two"], ["n3", "three"]]\n'
    for seed, variant in enumerate(("first", "second")):
        file = folder / f"{variant}.safetensors"
        save_file(seeded(seed, "inception_v1", 3, width=0.0625, norm="batch"), file)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        text += f'[[variants]]\nname = "{variant}"\nlabel = "{variant}"\n[[variants.checkpoints]]\nname = "last"\n'
        text += f'file = "{file.name}"\nsha256 = "{digest}"\n'
    (folder / "family.toml").write_text(text)
    monkeypatch.setattr(paths, "models", lambda: tmp_path / "models")
    monkeypatch.setattr(paths, "cache", lambda: tmp_path / "cache")
    yield
    for cached in (models._open, models._editor, models._keep_trained):
        cached.cache_clear()


def edited(edit: Edit, first: FamilyModel | ArchitectureModel = FIRST, second: object = SECOND) -> EditedModel:
    return EditedModel.model_validate({"first": first, "second": second, "edit": edit})


def opened(edit: Edit) -> Network:
    return open_model(edited(edit), CPU)


@torch.inference_mode()
def logits(network: Network) -> Tensor:
    found = network.run(PIXELS).logits
    assert found is not None
    return found


def state(edit: Edit, *of: ArchitectureModel) -> Weights:
    """The weights as they are saved."""
    return edited_state(edited(edit, *of))[1]


def tensors(network: Network) -> dict[str, int]:
    return {key: value.data_ptr() for key, value in network.architecture.state_dict().items()}


def test_the_ends_of_mixing_are_the_networks_themselves_bit_for_bit():
    one, two = open_model(FIRST, CPU), open_model(SECOND, CPU)
    blocks = tuple(one.architecture.blocks)
    assert torch.equal(logits(opened(Edit())), logits(one))
    assert torch.equal(logits(opened(Edit().mixed_up_to("head", blocks))), logits(two))
    assert not torch.equal(logits(one), logits(two))
    assert state(Edit().mixed_up_to("head", blocks)).keys() == state(Edit()).keys()


def test_untouched_tensors_are_never_copied():
    one, two = tensors(open_model(FIRST, CPU)), tensors(open_model(SECOND, CPU))
    before = {**one}
    for edit in (Edit().mixed("mixed3a", 1).mixed("mixed4b", 0.5), Edit().mixed("mixed3a", 1).mixed("mixed4b", 0.7)):
        found = tensors(opened(edit))
        for key, pointer in found.items():
            block = key.split(".")[0]
            if block == "mixed4b":
                assert pointer not in {one[key], two[key]}
            else:
                assert pointer == (two if block == "mixed3a" else one)[key]
    assert tensors(open_model(FIRST, CPU)) == before
    trained = [models._trained(ref).weights for ref in (FIRST, SECOND)]
    saved = state(Edit().mixed("mixed3a", 1).pruned("mixed4b", 0.1, 1))
    for key, value in saved.items():
        if not (key.startswith("mixed4b") and value.ndim == 4):
            of = trained[key.startswith("mixed3a") and value.is_floating_point()]
            assert value.data_ptr() == of[key].data_ptr()


def test_mixing_is_formula_5_1_of_every_number():
    saved = state(Edit().mixed("mixed4a", 0.3))
    one, two = (models._trained(ref).weights for ref in (FIRST, SECOND))
    for key in one:
        share = np.float32(0.3 if key.startswith("mixed4a.") and one[key].is_floating_point() else 0)
        expected = one[key].numpy() * (1 - share) + two[key].numpy() * share
        np.testing.assert_allclose(saved[key].numpy(), expected, rtol=1e-6, atol=1e-7)


def pruned_by_numpy(kernels: np.ndarray, low: float, high: float) -> np.ndarray:
    """Formulas 5.2 to 5.6, filter by filter."""
    sums = [sum(abs(float(w)) for w in kernel.flatten()) for kernel in kernels]
    order = sorted(range(len(sums)), key=lambda n: sums[n])
    result = np.zeros_like(kernels)
    for n, row in enumerate(order):
        if low * len(sums) <= n < high * len(sums):
            result[row] = kernels[row]
    return result


@pytest.mark.parametrize("span", [(0.25, 1.0), (0.0, 0.5), (0.3, 0.31), (0.5, 0.5)])
def test_pruning_is_formulas_5_2_to_5_6(span: tuple[float, float]):
    edit = Edit().mixed("mixed3a", 0.5)
    plain, saved = (state(e) for e in (edit, edit.pruned("mixed3a", *span).pruned("head", *span)))
    for key, value in plain.items():
        expected = value.numpy()
        if key.startswith(("mixed3a.", "softmax2.")) and value.ndim > 1:
            expected = pruned_by_numpy(expected, *span)
        np.testing.assert_array_equal(saved[key].numpy(), expected)


def test_pruning_ranks_equal_filters_as_they_come_and_counts_whole_filters():
    assert kept_filters(torch.tensor([[1.0], [-1.0], [1.0], [0.5]]), (0.5, 1.0)).tolist() == [0, 1, 1, 0]
    assert kept_filters(torch.ones(100, 2), (0.07, 0.57)).sum() == 50


@pytest.mark.parametrize("layer", ["conv2d1", "mixed4a"])
@pytest.mark.parametrize("norm", ["batch", "lrn"])
def test_a_unit_is_scaled_before_its_relu(tmp_path: Path, norm: str, layer: str):
    file = tmp_path / "own.safetensors"
    save_file(seeded(3, "inception_v1", 4, width=0.0625, norm=norm), file)
    ref = ArchitectureModel(name="inception_v1", weights=FileRef.of(file))
    plain = open_model(ref, CPU)
    units = plain.channels[layer]
    edit = Edit().scaled(layer, 0, -1).scaled(layer, 5 % units, 2.5).scaled(layer, units - 1, 0)
    scale = torch.tensor([edit.scale_of(layer, unit) for unit in range(units)]).view(1, -1, 1, 1)
    keep = [layer, layer + PRE]
    with torch.inference_mode():
        before = plain.run(PIXELS, layer, keep).activations
        after = open_model(edited(edit, ref, ref), CPU).run(PIXELS, layer, keep).activations
    expected = before[layer + PRE] * scale
    torch.testing.assert_close(after[layer + PRE], expected, rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(after[layer], expected.relu(), rtol=1e-5, atol=1e-4)


def test_saved_weights_are_the_edited_network(tmp_path: Path):
    edit = Edit().mixed("mixed3a", 0.4).mixed("head", 1).pruned("mixed4a", 0.1, 0.9).scaled("mixed5b", 3, -1)
    file = tmp_path / "edited.safetensors"
    save_file(state(edit), file)
    again = open_model(ArchitectureModel(name="inception_v1", weights=FileRef.of(file)), CPU)
    assert torch.equal(logits(again), logits(opened(edit)))


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (Edit().mixed("layer9", 1), r"edit\.mix\.layer9: Model 1 .* no such block"),
        (Edit().pruned("layer9", 0.5, 1), r"edit\.prune\.layer9: Model 1 .* no such block"),
        (Edit().scaled("head", 0, 0), r"edit\.units: .* no layer 'head'"),
        (Edit().scaled("mixed3a", 9999, 0), r"edit\.units: mixed3a has no unit 9999; expected 0 to 19"),
    ],
)
def test_what_the_network_does_not_have_is_named(edit: Edit, named: str):
    for act in (open_model, lambda ref, device: edited_state(ref)):
        with pytest.raises(InputError, match=named):
            act(edited(edit), CPU)


def test_different_architectures_are_not_mixed_but_one_alone_is_edited(tmp_path: Path):
    file = tmp_path / "other.safetensors"
    save_file(seeded(0, "inception_v1", 3, width=0.125, norm="batch"), file)
    other = ArchitectureModel(name="inception_v1", weights=FileRef.of(file))
    for act in (open_model, lambda ref, device: edited_state(ref)):
        with pytest.raises(InputError, match=r"edit\.mix: .*cannot be mixed: .*different architectures"):
            act(edited(Edit().mixed("mixed3a", 0.5), second=other), CPU)
    alone = Edit().pruned("mixed3a", 0.5, 1)
    assert torch.equal(logits(open_model(edited(alone, second=other), CPU)), logits(opened(alone)))


def test_heads_of_other_classes_are_not_mixed_but_all_else_is(tmp_path: Path):
    file = tmp_path / "seven.safetensors"
    save_file(seeded(0, "inception_v1", 7, width=0.0625, norm="batch"), file)
    other = ArchitectureModel(name="inception_v1", weights=FileRef.of(file))
    assert logits(open_model(edited(Edit().mixed("mixed5b", 0.5), second=other), CPU)).shape == (2, 3)
    with pytest.raises(InputError, match=r"edit\.mix: .*differ in the shape of softmax2\.weight in the block head"):
        open_model(edited(Edit().mixed("head", 0.5), second=other), CPU)


def test_networks_read_anew_are_edited_anew(tmp_path: Path):
    file = tmp_path / "own.safetensors"
    ref = ArchitectureModel(name="inception_v1", weights=FileRef(path=str(file)))
    found = []
    for seed in (4, 5):
        save_file(seeded(seed, "inception_v1", 3, width=0.0625, norm="batch"), file)
        found.append(logits(open_model(edited(Edit().mixed("mixed3a", 0.5), second=ref), CPU)))
    assert not torch.equal(*found)


@pytest.mark.parametrize(
    ("name", "layer", "refused"), [("squeezenet1_1", "features.3", ""), ("mobilenet_v2", "features.1", "features.3")]
)
def test_units_of_torchvision_are_scaled_where_one_convolution_makes_them(
    tmp_path: Path, name: str, layer: str, refused: str
):
    file = tmp_path / "own.safetensors"
    save_file(seeded(3, name, 3), file)
    ref = ArchitectureModel(name=name, weights=FileRef.of(file))
    plain = open_model(ref, CPU)
    last = plain.channels[layer] - 1
    edit = Edit().scaled(layer, 0, 3).scaled(layer, last, 0)
    with torch.inference_mode():
        before = plain.run(PIXELS, layer, [layer]).activations[layer]
        after = open_model(edited(edit, ref, ref), CPU).run(PIXELS, layer, [layer]).activations[layer]
    scale = torch.ones(1, last + 1, 1, 1)
    scale[0, 0], scale[0, last] = 3, 0
    torch.testing.assert_close(after, before * scale, rtol=1e-4, atol=1e-4)
    if refused:
        with pytest.raises(InputError, match="made by several convolutions together"):
            open_model(edited(Edit().scaled(refused, 0, 0), ref, ref), CPU)


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("resnet18", {"conv1": (("bn1", 64),)}),
        (
            "googlenet",
            {
                "inception3a": (
                    ("inception3a.branch1.bn", 64),
                    ("inception3a.branch2.1.bn", 128),
                    ("inception3a.branch3.1.bn", 32),
                    ("inception3a.branch4.1.bn", 32),
                )
            },
        ),
    ],
)
def test_sums_are_made_by_nobody_and_concatenations_by_their_parts(name: str, made: dict[str, object]):
    network = create(name, 3, hollow=True)
    for tap in network.taps:
        if tap in made:
            assert network.makers(tap) == made[tap]
        elif name == "resnet18":
            with pytest.raises(InputError, match="several convolutions"):
                network.makers(tap)


@pytest.mark.parametrize("name", ["squeezenet1_1", "mobilenet_v2"])
def test_networks_of_torchvision_are_edited(tmp_path: Path, name: str):
    refs, plain = [], []
    for seed in (0, 1):
        file = tmp_path / f"{seed}.safetensors"
        save_file(seeded(seed, name, 3), file)
        refs.append(ArchitectureModel(name=name, weights=FileRef.of(file)))
        plain.append(open_model(refs[-1], CPU))
    blocks = tuple(plain[0].architecture.blocks)
    ends = [open_model(edited(e, *refs), CPU) for e in (Edit(), Edit().mixed_up_to("head", blocks))]
    assert torch.equal(logits(ends[0]), logits(plain[0]))
    assert torch.equal(logits(ends[1]), logits(plain[1]))
    edit = Edit().mixed(blocks[1], 0.5).pruned(blocks[2], 0.5, 1)
    file = tmp_path / "edited.safetensors"
    save_file(state(edit, *refs), file)
    again = open_model(ArchitectureModel(name=name, weights=FileRef.of(file)), CPU)
    assert torch.equal(logits(again), logits(open_model(edited(edit, *refs), CPU)))
