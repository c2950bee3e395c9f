"""Networks opened by reference, and what a network does."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from perturber import paths
from perturber.core.errors import InputError
from perturber.core.session.models import ArchitectureModel, FamilyModel
from perturber.core.storage.files import FileRef
from perturber.nets import open_model as models
from perturber.nets.architectures.architecture import create
from perturber.nets.architectures.network import Network
from perturber.nets.lookup.labels import generic, imagenet
from perturber.nets.open_model import open_model

CPU = torch.device("cpu")
CLASSES = (("n02106662", "German shepherd"), ("n02123045", "tabby"), ("n03345487", "fire engine"))


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    """No network outlives its test."""
    yield
    models._open.cache_clear()


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A family of one tiny network, as the only one that ships."""
    torch.manual_seed(0)
    network = create("inception_v1", len(CLASSES), width=0.125, norm="batch")
    folder = tmp_path / "models" / "toy"
    folder.mkdir(parents=True)
    file = folder / "standard.safetensors"
    save_file({k: v.half() if v.is_floating_point() else v for k, v in network.state_dict().items()}, file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    (folder / "family.toml").write_text(
        f"""
        name = "toy"
        label = "Toy"
        architecture = "inception_v1"
        arguments = {{ width = 0.125, norm = "batch" }}
        classes = [{", ".join(f'["{wnid}", "{name}"]' for wnid, name in CLASSES)}]
        [[variants]]
        name = "standard"
        label = "Standard"
        [[variants.checkpoints]]
        name = "last"
        file = "standard.safetensors"
        sha256 = "{digest}"
        """
    )
    monkeypatch.setattr(paths, "models", lambda: tmp_path / "models")
    monkeypatch.setattr(paths, "cache", lambda: tmp_path / "cache")
    return folder


def test_a_family_member_is_opened(toy: Path):
    network = open_model(FamilyModel(family="toy"), CPU)
    assert network.name == "Toy Standard"
    assert network.labels.wnids == tuple(wnid for wnid, _ in CLASSES)
    assert network.channels["conv2d0"] == 8
    answer = network.run(torch.rand(2, 3, 64, 64), keep={"mixed4a", "mixed4a:pre"})
    assert answer.logits is not None
    assert answer.logits.shape == (2, 3)
    assert answer.activations["mixed4a"].shape == (2, network.channels["mixed4a"], 4, 4)
    assert all(p.dtype == torch.float32 and not p.requires_grad for p in network.architecture.parameters())
    assert not network.architecture.training


def test_opening_again_gives_the_same_network(toy: Path):
    ref = FamilyModel(family="toy")
    assert open_model(ref, CPU) is open_model(ref, CPU)
    assert open_model(ref, CPU) is open_model(FamilyModel.model_validate(ref.model_dump()), CPU)
    assert open_model(ref, CPU, torch.bfloat16) is not open_model(ref, CPU)


@torch.inference_mode()
def test_a_network_opened_without_gradients_has_them_later(toy: Path):
    network = open_model(FamilyModel(family="toy"), CPU)
    with torch.inference_mode(False):
        pixels = torch.rand(1, 3, 64, 64).requires_grad_()
        logits = network.run(pixels).logits
        assert logits is not None
        logits.sum().backward()
        assert pixels.grad is not None


def test_changed_family_files_are_refused(toy: Path):
    file = toy / "standard.safetensors"
    save_file({**load_file(file), "softmax2.bias": torch.ones(3)}, file)
    with pytest.raises(InputError, match="not what the family describes") as caught:
        open_model(FamilyModel(family="toy"), CPU)
    assert caught.value.source == str(file)


def test_a_missing_checkpoint_names_its_file(toy: Path):
    (toy / "standard.safetensors").unlink()
    with pytest.raises(InputError, match="No such file") as caught:
        open_model(FamilyModel(family="toy"), CPU)
    assert caught.value.source == str(toy / "standard.safetensors")


def test_the_stored_weights_lose_nothing_on_the_way(toy: Path):
    """Wants the logits of a module that was given the same state dict and is neither folded nor laid out anew."""
    module = create("inception_v1", len(CLASSES), width=0.125, norm="batch").eval()
    module.load_state_dict(load_file(toy / "standard.safetensors"))
    pixels = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        found = open_model(FamilyModel(family="toy"), CPU).run(pixels).logits
        torch.testing.assert_close(found, module(pixels), rtol=1e-5, atol=1e-5)


def test_checkpoints_of_a_family_share_nothing(toy: Path):
    text = (toy / "family.toml").read_text()
    weights = load_file(toy / "standard.safetensors")
    save_file({key: value + 1 if "bias" in key else value for key, value in weights.items()}, toy / "first.safetensors")
    digest = hashlib.sha256((toy / "first.safetensors").read_bytes()).hexdigest()
    first = f'[[variants.checkpoints]]\nname = "first"\nfile = "first.safetensors"\nsha256 = "{digest}"\n'
    (toy / "family.toml").write_text(text.replace("[[variants.checkpoints]]", first + "[[variants.checkpoints]]"))
    pixels = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        last = open_model(FamilyModel(family="toy"), CPU).run(pixels).logits
        other = open_model(FamilyModel(family="toy", checkpoint="first"), CPU).run(pixels).logits
        models._open.cache_clear()
        again = open_model(FamilyModel(family="toy"), CPU).run(pixels).logits
    assert torch.equal(last, again)
    assert not torch.equal(last, other)


@pytest.mark.parametrize("wrong", ["classes = 5", "hollow = true", "width = -1"])
def test_arguments_of_a_family_that_do_not_fit_name_its_file(toy: Path, wrong: str):
    file = toy / "family.toml"
    file.write_text(file.read_text().replace("width = 0.125", wrong))
    with pytest.raises(InputError, match=rf"inception_v1\.{wrong.split(maxsplit=1)[0]}") as caught:
        open_model(FamilyModel(family="toy"), CPU)
    assert caught.value.source == str(file)


@pytest.mark.parametrize(
    ("ref", "problem"),
    [
        (FamilyModel(family="none"), r"no model family 'none'.*toy"),
        (FamilyModel(family="toy", variant="robust"), "no variant 'robust'"),
        (FamilyModel(family="toy", checkpoint="first"), "no checkpoint 'first'"),
        (ArchitectureModel(name="resnet1800"), "no architecture 'resnet1800'"),
        (ArchitectureModel(name="inception_v1"), "a weights file"),
        (ArchitectureModel(name="resnet18", weights=FileRef(path="/nothing.pt")), "no such file"),
    ],
)
def test_references_that_lead_nowhere_are_refused(toy: Path, ref: FamilyModel | ArchitectureModel, problem: str):
    with pytest.raises(InputError, match=problem):
        open_model(ref, CPU)


def test_classes_are_inferred_from_the_head(tmp_path: Path):
    source = create("squeezenet1_0", 7)
    file = tmp_path / "seven.pt"
    torch.save({"state_dict": {f"module.{k}": v for k, v in source.bare().state_dict().items()}}, file)
    network = open_model(ArchitectureModel(name="squeezenet1_0", weights=FileRef.of(file)), CPU)
    assert network.labels == generic(7)
    assert network.name == "squeezenet1_0 (seven.pt)"
    pixels = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(network.run(pixels).logits, source.eval()(pixels), rtol=1e-4, atol=1e-5)


def test_width_and_normalization_are_inferred(tmp_path: Path):
    for norm in ("lrn", "batch"):
        file = tmp_path / f"{norm}.safetensors"
        save_file(create("inception_v1", 6, width=0.25, norm=norm).state_dict(), file)
        network = open_model(ArchitectureModel(name="inception_v1", weights=FileRef.of(file)), CPU)
        assert network.channels["mixed5b"] == 256
        assert len(network.labels) == 6


def test_weights_of_another_architecture_are_refused_by_key(tmp_path: Path):
    file = tmp_path / "resnet.safetensors"
    save_file(create("resnet18", 5).bare().state_dict(), file)
    for name in ("squeezenet1_0", "inception_v1", "vit_b_32", "resnet34"):
        with pytest.raises(InputError, match=rf"do not fit {name}: \d+ missing \(.*") as caught:
            open_model(ArchitectureModel(name=name, weights=FileRef.of(file)), CPU)
        assert caught.value.source == str(file)


@pytest.mark.parametrize(
    ("name", "key", "shape"),
    [
        ("inception_v1", "conv2d0.weight", (4000, 3, 7, 7)),
        ("vit_b_32", "encoder.pos_embedding", (1, 50_000, 1)),
        ("vit_b_32", "encoder.pos_embedding", (1, 0, 768)),
        ("squeezenet1_0", "classifier.1.weight", (0, 512, 1, 1)),
    ],
)
def test_absurd_shapes_are_refused(tmp_path: Path, name: str, key: str, shape: tuple[int, ...]):
    file = tmp_path / "absurd.safetensors"
    save_file({key: torch.zeros(shape), "conv_proj.weight": torch.zeros(2, 3, 32, 32)}, file)
    with pytest.raises(InputError) as caught:
        open_model(ArchitectureModel(name=name, weights=FileRef.of(file)), CPU)
    assert caught.value.source == str(file)


def test_a_file_saved_anew_is_read_anew(tmp_path: Path):
    file = tmp_path / "w.safetensors"
    ref = ArchitectureModel(name="squeezenet1_1", weights=FileRef(path=str(file)))
    weights = create("squeezenet1_1", 3).bare().state_dict()
    save_file(weights, file)
    first = open_model(ref, CPU)
    save_file({key: value + 1 for key, value in weights.items()}, file)
    os.utime(file, ns=(1, 1))
    assert open_model(ref, CPU) is not first


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_lower_precision_stays_close(toy: Path, dtype: torch.dtype):
    pixels = torch.rand(1, 3, 64, 64)
    exact, rough = (open_model(FamilyModel(family="toy"), CPU, kind) for kind in (torch.float32, dtype))
    with torch.inference_mode():
        expected = exact.run(pixels, keep=["conv2d0"])
        found = rough.run(pixels.to(dtype), keep=["conv2d0"])
    assert found.logits is not None
    assert found.logits.dtype == torch.float32
    assert found.activations["conv2d0"].dtype == dtype
    reference = expected.activations["conv2d0"]
    torch.testing.assert_close(
        found.activations["conv2d0"].float(), reference, rtol=0.05, atol=0.02 * float(reference.max())
    )


@pytest.mark.parametrize("tap", ["conv2d0", "mixed4a"])
def test_gradients_reach_the_pixels(toy: Path, tap: str):
    """And agree with a finite difference along them."""
    network = open_model(FamilyModel(family="toy"), CPU, torch.float64)
    pixels = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0)).requires_grad_()

    def objective(x: torch.Tensor) -> torch.Tensor:
        answer = network.run(x, keep=[tap])
        assert answer.logits is not None
        return answer.logits[0, 1] + answer.activations[tap].mean()

    (gradient,) = torch.autograd.grad(objective(pixels), pixels)
    assert bool(gradient.any())
    assert all(p.grad is None for p in network.architecture.parameters())
    step = 1e-3 * gradient / gradient.norm()
    with torch.no_grad():
        change = float(objective(pixels + step) - objective(pixels - step))
    assert change == pytest.approx(2e-3 * float(gradient.norm()), rel=0.03)


