"""Networks opened with labels and preprocessing of the user."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from perturber.core.errors import InputError
from perturber.core.session.models import ArchitectureModel, EditedModel, Preprocessing
from perturber.core.storage.files import FileRef
from perturber.engine.jobs.save_weights import write_edited
from perturber.nets import open_model as models
from perturber.nets.architectures.architecture import create
from perturber.nets.families.fingerprint import fingerprint
from perturber.nets.open_model import edited_state, open_model

PIXELS = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    """No network outlives its test."""
    yield
    models._open.cache_clear()


@pytest.fixture
def weights(tmp_path: Path) -> FileRef:
    torch.manual_seed(0)
    torch.save(create("squeezenet1_1", 4).bare().state_dict(), tmp_path / "weights.pth")
    return FileRef.of(tmp_path / "weights.pth")


def logits(weights: FileRef, pixels: Tensor = PIXELS, **fields: Any) -> Tensor:
    prepared = Preprocessing(**fields) if fields else None
    ref = ArchitectureModel(name="squeezenet1_1", weights=weights, preprocessing=prepared)
    return open_model(ref, torch.device("cpu")).logits(pixels)


def test_mean_and_deviation_are_used(weights: FileRef):
    usual = Preprocessing(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    assert torch.allclose(logits(weights, **usual.model_dump()), logits(weights), atol=1e-5)
    mean, std = torch.tensor([0.1, 0.2, 0.3]).view(1, 3, 1, 1), torch.tensor([0.4, 0.5, 0.6]).view(1, 3, 1, 1)
    own = {"mean": mean.flatten().tolist(), "std": std.flatten().tolist()}
    as_usual = (PIXELS - mean) / std * torch.tensor(usual.std).view(1, 3, 1, 1)
    as_usual += torch.tensor(usual.mean).view(1, 3, 1, 1)
    assert torch.allclose(logits(weights, **own), logits(weights, as_usual), atol=1e-4)


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "nearest"])
def test_frames_are_resized(weights: FileRef, interpolation: str):
    smooth = {"antialias": True, "mode": interpolation}
    how = {"mode": "nearest-exact"} if interpolation == "nearest" else smooth
    small = F.interpolate(PIXELS, (40, 40), **how).clamp(0, 1)  # type: ignore[arg-type]
    found = logits(weights, size=40, interpolation=interpolation)
    assert torch.allclose(found, logits(weights, small), atol=1e-5)
    assert torch.equal(logits(weights, size=64, interpolation=interpolation), logits(weights))


def test_gradients_reach_the_frame_through_resizing(weights: FileRef):
    pixels = PIXELS.clone().requires_grad_()
    logits(weights, pixels, size=40).sum().backward()
    assert pixels.grad is not None
    assert pixels.grad.abs().sum() > 0


def test_a_size_that_the_weights_rule_out_is_refused(tmp_path: Path):
    torch.save(create("vit_b_32", 2).bare().state_dict(), tmp_path / "vit.pth")
    ref = ArchitectureModel(
        name="vit_b_32", weights=FileRef.of(tmp_path / "vit.pth"), preprocessing=Preprocessing(size=64)
    )
    with pytest.raises(InputError, match="takes 224 × 224 pixels only") as caught:
        open_model(ref, torch.device("cpu"))
    assert caught.value.source == "size"


def test_labels_are_read_again_when_they_change(tmp_path: Path, weights: FileRef):
    file = tmp_path / "labels.txt"
    file.write_text("a\nb\nn02123045\nd\n")
    ref = ArchitectureModel(name="squeezenet1_1", weights=weights, labels=FileRef(path=str(file)))
    network = open_model(ref, torch.device("cpu"))
    assert network.labels.names == ("a", "b", "tabby", "d")
    assert network.labels.index("n02123045") == 2
    file.write_text("first\nsecond\nthird\nfourth\n")
    assert open_model(ref, torch.device("cpu")).labels.names[0] == "first"
    file.write_text("a\nb\n")
    with pytest.raises(InputError, match="it has 2 labels, but squeezenet1_1 has 4 classes"):
        open_model(ref, torch.device("cpu"))


def test_an_edited_model_is_saved_with_its_normalization(tmp_path: Path, weights: FileRef):
    prepared = Preprocessing(mean=(0.5, 0.4, 0.3), std=(0.5, 0.5, 0.5))
    own = ArchitectureModel(name="squeezenet1_1", weights=weights, preprocessing=prepared)
    edited = EditedModel(first=own, second=own)
    write_edited(edited, tmp_path / "edited.safetensors")
    again = ArchitectureModel(name="squeezenet1_1", weights=FileRef.of(tmp_path / "edited.safetensors"))
    cpu = torch.device("cpu")
    assert torch.allclose(open_model(again, cpu).logits(PIXELS), open_model(own, cpu).logits(PIXELS), atol=1e-5)
    plain = EditedModel(first=again.model_copy(update={"weights": weights}), second=own)
    assert "normalization.mean" not in edited_state(plain)[1]


def test_feature_images_belong_to_the_preprocessing(weights: FileRef):
    plain = ArchitectureModel(name="squeezenet1_1", weights=weights)
    sized = plain.model_copy(update={"preprocessing": Preprocessing(size=32)})
    labeled = plain.model_copy(update={"labels": FileRef(path="labels.txt")})
    assert fingerprint(plain, {}) == fingerprint(labeled, {}) != fingerprint(sized, {})
