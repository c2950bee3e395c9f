"""Taps of networks that reuse modules and overwrite their own activations."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from perturber.nets.architectures.tapping import Layout, TapPlan, as_maps, as_output, make_plan


class Careless(nn.Module):
    """One in-place ReLU used twice, and once the in-place function."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3)
        self.second = nn.Conv2d(4, 4, 3)
        self.third = nn.Conv2d(4, 6, 3)
        self.relu = nn.ReLU(inplace=True)
        self.last = nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.first(x))
        x = self.relu(self.second(x))
        x = F.relu_(self.third(x))
        return self.last(x.mean((2, 3)))


def read(module: nn.Module, plan: TapPlan, x: Tensor) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    handles = [r.watch(module, lambda value, name=n: found.update({name: value})) for n, r in plan.readings.items()]
    module(x)
    for handle in handles:
        handle.remove()
    return found


def test_values_are_those_of_their_moment():
    module, x = Careless(), torch.randn(2, 3, 12, 12)
    plan = make_plan(module, x)
    with torch.no_grad():
        found = read(module, plan, x)
        first_pre = module.first(x)
        second_pre = module.second(first_pre.relu())
        third = module.third(second_pre.relu())
    assert plan.taps == ("first", "second", "third")
    expected = {
        "first:pre": first_pre,
        "first": first_pre.relu(),
        "second:pre": second_pre,
        "second": second_pre.relu(),
        "third": third,
    }
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, msg=name)


def test_gradients_pass_through_what_is_read_even_where_it_is_overwritten():
    module, x = Careless(), torch.randn(2, 3, 12, 12)
    plan = make_plan(module, x)
    found: dict[str, Tensor] = {}
    for tap in plan.taps:
        plan.readings[tap].watch(module, lambda value, name=tap: found.update({name: value}))
    score = module(x)[:, 0].sum()
    gradients = torch.autograd.grad(score, list(found.values()))
    assert [gradient.shape for gradient in gradients] == [value.shape for value in found.values()]
    weight = module.last.weight[0].view(1, 6, 1, 1) / found["third"].shape[2:].numel()
    torch.testing.assert_close(gradients[2], weight * (found["third"] > 0))


@pytest.mark.parametrize(("layout", "shape"), [("nchw", (2, 3, 4, 4)), ("nhwc", (2, 4, 5, 3)), ("tokens", (2, 17, 3))])
def test_maps_turn_back_into_the_output(layout: Layout, shape: tuple[int, ...]):
    output = torch.randn(shape)
    assert torch.equal(as_output(as_maps(output, layout), output, layout), output)


def test_only_overwritten_values_are_copied():
    plan = make_plan(Careless(), torch.zeros(1, 3, 12, 12))
    assert {name for name, reading in plan.readings.items() if reading.copy} == {"first:pre", "second:pre", "third"}


def test_blocks_share_out_all_weights():
    plan = make_plan(Careless(), torch.zeros(1, 3, 12, 12))
    kinds = ("weight", "bias")
    assert plan.blocks == {
        **{tap: tuple(f"{tap}.{kind}" for kind in kinds) for tap in ("first", "second", "third")},
        "head": ("last.weight", "last.bias"),
    }


def test_long_stages_are_thinned_and_keep_their_end():
    stages = [nn.Sequential(*(nn.Conv2d(3, 3, 1) for _ in range(count))) for count in (2, 37)]
    plan = make_plan(nn.Sequential(*stages), torch.zeros(1, 3, 4, 4), most=12)
    assert len(plan.taps) <= 12
    assert plan.taps[:2] == ("0.0", "0.1")
    assert plan.taps[-1] == "1.36"
    shared_out = [key for keys in plan.blocks.values() for key in keys]
    assert len(shared_out) == 2 * 39


def test_watching_leaves_no_hooks():
    module = Careless()
    make_plan(module, torch.zeros(1, 3, 12, 12))
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in module.modules())


def test_token_and_channels_last_outputs_become_maps():
    maps = torch.arange(2 * 5 * 3 * 3.0).view(2, 5, 3, 3)
    assert torch.equal(as_maps(maps.permute(0, 2, 3, 1), "nhwc"), maps)
    tokens = torch.cat((torch.full((2, 1, 5), -1.0), maps.flatten(2).transpose(1, 2)), 1)
    assert torch.equal(as_maps(tokens, "tokens"), maps)
