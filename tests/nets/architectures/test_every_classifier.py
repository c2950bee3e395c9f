"""Every classifier of torchvision with random weights: opened from a file, run, saved and opened again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from perturber.core.session.models import ArchitectureModel
from perturber.core.storage.files import FileRef
from perturber.nets import open_model as models
from perturber.nets.architectures.architecture import create
from perturber.nets.architectures.torchvision_models import names
from perturber.nets.open_model import open_model, weights_of

CPU = torch.device("cpu")
CLASSES = 5
SIDE = 96
"""Of the pictures, for networks that take any size."""
QUICK = frozenset(
    (
        "mnasnet0_5",
        "mnasnet1_3",
        "mobilenet_v3_small",
        "shufflenet_v2_x0_5",
        "efficientnet_b0",
        "resnet18",
        "squeezenet1_1",
    )
)
"""One of every family of small networks."""
EVERY = [pytest.param(name, marks=() if name in QUICK else pytest.mark.long) for name in names()]


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    """No network outlives its test: some have gigabytes."""
    yield
    models._open.cache_clear()


def logits_from(file: Path, name: str, pixels: Tensor) -> Tensor:
    """What the network in a file says."""
    ref = ArchitectureModel(name=name, weights=FileRef(path=str(file)))
    with torch.inference_mode():
        network = open_model(ref, CPU)
        assert network.notices == ()
        return network.logits(pixels).clone()


@pytest.mark.parametrize("name", EVERY)
def test_it_gives_the_same_logits_wherever_its_weights_come_from(tmp_path: Path, name: str):
    torch.manual_seed(0)
    module = create(name, CLASSES).eval()
    side = module.size if module.fixed else SIDE
    pixels = torch.rand(1, 3, side, side)
    with torch.inference_mode():
        wanted = module(pixels)
    file, again = tmp_path / "weights.pth", tmp_path / "again.safetensors"
    torch.save({"model": module.bare().state_dict()}, file)
    del module
    found = logits_from(file, name, pixels)
    scale = max(float(wanted.abs().max()), 1e-6)
    assert float((found - wanted).abs().max()) <= 1e-3 * scale
    state = weights_of(ArchitectureModel(name=name, weights=FileRef(path=str(file)))).bare().state_dict()
    save_file({key: value.contiguous() for key, value in state.items()}, again)
    file.unlink()
    models._open.cache_clear()
    assert torch.equal(logits_from(again, name, pixels), found)
