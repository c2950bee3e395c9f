"""Attributions: what all promise, the same as Captum's, and dependent on what the network has learned."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from captum import attr
from captum.attr._utils.approximation_methods import approximation_parameters
from captum_oracle import KINDS, deviation
from torch import Tensor, nn

from perturber.core.errors import InputError
from perturber.core.parameters.plugin import kinds
from perturber.core.session.attribution import AttributionMethod, Explain
from perturber.core.session.models import FamilyModel
from perturber.methods.attributions.base_attribution import Attribution
from perturber.methods.attributions.gradient import Gradient
from perturber.methods.attributions.integrated_gradients import IntegratedGradients, gauss_legendre
from perturber.methods.attributions.occlusion import Occlusion
from perturber.methods.attributions.rise import Rise
from perturber.methods.attributions.smooth_grad import SmoothGrad
from perturber.methods.networks.explained import Explained, baseline
from perturber.nets.architectures.architecture import create
from perturber.nets.architectures.network import Network
from perturber.nets.architectures.tapping import make_plan
from perturber.nets.architectures.torchvision_models import Observed, _layouts, _models
from perturber.nets.lookup.labels import Labels
from perturber.nets.open_model import open_model

CLASSES, SIDE, OUTPUT = 5, 64, 3
SMALL: dict[str, dict[str, Any]] = {
    "smooth_grad": {"samples": 3},
    "integrated_gradients": {"steps": 5},
    "occlusion": {"window": 24, "stride": 18},
    "rise": {"masks": 20, "cells": 4},
}
"""Less work than by default."""


def method(kind: str) -> Attribution:
    made = kinds(AttributionMethod)[kind](**SMALL.get(kind, {}))
    assert isinstance(made, Attribution)
    return made


def small(name: str, **arguments: Any) -> Network:
    torch.manual_seed(7)
    return Network(name, create(name, CLASSES, **arguments), Labels(("",) * CLASSES, ("",) * CLASSES))


@pytest.fixture(scope="module")
def inception() -> Network:
    return small("inception_v1", width=0.0625, norm="batch")


@pytest.fixture(scope="module")
def squeezenet() -> Network:
    return small("squeezenet1_1")


@pytest.fixture(scope="module")
def trained() -> Network:
    return open_model(FamilyModel(), torch.device("cpu"))


@pytest.fixture(scope="module", params=["inception", "squeezenet"])
def network(request: pytest.FixtureRequest) -> Network:
    found: Network = request.getfixturevalue(request.param)
    return found


def picture(side: int = SIDE) -> Tensor:
    """A bright disc in front of a slope with noise, 1×3×side×side."""
    at = torch.linspace(-1, 1, side)
    disc = ((at[:, None] - 0.2) ** 2 + at**2 < 0.3).float()
    noise = torch.rand((3, side, side), generator=torch.Generator().manual_seed(4))
    colors = torch.tensor([0.6, 0.4, 0.2])[:, None, None]
    return (0.25 + 0.15 * at + colors * disc + 0.25 * (noise - 0.5)).clamp(0, 1)[None]


def asked(network: Network, side: int = SIDE, **fields: Any) -> Explained:
    return Explained(network, OUTPUT, picture(side), generator=torch.Generator().manual_seed(11), **fields)


@pytest.mark.parametrize("kind", kinds(AttributionMethod))
def test_every_attribution_keeps_the_contract(inception: Network, kind: str):
    explained, made = asked(inception), method(kind)
    explained.pixels.grad = torch.ones_like(explained.pixels)
    before = {name: value.clone() for name, value in inception.tensors.items()}
    modules = [(m.training, len(m._forward_hooks), len(m._backward_hooks)) for m in inception.architecture.modules()]
    dice = torch.get_rng_state()
    steps = list(made.steps_on(explained))
    values = steps[-1].values
    assert values is not None
    assert values.shape == (SIDE, SIDE)
    assert values.dtype == torch.float32
    assert values.isfinite().all()
    assert float(values.abs().max()) > 0
    assert made.signed or float(values.min()) >= 0
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert steps[-1].done == steps[-1].total
    assert all(step.values is None or step.values.shape == values.shape for step in steps)
    torch.testing.assert_close(made.values(asked(inception)), values, rtol=0, atol=0)
    # Nothing is left behind: no slope, no hook, no changed weight, no drawn random number.
    assert explained.pixels.grad is not None
    assert (explained.pixels.grad == 1).all()
    assert all(p.grad is None for p in inception.architecture.parameters())
    assert all(torch.equal(before[name], value) for name, value in inception.tensors.items())
    after = [(m.training, len(m._forward_hooks), len(m._backward_hooks)) for m in inception.architecture.modules()]
    assert after == modules
    assert torch.equal(torch.get_rng_state(), dice)


@pytest.mark.parametrize("kind", kinds(AttributionMethod))
def test_every_attribution_comes_back_from_a_file(kind: str):
    explain = Explain(method=method(kind), target="n02106662", layer="mixed4a")
    assert Explain.model_validate_json(explain.model_dump_json()) == explain


@pytest.mark.parametrize("kind", KINDS)
def test_attributions_equal_captums(network: Network, kind: str):
    assert deviation(method(kind), asked(network)) <= 1e-4


def test_smooth_grad_is_the_mean_of_captums_gradients_of_noisy_pictures(inception: Network):
    explained, generator = asked(inception), torch.Generator().manual_seed(11)
    mean = torch.zeros_like(explained.pixels)
    for _ in range(4):
        torch.manual_seed(int(torch.randint(2**31, (), generator=generator)))
        noisy = (explained.pixels + torch.normal(0.0, torch.full_like(explained.pixels, 0.2))).requires_grad_()
        mean += attr.Saliency(explained.logits).attribute(noisy, OUTPUT, abs=False) / 4
    mine = SmoothGrad(samples=4, noise=0.2).values(explained)
    expected = mean[0].abs().amax(0)
    torch.testing.assert_close(mine, expected, rtol=0, atol=1e-4 * float(expected.max()))


@pytest.mark.parametrize("kind", ["integrated_gradients", "occlusion", "rise", "smooth_grad"])
def test_several_pictures_at_once_give_the_same(trained: Network, kind: str, monkeypatch: pytest.MonkeyPatch):
    made = SmoothGrad(samples=5, noise=0.0) if kind == "smooth_grad" else method(kind)
    one_by_one = list(made.steps_on(asked(trained)))
    monkeypatch.setattr(Explained, "batch", 4)
    together = list(made.steps_on(asked(trained)))
    assert len(together) < len(one_by_one)
    found, expected = together[-1].values, one_by_one[-1].values
    assert found is not None
    assert expected is not None
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-4 * float(expected.abs().max()))


def test_smooth_grad_is_captums_noise_tunnel(inception: Network):
    """To the bit: Captum draws from torch's own generator what ours draws from a generator with the same seed."""
    explained, seeds = asked(inception), torch.Generator().manual_seed(11)
    tunnel, total = attr.NoiseTunnel(attr.Saliency(explained.logits)), torch.zeros_like(explained.pixels)
    with torch.random.fork_rng([]):
        for _ in range(3):
            torch.manual_seed(int(torch.randint(2**31, (), generator=seeds)))
            total += tunnel.attribute(explained.pixels.clone(), nt_samples=1, stdevs=0.2, target=OUTPUT, abs=False)
    mine = SmoothGrad(samples=3, noise=0.2).values(explained)
    assert torch.equal(mine, (total / 3)[0].abs().amax(0))


