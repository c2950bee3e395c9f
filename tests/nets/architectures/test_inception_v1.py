"""Inception V1 against a NumPy reference, its documented shapes, and its own early stops."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from inception_reference import inception_v1 as reference
from torch.nn import functional as F

from perturber.core.errors import InputError
from perturber.nets.architectures.architecture import create
from perturber.nets.architectures.inception_v1 import (
    BRANCHES,
    MIXED,
    STEM,
    InceptionArchitectures,
    InceptionV1,
    max_pool,
    same_padding,
    scaled,
)
from perturber.nets.architectures.lrn import local_response_norm

CHANNELS = {
    "conv2d0": (64, 112),
    "conv2d1": (64, 56),
    "conv2d2": (192, 56),
    "mixed3a": (256, 28),
    "mixed3b": (480, 28),
    "mixed4a": (508, 14),
    "mixed4b": (512, 14),
    "mixed4c": (512, 14),
    "mixed4d": (528, 14),
    "mixed4e": (832, 14),
    "mixed5a": (832, 7),
    "mixed5b": (1024, 7),
}


@pytest.fixture
def small() -> InceptionV1:
    """A sixteenth of the width, with weights large enough that signals survive."""
    torch.manual_seed(3)
    network = InceptionV1(classes=5, width=1 / 8)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3 if parameter.ndim == 1 else 1.6 / parameter[0].numel() ** 0.5)
    return network.eval()


@torch.inference_mode()
def observed(network: InceptionV1, pixels: torch.Tensor) -> dict[str, torch.Tensor]:
    scale, shift = network.normalization.tensors(pixels.device)
    keep = [*network.taps, *(f"{tap}:pre" for tap in network.taps)]
    answer = network.observe(pixels * scale + shift, keep=keep)
    assert answer.logits is not None
    return {**answer.activations, "logits": answer.logits}


@pytest.mark.parametrize("size", [(64, 64), (75, 62), (97, 81)])
def test_every_tap_agrees_with_the_reference(small: InceptionV1, size: tuple[int, int]):
    pixels = torch.rand(2, 3, *size, generator=torch.Generator().manual_seed(1))
    weights = {key: value.numpy().astype(np.float64) for key, value in small.state_dict().items()}
    expected = reference(pixels.numpy().astype(np.float64), weights)
    found = observed(small, pixels)
    assert set(found) == set(expected)
    for name, value in expected.items():
        assert value.std() > 0, f"{name} is dead, the comparison would say nothing"
        np.testing.assert_allclose(found[name].numpy(), value, rtol=2e-4, atol=2e-4 * np.abs(value).max(), err_msg=name)


def test_padding_of_224_pixels_is_the_documented_one():
    assert same_padding(224, 7, 2) == (2, 3)
    assert same_padding(112, 3, 2) == (0, 1)
    assert same_padding(113, 3, 2) == (1, 1)
    assert same_padding(28, 5, 1) == (2, 2)


def test_max_pool_pads_with_minus_infinity():
    x = torch.full((1, 1, 4, 5), -7.0)
    x[0, 0, 3, 4] = -9.0
    pooled = max_pool(x)
    assert pooled.shape == (1, 1, 2, 3)
    assert bool((pooled == -7.0).all())


@pytest.mark.parametrize("channels", [4, 11, 64])
def test_lrn_is_the_library_s_with_the_documented_constants(channels: int):
    x = 200 * torch.randn(2, channels, 5, 3, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(local_response_norm(x), F.local_response_norm(x, 11, 1.1e-3, 0.5, 2.0))


def test_lrn_survives_squares_beyond_float16():
    x = torch.full((1, 12, 1, 1), 600.0)
    torch.testing.assert_close(local_response_norm(x.half()).float(), local_response_norm(x), rtol=1e-3, atol=0.1)


def test_shapes_at_full_width_are_the_documented_ones():
    with torch.device("meta"):
        network = InceptionV1()
        answer = network.observe(torch.empty(1, 3, 224, 224), keep=network.taps)
    assert answer.logits is not None
    assert answer.logits.shape == (1, 1008)
    shapes = {tap: tuple(value.shape) for tap, value in answer.activations.items()}
    assert shapes == {tap: (1, channels, size, size) for tap, (channels, size) in CHANNELS.items()}
    assert network.taps == tuple(CHANNELS)
    assert network.channels == {tap: channels for tap, (channels, _) in CHANNELS.items()}
    assert network.mixed4a["3x3"].out_channels == 204


def test_branches_are_concatenated_in_order(small: InceptionV1):
    block = small.mixed4a
    x = torch.rand(1, small.channels["mixed3b"], 6, 6)
    with torch.inference_mode():
        whole = block(x)
        start = 0
        for number, branch in enumerate(("1x1", "3x3", "5x5", "pool_reduce")):
            size = block[branch].out_channels
            changed = InceptionV1(classes=5, width=1 / 8).mixed4a
            changed.load_state_dict(block.state_dict())
            changed[branch].bias += 1.0
            difference = (changed(x) - whole).abs().amax((0, 2, 3))
            assert difference.nonzero().flatten().tolist() == list(range(start, start + size)), number
            start += size
    assert start == whole.shape[1]


@pytest.mark.parametrize("norm", ["lrn", "batch", "none"])
def test_stopping_early_equals_the_full_run(norm: str):
    network = create("inception_v1", 4, width=0.25, norm=norm).eval()
    x = 100 * torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        full = network.observe(x, keep=network.taps)
        for number, tap in enumerate(network.taps):
            reached: list[str] = []
            stopped = network.observe(x, upto=tap, on_block=reached.append)
            assert stopped.logits is None
            assert reached == list(network.taps[: number + 1])
            assert set(stopped.activations) == {tap}
            assert torch.equal(stopped.activations[tap], full.activations[tap])


def test_a_tap_before_its_relu_is_left_alone(small: InceptionV1):
    found = observed(small, torch.rand(1, 3, 64, 64))
    for tap in small.taps:
        assert float(found[f"{tap}:pre"].min()) < 0
        assert torch.equal(found[f"{tap}:pre"].relu(), found[tap])


def test_folding_batch_norm_changes_nothing_but_the_speed():
    torch.manual_seed(0)
    network = InceptionV1(4, 0.25, "batch").train()
    for _ in range(3):
        network(torch.rand(4, 3, 64, 64))
    for name, parameter in network.named_parameters():
        if "norm" in name:
            torch.nn.init.normal_(parameter, 1.0 if name.endswith("weight") else 0.0, 0.2)
    pixels = torch.rand(2, 3, 64, 64)
    before = observed(network.eval(), pixels)
    network.fold()
    assert not any("norm" in key for key in network.state_dict())
    after = observed(network, pixels)
    for name, value in before.items():
        torch.testing.assert_close(after[name], value, rtol=1e-3, atol=1e-4 * float(value.abs().max()), msg=name)
    plain = InceptionV1(4, 0.25, "none")
    plain.load_state_dict(network.state_dict())


def test_training_reaches_every_parameter():
    network = InceptionV1(4, 0.125, "batch").train()
    F.cross_entropy(network(torch.rand(4, 3, 64, 64)), torch.arange(4)).backward()
    dead = [n for n, p in network.named_parameters() if p.grad is None or not bool(p.grad.any())]
    assert dead == []


@pytest.mark.parametrize(
    ("channels", "width", "expected"), [(204, 1.0, 204), (204, 0.5, 104), (16, 0.25, 4), (16, 0.1, 4)]
)
def test_widths_are_multiples_of_four(channels: int, width: float, expected: int):
    assert scaled(channels, width) == expected


def test_published_conversions_are_understood():
    ours = {key: torch.zeros(1) for key in InceptionV1(width=0.125).state_dict()}
    lucent, captum = {}, {}
    reduced = {"3x3_bottleneck": "conv_3x3_reduce", "5x5_bottleneck": "conv_5x5_reduce", "pool_reduce": "pool_proj"}
    for kind in ("weight", "bias"):
        for number, stem in enumerate(STEM):
            lucent[f"{stem}_pre_relu_conv.{kind}"] = captum[f"conv{number + 1}.{kind}"] = torch.zeros(1)
        for block in MIXED:
            for branch in BRANCHES:
                lucent[f"{block}_{branch}_pre_relu_conv.{kind}"] = torch.zeros(1)
                captum[f"{block}.{reduced.get(branch, f'conv_{branch}')}.{kind}"] = torch.zeros(1)
        lucent[f"softmax2_pre_activation_matmul.{kind}"] = captum[f"fc.{kind}"] = torch.zeros(1)
        captum[f"aux1.loss_fc.{kind}"] = torch.zeros(1)
    for foreign in (lucent, captum, ours):
        assert set(InceptionArchitectures().translate("inception_v1", foreign)) == set(ours)


@pytest.mark.parametrize(
    ("arguments", "source"),
    [({"width": 0}, "width"), ({"width": "wide"}, "width"), ({"norm": "layer"}, "norm"), ({"depth": 3}, "depth")],
)
def test_arguments_that_do_not_fit_are_refused(arguments: dict[str, object], source: str):
    with pytest.raises(InputError, match=source):
        create("inception_v1", 4, **arguments)
