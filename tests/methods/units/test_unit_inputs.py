"""What acts on a unit: of a convolution its kernel, of more what a small change really does."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from perturber.core.errors import InputError
from perturber.methods.units.unit_inputs import INPUT, LARGEST, effective_weights, kernels, layer_below, strongest
from perturber.nets.architectures.architecture import PRE, create
from perturber.nets.architectures.network import Network
from perturber.nets.lookup.labels import Labels


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(2)
    architecture = create("inception_v1", 5, width=0.0625, norm="batch")
    return Network("tiny", architecture, Labels(("",) * 5, ("",) * 5))


@pytest.fixture(scope="module")
def pixels() -> Tensor:
    return torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(4))


def weight_of(network: Network, tap: str) -> Tensor:
    return network.architecture.state_dict()[f"{tap}.weight"]


def test_of_a_convolution_it_is_the_kernel(network: Network, pixels: Tensor):
    for unit in range(4):
        found = kernels(effective_weights(network, pixels, "conv2d2", unit))
        whole = weight_of(network, "conv2d2")[unit]
        assert found.shape == whole.shape
        # At the border of the map the kernel reaches beyond it, where nothing acts.
        inside = found != 0
        assert inside.any()
        torch.testing.assert_close(found[inside], whole[inside])
        if inside.all():
            return
    pytest.fail("every unit was highest at the border")


def test_below_the_first_layer_are_the_colors(network: Network, pixels: Tensor):
    assert layer_below(network, "conv2d0") == INPUT
    scale = network.architecture.normalization.tensors(torch.device("cpu"))[0]
    found = kernels(effective_weights(network, pixels, "conv2d0", 1))
    torch.testing.assert_close(found, weight_of(network, "conv2d0")[1] * scale[0])


def test_through_an_inception_module_it_is_what_a_small_change_does(network: Network, pixels: Tensor):
    tap, below, unit = "mixed3b", "mixed3a", 9
    slopes = effective_weights(network, pixels, tap, unit)
    maps = network.run(pixels, upto=tap, keep=(below, tap + PRE)).activations
    place = int(maps[tap + PRE][0, unit].argmax())
    step = 1e-3 * torch.randn(maps[below].shape, generator=torch.Generator().manual_seed(1)) * (slopes != 0)
    ends = [network.resume(below, maps[below] + sign * step, tap, (tap + PRE,)) for sign in (1, -1)]
    moved = [float(end.activations[tap + PRE][0, unit].flatten()[place]) for end in ends]
    assert (moved[0] - moved[1]) / 2 == pytest.approx(float((slopes * step[0]).sum()), rel=0.02)


@pytest.mark.parametrize(("row", "column"), [(3, 5), (0, 5), (6, 5), (3, 0), (3, 11)])
def test_a_kernel_cut_off_by_the_border_stays_in_its_place(row: int, column: int):
    slopes, whole = _with_kernel(row, column)
    rows, columns = torch.arange(3) + row - 1, torch.arange(3) + column - 1
    there = ((rows >= 0) & (rows < 7))[:, None] & ((columns >= 0) & (columns < 12))
    assert torch.equal(kernels(slopes)[0], whole * there)


def test_in_a_corner_the_kernel_is_as_small_as_what_is_left():
    slopes, whole = _with_kernel(0, 11)
    assert torch.equal(kernels(slopes)[0], whole[1:, :2])


def _with_kernel(row: int, column: int) -> tuple[Tensor, Tensor]:
    """1×7×12 slopes with a 3×3 kernel around a place, and the kernel."""
    whole = torch.arange(1.0, 10).view(3, 3)
    slopes = torch.zeros(1, 9, 14)
    slopes[0, row : row + 3, column : column + 3] = whole
    return slopes[:, 1:-1, 1:-1], whole


def test_a_large_field_is_shown_where_most_of_it_is():
    slopes = torch.full((2, 40, 40), 0.01)
    slopes[1, 20:25, 8:13] = -1.0
    found = kernels(slopes)
    assert found.shape == (2, LARGEST, LARGEST)
    assert float(found[1].sum()) == pytest.approx(-23)
    assert strongest(found, 5) == [1, 0]


def test_a_unit_that_nothing_acts_on_is_refused(network: Network, pixels: Tensor):
    with pytest.raises(InputError, match="mixed3b:0"):
        effective_weights(_silenced(network), pixels, "mixed3b", 0)


def _silenced(network: Network) -> Network:
    key = "mixed3b.1x1.weight"
    return network.with_weights("silent", {key: torch.zeros_like(network.architecture.state_dict()[key])}, {})