def test_runs_take_any_layout_of_the_same_pixels(toy: Path):
    network = open_model(FamilyModel(family="toy"), CPU)
    pixels = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        plain, last = (network.run(p).logits for p in (pixels, pixels.to(memory_format=torch.channels_last)))
    torch.testing.assert_close(plain, last)


@pytest.mark.parametrize("arguments", [{"upto": "mixed9z"}, {"keep": ["conv2d0", "nothing"]}, {"upto": "conv2d0:pre"}])
def test_unknown_taps_are_refused(toy: Path, arguments: dict[str, object]):
    with pytest.raises(InputError, match="no such tap"):
        open_model(FamilyModel(family="toy"), CPU).run(torch.rand(1, 3, 32, 32), **arguments)


def test_too_small_pictures_are_refused():
    network = Network("alexnet", create("alexnet", 3), generic(3))
    with pytest.raises(InputError, match="cannot take 20 × 16 pixels"):
        network.run(torch.rand(1, 3, 16, 20))


@pytest.fixture
def squeezenet(shared_data: Path) -> Network:
    file = shared_data / "squeezenet1_0.safetensors"
    return open_model(ArchitectureModel(name="squeezenet1_0", weights=FileRef.of(file)), CPU)


def photo(path: Path) -> torch.Tensor:
    """Resize 256, center crop 224; 1×3×224×224 in [0, 1]."""
    with Image.open(path) as image:
        scale = 256 / min(image.size)
        size = (round(image.width * scale), round(image.height * scale))
        resized = image.convert("RGB").resize(size, Image.Resampling.BILINEAR)
    left, top = (resized.width - 224) // 2, (resized.height - 224) // 2
    pixels = np.asarray(resized.crop((left, top, left + 224, top + 224)), np.float32)
    return torch.from_numpy(pixels / 255).permute(2, 0, 1)[None]


