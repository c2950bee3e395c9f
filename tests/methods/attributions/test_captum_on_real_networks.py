"""The same attributions as Captum's on networks and pictures of real size.

Ours run one picture at a time, Captum many at once. Rounding differs between the two, and can decide at a ReLU.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from captum_oracle import KINDS, deviation

from perturber.core.evaluation import SIZE
from perturber.core.parameters.plugin import make
from perturber.core.session.attribution import AttributionMethod
from perturber.core.session.models import ArchitectureModel
from perturber.core.storage.files import FileRef
from perturber.methods.networks.explained import Explained
from perturber.nets.architectures.architecture import create
from perturber.nets.architectures.network import Network
from perturber.nets.lookup.labels import generic
from perturber.nets.open_model import open_model
from perturber.scene.files.image import photo_pixels

MOST = 2e-3
"""Largest difference, as a share of the map's largest value."""
FEWER: dict[str, dict[str, Any]] = {
    "integrated_gradients": {"steps": 4},
    "occlusion": {"window": 120, "stride": 104},
}
"""Less work than by default."""


def explained(network: Network, pixels: torch.Tensor) -> Explained:
    """The top class of a picture, as it is explained by default."""
    with torch.inference_mode():
        return Explained(network, int(network.logits(pixels).argmax()), pixels.clone())


@pytest.fixture(scope="module")
def random() -> Explained:
    """A network of torchvision with random weights, on blurred noise."""
    torch.manual_seed(7)
    network = Network("resnet18", create("resnet18", 1000), generic(1000))
    noise = torch.rand((1, 3, 14, 14), generator=torch.Generator().manual_seed(4))
    return explained(network, torch.nn.functional.interpolate(noise, SIZE, mode="bilinear"))


@pytest.fixture(scope="module")
def tench(shared_data: Path) -> Explained:
    """SqueezeNet with ImageNet weights, on a photo."""
    file = shared_data / "squeezenet1_0.safetensors"
    network = open_model(ArchitectureModel(name="squeezenet1_0", weights=FileRef.of(file)), torch.device("cpu"))
    photo = photo_pixels(shared_data / "photos" / "n01440764_tench.jpg", 0.875, SIZE)
    return explained(network, torch.from_numpy(photo).permute(2, 0, 1)[None].float() / 255)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", ["random", "tench"])
def test_attributions_equal_captums_relative_to_the_map(request: pytest.FixtureRequest, case: str, kind: str):
    assert deviation(make(AttributionMethod, kind, **FEWER.get(kind, {})), request.getfixturevalue(case)) <= MOST