@pytest.mark.parametrize("count", [2, 5, 32])
def test_points_and_weights_are_captums_and_exact_for_polynomials(count: int):
    points, weights = gauss_legendre(count)
    sizes, alphas = approximation_parameters("gausslegendre")
    assert (points, weights) == (alphas(count), sizes(count))
    for power in range(2 * count):
        whole = sum(weight * point**power for point, weight in zip(points, weights, strict=True))
        assert whole == pytest.approx(1 / (power + 1))


@pytest.mark.parametrize("kind", ["smooth_grad", "integrated_gradients"])
@pytest.mark.parametrize("mode", [torch.inference_mode, torch.no_grad])
def test_gradients_are_taken_whatever_the_caller_has_turned_off(inception: Network, kind: str, mode: Any):
    expected = method(kind).values(asked(inception))
    with mode():
        found = method(kind).values(asked(inception))
    assert torch.equal(found, expected)


def test_without_noise_smooth_grad_is_the_gradient(inception: Network):
    plain = Gradient().values(asked(inception))
    smooth = SmoothGrad(samples=2, noise=0.0).values(asked(inception))
    torch.testing.assert_close(smooth, plain, rtol=0, atol=1e-4 * float(plain.max()))


def test_rise_is_its_formula(trained: Network):
    made, explained = Rise(masks=30, cells=4, baseline="black"), asked(trained)
    masks = torch.cat([made.mask(explained) for _ in range(30)])
    assert float(masks.min()) >= 0
    assert float(masks.max()) <= 1
    assert float(masks.mean()) == pytest.approx(0.5, abs=0.1)
    with torch.no_grad():
        believed = trained.run(masks * explained.pixels).logits
        assert believed is not None
        share = believed.softmax(1)[:, OUTPUT, None, None]
    expected = (share * masks[:, 0]).sum(0) / masks[:, 0].sum(0) - share.mean()
    mine = made.values(asked(trained))
    torch.testing.assert_close(mine, expected, rtol=0, atol=1e-4 * float(expected.abs().max()))


def test_a_black_box_finds_the_only_place_that_matters(inception: Network, monkeypatch: pytest.MonkeyPatch):
    """A network that looks at one corner alone."""

    def corner(self: Explained, pixels: Tensor) -> Tensor:
        return pixels[:, :, :16, 40:].mean((1, 2, 3))[:, None].repeat(1, CLASSES)

    monkeypatch.setattr(Explained, "logits", corner)
    monkeypatch.setattr(Explained, "probabilities", lambda self, pixels: self.scores(pixels))
    for made in (Occlusion(window=8, stride=8, baseline="black"), Rise(masks=150, cells=6, baseline="black")):
        found = made.values(asked(inception))
        inside = found[:16, 40:].mean()
        assert inside > 5 * found.mean().abs()
        assert inside > 3 * found[24:, :32].abs().mean()


