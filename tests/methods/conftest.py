"""A tiny network to attack, and pictures that it gives several answers to."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

SIDE, CLASSES, COUNT = 24, 4, 12


def tiny(seed: int) -> nn.Module:
    """A network with several answers, some of which a small change overturns."""
    torch.manual_seed(seed)
    layers = nn.Conv2d(3, 12, 5, 2), nn.ReLU(), nn.Conv2d(12, 12, 3, 2), nn.ReLU(), nn.Flatten()
    return nn.Sequential(*layers, nn.Linear(12 * 16, CLASSES)).eval().requires_grad_(False)


@pytest.fixture(scope="session")
def network() -> nn.Module:
    return tiny(0)


@pytest.fixture(scope="session")
def other_network() -> nn.Module:
    return tiny(1)


@pytest.fixture(scope="session")
def pixels() -> Tensor:
    """N×3×H×W that touch both bounds."""
    generator = torch.Generator().manual_seed(1)
    return (torch.rand((COUNT, 3, SIDE, SIDE), generator=generator) * 1.4 - 0.2).clamp(0, 1)


@pytest.fixture(scope="session")
def targets(network: nn.Module, pixels: Tensor) -> Tensor:
    """What the network says without an attack, so that every picture can be lost."""
    found: Tensor = network(pixels).argmax(1)
    return found
