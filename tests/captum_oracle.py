"""Captum's attributions of the same pictures, which ours are compared with."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from captum import attr
from torch import Tensor, nn

from perturber.core.parameters.plugin import kind_of
from perturber.methods.attributions.base_attribution import Attribution
from perturber.methods.attributions.integrated_gradients import IntegratedGradients
from perturber.methods.attributions.occlusion import Occlusion
from perturber.methods.networks.explained import Explained
from perturber.nets.architectures.network import Network
from perturber.nets.architectures.unit_makers import RELU

KINDS = (
    "gradient",
    "gradient_input",
    "guided_backprop",
    "grad_cam",
    "guided_grad_cam",
    "integrated_gradients",
    "occlusion",
)
"""The methods that Captum has, too, and that draw no random numbers."""


def deviation(made: Attribution, explained: Explained) -> float:
    """Return the largest difference from Captum's map, as a share of the largest absolute value of that map."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about hooks
        theirs = by_captum(made, explained)[0].detach()
    theirs = theirs[0] if isinstance(made, Occlusion) else theirs.sum(0) if made.signed else theirs.abs().amax(0)
    return float((made.values(explained) - theirs).abs().max() / theirs.abs().max())


def relus_as_modules(network: Network) -> nn.Module:
    """The network with a module for each ReLU, none of them in place: what Captum can hook into."""

    class Modular(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.relus = nn.ModuleList([nn.ReLU() for _ in range(64)])

        def forward(self, pixels: Tensor) -> Tensor:
            with self.replaced():
                found = network.run(pixels).logits
            assert found is not None
            return found

        @contextmanager
        def replaced(self) -> Iterator[None]:
            modules = iter(self.relus)

            class Mode(torch.overrides.TorchFunctionMode):
                inside = False

                def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
                    if func not in RELU or self.inside:
                        return func(*args, **(kwargs or {}))
                    with self:
                        self.inside = True
                        try:
                            return next(modules)(args[0])
                        finally:
                            self.inside = False

            with Mode():
                yield

    return Modular()


def by_captum(made: Attribution, explained: Explained) -> Tensor:
    """Captum's attribution as it gives it, 1×3×H×W; of a layer 1×1×H×W."""
    pixels, run, output = explained.pixels.clone().requires_grad_(), explained.logits, explained.output
    kind = kind_of(type(made))
    if kind == "gradient":
        return attr.Saliency(run).attribute(pixels, output)
    if kind == "gradient_input":
        return attr.InputXGradient(run).attribute(pixels, output)
    if kind == "guided_backprop":
        return attr.GuidedBackprop(relus_as_modules(explained.network)).attribute(pixels, output)
    if kind == "grad_cam":
        return captum_heat(explained)
    if kind == "guided_grad_cam":
        guided = attr.GuidedBackprop(relus_as_modules(explained.network)).attribute(pixels, output)
        return captum_heat(explained) * guided
    if isinstance(made, IntegratedGradients):
        return attr.IntegratedGradients(run).attribute(pixels, 0.0, output, n_steps=made.steps)
    assert isinstance(made, Occlusion)
    windows, strides = (3, made.window, made.window), (3, made.stride, made.stride)
    return attr.Occlusion(lambda x: run(x).detach()).attribute(explained.pixels, windows, strides, 0.5, output)


def captum_heat(explained: Explained) -> Tensor:
    """Grad-CAM by Captum, at the last tap, where a module stands that lets everything pass."""
    network, passing, tap = explained.network, nn.Identity(), explained.network.taps[-1]

    def resumed(pixels: Tensor) -> Tensor:
        maps = passing(network.run(pixels, upto=tap).activations[tap])
        logits = network.resume(tap, maps).logits
        assert logits is not None
        return logits

    def hooked(pixels: Tensor) -> Tensor:
        architecture: Any = network.architecture
        place = architecture.bare().get_submodule(architecture.plan.readings[tap].module)
        handle = place.register_forward_hook(lambda owner, given, output: passing(output))
        try:
            return explained.logits(pixels)
        finally:
            handle.remove()

    run = resumed if network.architecture.resumable else hooked
    pixels = explained.pixels.clone().requires_grad_()
    cam = attr.LayerGradCam(run, passing).attribute(pixels, explained.output, relu_attributions=True)
    return attr.LayerAttribution.interpolate(cam, explained.size, "bilinear").detach()
