"""Distances between layers against numpy, and where they are 0, 1 and infinite."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from perturber.methods.units.divergence import compare, distances, incomparable, layers_of
from perturber.nets.architectures.architecture import create
from perturber.nets.architectures.network import Network
from perturber.nets.lookup.labels import generic


def network(seed: int, width: float = 0.0625) -> Network:
    torch.manual_seed(seed)
    return Network(f"net {seed}", create("inception_v1", 5, width=width, norm="batch"), generic(5))


@pytest.fixture(scope="module")
def pictures() -> tuple[torch.Tensor, torch.Tensor]:
    one = torch.rand((1, 3, 224, 224), generator=torch.Generator().manual_seed(3))
    return one, (one + 0.02 * torch.randn(one.shape, generator=torch.Generator().manual_seed(4))).clamp(0, 1)


def test_every_layer_is_as_far_as_the_formula_says(pictures: tuple[torch.Tensor, torch.Tensor]):
    net = network(1)
    before, after = (layers_of(net, picture) for picture in pictures)
    assert tuple(before) == net.taps
    for tap, (relative, cosine) in compare(after, before).items():
        a, b = (runs[tap].numpy().astype(np.float64).ravel() for runs in (after, before))
        assert relative == pytest.approx(np.linalg.norm(a - b) / np.linalg.norm(b), rel=1e-4)
        expected = 1 - a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
        assert cosine == pytest.approx(expected, rel=1e-3, abs=1e-8)
        assert relative > 0


def test_equal_pictures_are_no_distance_apart(pictures: tuple[torch.Tensor, torch.Tensor]):
    net = network(1)
    found = compare(layers_of(net, pictures[0]), layers_of(net, pictures[0].clone()))
    assert set(found.values()) == {(0.0, 0.0)}


def test_strength_is_no_direction_and_nothing_is_far_from_something():
    one, none = torch.tensor([[3.0, 4.0]]), torch.zeros(1, 2)
    assert distances(2 * one, one) == pytest.approx((1.0, 0.0), abs=1e-7)
    assert distances(one.flip(1) * torch.tensor([1.0, -1.0]), one) == pytest.approx((math.sqrt(2), 1.0))
    assert distances(-one, one) == pytest.approx((2.0, 2.0))
    assert distances(one, none) == (math.inf, 1.0)
    assert distances(none, one) == (1.0, 1.0)
    assert distances(none, none) == (0.0, 0.0)
    assert distances(one.half(), one.half() * 0.5) == pytest.approx((1.0, 0.0), abs=1e-3)


def test_unlike_networks_are_said_to_be(pictures: tuple[torch.Tensor, torch.Tensor]):
    one, two, wide = network(1), network(2), network(1, 0.125)
    assert incomparable(one, two) == ""
    assert "architectures differ" in incomparable(one, wide)
    assert compare(layers_of(one, pictures[0]), layers_of(wide, pictures[0])) == {}
