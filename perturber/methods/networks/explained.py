"""The network, picture and class that an attribution explains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from perturber.core.errors import InputError
from perturber.methods.units.scores import class_gradients
from perturber.nets.architectures.network import Network
from perturber.nets.lookup.find import find_layer

Baseline = Literal["black", "grey", "blur"]
BLUR = 1 / 16
"""Standard deviation of the blurred baseline, as a share of the picture's shorter side."""
LAYER = "attribution.layer"


@dataclass(frozen=True, eq=False)
class Explained:
    """A picture, a network and the class to explain."""

    network: Network
    output: int
    """Number of the class."""
    pixels: Tensor
    """1×3×H×W in [0, 1], on the network's device."""
    layer: str = ""
    """Tap for layer methods; empty means the last one."""
    generator: torch.Generator = field(default_factory=lambda: torch.Generator().manual_seed(0))
    """Source of all randomness, on the CPU."""
    seen: Mapping[str, Tensor] = field(default_factory=dict)
    """Activations on this picture that are already known, 1×C×h×w by tap."""
    gradient: Tensor | None = None
    """Result of `input_gradient`, if already known."""

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the picture."""
        return self.pixels.shape[2], self.pixels.shape[3]

    @property
    def batch(self) -> int:
        """Pictures per forward pass: few enough for a short step, enough to fill the device."""
        return 1 if self.pixels.device.type == "cpu" else 16

    def logits(self, pixels: Tensor) -> Tensor:
        """Return logits N×classes of pictures N×3×H×W, differentiable with respect to the pixels."""
        return self.network.logits(pixels)

    def scores(self, pixels: Tensor) -> Tensor:
        """Return the class's logit for N pictures, without a gradient."""
        with torch.inference_mode():
            return self.logits(pixels)[:, self.output]

    def probabilities(self, pixels: Tensor) -> Tensor:
        """Return the class's probability for N pictures, without a gradient."""
        with torch.inference_mode():
            return self.logits(pixels).softmax(1)[:, self.output]

    def input_gradient(self) -> Tensor:
        """Return the gradient of the class's logit with respect to the picture, 1×3×H×W; computed if not known yet."""
        return self.gradients(self.pixels) if self.gradient is None else self.gradient

    def gradients(self, pixels: Tensor) -> Tensor:
        """Return the gradient of the class's logit for each of N pictures with respect to it, N×3×H×W."""
        with torch.inference_mode(False), torch.enable_grad():
            at = pixels.detach().clone().requires_grad_()
            found: Tensor = torch.autograd.grad(self.logits(at)[:, self.output].sum(), at)[0]
            return found

    def tap(self) -> str:
        """Return the tap that layer methods read. Raises InputError if the network does not have it."""
        taps = self.network.taps
        if not taps:
            raise InputError(LAYER, f"{self.network.name} has no layer with maps", "another method")
        return find_layer(self.network, self.layer, LAYER) if self.layer else taps[-1]

    def layer_gradients(self) -> tuple[Tensor, Tensor]:
        """Return the tap's activations and the gradient of the class's logit with respect to them, 1×C×h×w each.

        Resumes the forward pass at the tap if the network supports it. Raises InputError for a layer whose
        maps do not affect the logit.
        """
        tap = self.tap()
        if self.network.architecture.resumable:
            maps, gradient = self._resumed(tap)
        else:
            maps, gradient = class_gradients(self.network, self.pixels, self.output, (tap,))[tap]
        if not gradient.any():
            # The last layer of a vision transformer: only the class token is read, not those of the picture.
            problem = f"the class's logit does not depend on the maps of {tap} in {self.network.name}"
            raise InputError(LAYER, problem, "an earlier layer, another class or another method")
        return maps.float(), gradient.float()

    def _resumed(self, tap: str) -> tuple[Tensor, Tensor]:
        with torch.inference_mode(False):
            known = self.seen.get(tap)
            if known is None:
                with torch.no_grad():
                    known = self.network.run(self.pixels, upto=tap).activations[tap]
            with torch.enable_grad():
                maps = known.detach().clone().requires_grad_()
                logits = self.network.resume(tap, maps).final_logits()
                return maps.detach(), torch.autograd.grad(logits[0, self.output], maps)[0]

    def enlarge(self, maps: Tensor) -> Tensor:
        """Enlarge maps N×C×h×w to the picture's size, bilinearly."""
        return F.interpolate(maps, self.size, mode="bilinear", align_corners=False)


def baseline(pixels: Tensor, kind: Baseline) -> Tensor:
    """Return the baseline for ``pixels`` (N×3×H×W in [0, 1]), of the same shape: black, 50 % gray, or blurred."""
    if kind != "blur":
        return torch.full_like(pixels, 0.0 if kind == "black" else 0.5)
    sigma = BLUR * min(pixels.shape[2:])
    radius = min(round(3 * sigma), min(pixels.shape[2:]) - 1)
    at = torch.arange(-radius, radius + 1, device=pixels.device)
    kernel = torch.exp(-(at**2) / (2 * sigma**2))
    kernel = (kernel / kernel.sum()).repeat(pixels.shape[1], 1, 1, 1)
    padded = F.pad(pixels, (radius,) * 4, mode="reflect")
    across = F.conv2d(padded, kernel, groups=pixels.shape[1])
    return F.conv2d(across, kernel.transpose(2, 3), groups=pixels.shape[1]).clamp(0, 1)