def randomized(network: Network, count: int) -> Network:
    """The network with the weights of its last blocks shuffled within each tensor; the head is the last block."""
    generator, changed = torch.Generator().manual_seed(0), {}
    for block in ("head", *reversed(network.taps))[:count]:
        for key in network.architecture.blocks[block]:
            value = network.tensors[key]
            shuffled = value.flatten()[torch.randperm(value.numel(), generator=generator)]
            changed[key] = torch.empty_like(value).copy_(shuffled.view(value.shape))
    return network.with_weights("randomized", changed, network.parts)


def correlation(first: Tensor, second: Tensor) -> float:
    """Spearman's rank correlation of two maps' magnitudes; 0 where one of them is the same everywhere."""
    ranks = []
    for values in (first, second):
        _, place, many = values.abs().flatten().unique(return_inverse=True, return_counts=True)
        ends = many.cumsum(0).double()
        ranks.append((ends - (many - 1) / 2)[place])
    if any(bool((rank == rank[0]).all()) for rank in ranks):
        return 0.0
    return float(torch.corrcoef(torch.stack(ranks))[0, 1])


@pytest.mark.parametrize("kind", ["gradient", "smooth_grad", "integrated_gradients", "grad_cam"])
def test_attributions_depend_on_what_the_network_has_learned(trained: Network, kind: str):
    """The cascading parameter randomization of Adebayo et al., "Sanity Checks for Saliency Maps", 2018."""
    made, pixels = method(kind), picture(112)
    learned = made.values(Explained(trained, 0, pixels))
    few, all_ = (made.values(Explained(randomized(trained, count), 0, pixels)) for count in (3, 13))
    assert correlation(learned, few) < 0.75
    assert correlation(learned, all_) < 0.45


def test_guided_backpropagation_is_known_to_fail_that_check(trained: Network):
    """It hardly changes while half of the network is randomized, as Adebayo et al. found: it shows edges."""
    made, pixels = method("guided_backprop"), picture(112)
    learned = made.values(Explained(trained, 0, pixels))
    half = made.values(Explained(randomized(trained, 6), 0, pixels))
    assert correlation(learned, half) > 0.9


@pytest.mark.parametrize("kind", ["black", "blur"])
def test_integrated_gradients_add_up_to_the_difference_of_the_logits(trained: Network, kind: Any):
    pixels = picture()
    explained = Explained(trained, 0, pixels)
    ends = explained.scores(torch.cat([pixels, baseline(pixels, kind)]))
    total = IntegratedGradients(steps=64, baseline=kind).values(explained).sum()
    assert float(total) == pytest.approx(float(ends[0] - ends[1]), rel=0.06, abs=0.03)


def test_a_blurred_baseline_keeps_flat_pictures_and_loses_edges():
    flat = torch.full((1, 3, 40, 60), 0.3)
    torch.testing.assert_close(baseline(flat, "blur"), flat)
    edged = picture()
    assert baseline(edged, "blur").diff(dim=3).abs().max() < 0.2 * edged.diff(dim=3).abs().max()


def test_what_a_network_does_not_have_is_said(inception: Network):
    with pytest.raises(InputError, match="mixed9z"):
        method("grad_cam").values(asked(inception, layer="mixed9z"))


def test_a_layer_that_the_class_does_not_depend_on_is_said():
    """Of the last tokens of a vision transformer only the one is read that is no part of the picture."""
    models, _ = _models()
    torch.manual_seed(3)
    sizes = {"num_layers": 2, "num_heads": 2, "hidden_dim": 16, "mlp_dim": 32, "num_classes": CLASSES}
    module = models.VisionTransformer(image_size=32, patch_size=8, **sizes).eval()
    nn.init.normal_(module.heads.head.weight)
    plan = make_plan(module, torch.zeros(1, 3, 32, 32), _layouts(module), opened=(models.vision_transformer.Encoder,))
    plain = SimpleNamespace(mean=(0.5,) * 3, std=(0.5,) * 3)
    network = Network("tokens", Observed("tokens", module, plan, plain, 32), Labels(("",) * CLASSES, ("",) * CLASSES))
    with pytest.raises(InputError, match=r"attribution\.layer.*does not change with the maps"):
        method("grad_cam").values(asked(network, 32, layer=network.taps[-1]))
    before = method("grad_cam").values(asked(network, 32, layer=network.taps[-2]))
    assert float(before.max()) > 0
    usual = method("grad_cam").values(asked(network, 32))
    assert torch.equal(usual, before), "by default the last layer that the class depends on"
    with pytest.raises(InputError, match="no ReLUs"):
        method("guided_backprop").values(asked(network, 32))
    assert float(method("gradient").values(asked(network, 32)).max()) > 0