@torch.inference_mode()
def test_real_weights_see_what_is_in_photos(squeezenet: Network, shared_data: Path):
    """Wants also that the logits are those of torchvision's own module on its own preprocessing."""
    assert squeezenet.labels == imagenet()
    module = create("squeezenet1_0").bare().eval()
    module.load_state_dict(load_file(shared_data / "squeezenet1_0.safetensors"))
    mean, std = (torch.tensor(v)[:, None, None] for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    first = five = 0
    files = sorted((shared_data / "photos").glob("*.jpg"))
    for number, file in enumerate(files):
        pixels = photo(file)
        logits = squeezenet.run(pixels).logits
        assert logits is not None
        if number < 5:
            torch.testing.assert_close(logits, module((pixels - mean) / std), rtol=1e-3, atol=1e-3)
        best = [squeezenet.labels.wnids[i] for i in logits[0].topk(5).indices]
        first += best[0] == file.name.split("_")[0]
        five += file.name.split("_")[0] in best
    assert 0.55 <= first / len(files) <= 0.65
    assert 0.78 <= five / len(files) <= 0.88


@pytest.mark.parametrize(
    "name",
    [
        "n01440764_tench",
        "n01980166_fiddler_crab",
        "n02391049_zebra",
        "n03095699_container_ship",
        "n04562935_water_tower",
        "n06874185_traffic_light",
    ],
)
@torch.inference_mode()
def test_certain_photos_are_certain(squeezenet: Network, shared_data: Path, name: str):
    file = shared_data / "photos" / f"{name}.jpg"
    logits = squeezenet.run(photo(file)).logits
    assert logits is not None
    assert squeezenet.labels.wnids[int(logits.argmax())] == name.split("_", maxsplit=1)[0]
