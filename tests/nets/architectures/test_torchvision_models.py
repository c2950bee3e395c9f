"""The contract of every architecture, and the real runs of one of each kind."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from perturber.core.errors import InputError, MachineError
from perturber.nets.architectures import torchvision_models as torchvision
from perturber.nets.architectures.architecture import Architecture, Hollow, architectures, create
from perturber.nets.architectures.network import Network
from perturber.nets.architectures.tapping import MOST
from perturber.nets.lookup.labels import labels_for

SAMPLES = {
    "alexnet": 96,
    "vgg11": 64,
    "resnet18": 64,
    "googlenet": 64,
    "squeezenet1_0": 64,
    "mobilenet_v2": 64,
    "densenet121": 64,
    "efficientnet_b0": 64,
    "convnext_tiny": 64,
    "shufflenet_v2_x0_5": 64,
    "swin_t": 64,
    "vit_b_32": 224,
}
OTHERS = {
    "inception_v3", "maxvit_t", "mnasnet0_5", "mobilenet_v3_small", "regnet_y_400mf", "resnext50_32x4d", "swin_v2_t",
    "vgg11_bn", "efficientnet_v2_s",
}  # fmt: skip
"""One of each remaining family; all others take part in the long tests."""


def hollow(name: str, classes: int) -> Architecture:
    return create(name, classes, hollow=True).to("meta").eval()


def test_all_of_torchvision_is_there():
    assert len(torchvision.names()) >= 80
    assert architectures() == ("inception_v1", *torchvision.names())


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in {*SAMPLES, *OTHERS} else pytest.mark.long) for name in architectures()],
)
def test_contract(name: str):
    network = hollow(name, 1009)
    assert network.name == name
    assert 5 <= len(network.taps) <= MOST
    assert network.classes == 1009
    assert set(network.channels) == set(network.taps)
    assert network.before <= set(network.taps)
    shared_out = [key for keys in network.blocks.values() for key in keys]
    assert sorted(shared_out) == sorted(network.bare().state_dict())
    assert tuple(network.blocks) == (*network.taps, "head")
    size = network.size if network.fixed else 224
    reached: list[str] = []
    pre = [f"{tap}:pre" for tap in network.before]
    with torch.no_grad():
        x = torch.empty(1, 3, size, size, device="meta")
        answer = network.observe(x, keep=[*network.taps, *pre], on_block=reached.append)
    assert answer.logits is not None
    assert answer.logits.shape == (1, 1009)
    assert reached == list(network.taps)
    for tap in network.taps:
        _, channels, height, width = answer.activations[tap].shape
        assert channels == network.channels[tap]
        assert height * width > 1
    assert all(answer.activations[name].shape == answer.activations[name.removesuffix(":pre")].shape for name in pre)


@pytest.mark.parametrize("name", SAMPLES)
def test_stopping_early_equals_the_full_run(name: str):
    torch.manual_seed(0)
    network = Network(name, create(name, 10), labels_for(name, 10))
    pixels = torch.rand(1, 3, SAMPLES[name], SAMPLES[name])
    with torch.inference_mode():
        full = network.run(pixels, keep=network.taps)
        for number, tap in enumerate(network.taps):
            reached: list[str] = []
            network.on_block = reached.append
            stopped = network.run(pixels, upto=tap)
            assert stopped.logits is None
            assert reached == list(network.taps[: number + 1])
            assert torch.equal(stopped.activations[tap], full.activations[tap])


def test_taps_survive_in_place_activations():
    torch.manual_seed(0)
    network = Network("resnet18", create("resnet18", 10), labels_for("resnet18", 10))
    module = network.architecture.bare()
    pixels = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        kept = network.run(pixels, keep=["conv1", "conv1:pre", "layer1.0", "layer1.0:pre"]).activations
        x = torch.addcmul(network._shift, pixels, network._scale)
        pre = module.get_submodule("bn1")(module.get_submodule("conv1")(x))
        torch.testing.assert_close(kept["conv1:pre"], pre)
        torch.testing.assert_close(kept["conv1"], pre.relu())
        torch.testing.assert_close(kept["layer1.0:pre"].relu(), kept["layer1.0"])
    assert float(kept["layer1.0:pre"].min()) < 0


def test_no_hook_stays_behind():
    network = create("resnet18", 10).eval()
    network.observe(torch.zeros(1, 3, 64, 64), upto="layer1.0", on_block=lambda tap: None)
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in network.modules())


@pytest.mark.parametrize(("name", "mean", "std"), [("resnet18", 0.485, 0.229), ("googlenet", 0.5, 0.5)])
def test_normalization_is_that_of_the_published_weights(name: str, mean: float, std: float):
    scale, shift = hollow(name, 3).normalization.tensors(torch.device("cpu"))
    assert float(0.25 * scale[0, 0] + shift[0, 0]) == pytest.approx((0.25 - mean) / std, rel=1e-6)


def test_inside_normalization_equals_transform_input():
    """What torchvision computes for GoogLeNet's published weights from ImageNet-normalized pixels."""
    network = create("googlenet", 10).eval()
    module = network.bare()
    pixels = torch.rand(1, 3, 64, 64)
    mean, std = (torch.tensor(v)[:, None, None] for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    with torch.inference_mode():
        module.transform_input = True
        expected = module((pixels - mean) / std)
        module.transform_input = False
        torch.testing.assert_close(network(pixels), expected, rtol=1e-4, atol=1e-5)


def test_transformers_take_any_picture():
    network = Network("vit_b_32", create("vit_b_32", 3, image_size=64), labels_for("vit_b_32", 3))
    answer = network.run(torch.rand(1, 3, 100, 80), keep=["conv_proj", network.taps[-1]])
    assert answer.activations["conv_proj"].shape == (1, 768, 2, 2)
    assert answer.activations[network.taps[-1]].shape == (1, 768, 2, 2)


def test_densenet_s_first_names_are_understood():
    network = hollow("densenet121", 10)
    old = {
        key.replace("norm1.", "norm.1.").replace("norm2.", "norm.2.").replace("conv1.", "conv.1."): value
        for key, value in network.bare().state_dict().items()
    }
    assert set(torchvision.TorchvisionArchitectures().translate("densenet121", old)) == set(network.bare().state_dict())


def test_offline_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    for proxy in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(MachineError, match=r"resnet18-f37072fd\.pth|download\.pytorch\.org"):
        torchvision.TorchvisionArchitectures().download("resnet18")


def test_downloaded_weights_are_used_from_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    file = tmp_path / "hub" / "checkpoints" / "squeezenet1_0-b66bff10.pth"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"cached")
    assert torchvision.TorchvisionArchitectures().download("squeezenet1_0") == file


@pytest.mark.parametrize("name", ["resnet1800", "", "../resnet18"])
def test_unknown_names_are_refused(name: str):
    with pytest.raises(InputError, match="no architecture"):
        create(name)


def test_unknown_arguments_are_refused():
    with pytest.raises(InputError, match=r"resnet18\.width"):
        create("resnet18", 10, width=0.5)


def test_hollow_networks_allocate_no_weights():
    with Hollow():
        module = nn.Linear(1 << 20, 1 << 20)
    assert module.weight.is_meta


def test_every_architecture_has_an_entry_in_the_catalog():
    for name in torchvision.names():
        made = torchvision.entry(name)
        (source,) = made.sources
        assert made.kind is not None
        assert made.kind.architecture == name
        assert source.urls[0] == f"https://download.pytorch.org/models/{source.file}"
        assert source.file.endswith(f"-{source.sha256}.pth")
        assert len(source.sha256) >= 8
    with pytest.raises(InputError, match="torchvision_nosuch: torchvision has no such classifier"):
        torchvision.entry("nosuch")
