"""Scores of units against formulas by hand, and orderings on crafted layers."""

from __future__ import annotations

import pytest
import torch

from perturber.core.errors import InputError
from perturber.methods.units.scores import activity, change, class_gradients, difference, highest, relevance
from perturber.nets.architectures.architecture import create
from perturber.nets.architectures.network import Network
from perturber.nets.lookup.labels import generic


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(3)
    return Network("tiny", create("inception_v1", 5, width=0.0625, norm="batch"), generic(5))


def test_the_last_layers_relevance_is_its_share_of_the_logit(network: Network):
    """z_k = Σ_c w_kc · mean_yx A_c + b_k, so a unit's activation × gradient is w_kc · mean_yx A_c."""
    pixels = torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    maps, slopes = class_gradients(network, pixels, 2, ("mixed5b",))["mixed5b"]
    head = network.architecture.softmax2
    by_hand = head.weight[2] * maps.mean((2, 3)).mean(0)
    torch.testing.assert_close(relevance(maps, slopes), by_hand)
    logits = network.run(pixels).logits
    assert logits is not None
    torch.testing.assert_close(by_hand.sum() + head.bias[2], logits[:, 2].mean())


def test_gradients_of_an_inner_layer_tell_what_a_small_change_does(network: Network):
    pixels = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(2))
    maps, slopes = class_gradients(network, pixels, 1, ("conv2d0", "mixed5a"))["mixed5a"]
    unit, step = int(maps.mean((0, 2, 3)).argmax()), 1e-2

    def logit(strength: float) -> float:
        changed = maps.clone()
        changed[:, unit] *= strength
        x = network.architecture.mixed5b(changed).relu()
        return float(network.architecture.softmax2(x.mean((2, 3)))[0, 1])

    slope = (logit(1 + step) - logit(1 - step)) / (2 * step)
    assert relevance(maps, slopes)[unit].item() == pytest.approx(slope, rel=1e-2, abs=1e-5)


def test_frozen_networks_in_inference_mode_give_gradients_all_the_same(network: Network):
    with torch.inference_mode():
        found = class_gradients(network, torch.rand(1, 3, 64, 64), 0, network.taps)
    assert list(found) == list(network.taps)
    assert all(slopes.abs().sum() > 0 for _, slopes in found.values())


@pytest.mark.parametrize("name", ["resnet18", "swin_t"])
def test_gradients_reach_the_layers_of_networks_of_every_kind(name: str):
    torch.manual_seed(0)
    network = Network(name, create(name, 4), generic(4))
    taps = (network.taps[0], network.taps[-1])
    pixels = torch.rand(1, 3, 64, 64)
    found = class_gradients(network, pixels, 0, taps)
    plain = network.run(pixels, keep=taps)
    for tap, (maps, slopes) in found.items():
        assert slopes.shape == maps.shape
        assert slopes.abs().sum() > 0
        torch.testing.assert_close(maps, plain.activations[tap])


def test_a_layer_the_logit_does_not_depend_on_is_named(network: Network):
    class Deaf(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.detach() * 0 + torch.ones(1, x.shape[1], requires_grad=True)

    deaf = Network("deaf", create("inception_v1", 5, width=0.0625, norm="batch"), generic(5))
    deaf.architecture.softmax2 = Deaf()
    with pytest.raises(InputError, match="mixed4a"):
        class_gradients(deaf, torch.rand(1, 3, 64, 64), 0, ("mixed4a",))


def test_most_active_is_the_mean_over_positions():
    maps = torch.zeros(2, 3, 2, 2)
    maps[0, 1] = 4.0
    maps[:, 2, 0, 0] = 6.0
    assert activity(maps).tolist() == [0.0, 2.0, 1.5]
    assert highest(activity(maps), 2) == [(1, 2.0), (2, 1.5)]


def test_most_changed_counts_strength_and_place_alike():
    before = torch.zeros(1, 3, 2, 2)
    before[0, 0, 0, 0], before[0, 1] = 2.0, 1.0
    now = torch.zeros(1, 3, 2, 2)
    now[0, 0, 1, 1], now[0, 1] = 2.0, 1.5
    assert change(now, before).tolist() == [1.0, 0.5, 0.0]


def test_a_layer_that_is_stronger_as_a_whole_is_not_different():
    first = torch.rand(1, 4, 5, 5, generator=torch.Generator().manual_seed(4))
    assert difference(first, 7 * first).max() < 1e-5
    second = 7 * first.clone()
    second[:, 3] = second[:, 3].flip(2)
    assert highest(difference(first, second), 1)[0][0] == 3
    assert difference(first, second)[:3].max() < 1e-5


def test_of_equal_units_the_lower_number_comes_first():
    assert highest(torch.tensor([1.0, 2.0, 2.0, 1.0]), 3) == [(1, 2.0), (2, 2.0), (0, 1.0)]
    assert len(highest(torch.ones(2), 8)) == 2
