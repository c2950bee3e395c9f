"""A network in training: one forward call for logits and features, and a way to attack it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from perturber.methods.attacks.gradient.pgd import Pgd
from perturber.nets.architectures.architecture import Architecture


class Watched(nn.Module):
    """Maps pixels (N×3×H×W in [0, 1]) to logits (N×classes) and features (N×C: the last tap's mean)."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = architecture

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        scale, shift = self.architecture.normalization.tensors(pixels.device)
        last = self.architecture.taps[-1]
        answer = self.architecture.observe(torch.addcmul(shift, pixels, scale), keep=(last,))
        return answer.final_logits(), answer.activations[last].flatten(2).mean(2)


class Learner:
    """An architecture on its device, trained by all processes of a ``torchrun`` together when there are several."""

    def __init__(self, architecture: Architecture, device: torch.device, together: bool = False) -> None:
        self.device = device
        self.architecture = architecture
        architecture.to(device)
        architecture.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        watched = Watched(architecture)
        self._module: nn.Module = DistributedDataParallel(watched) if together else watched
        self._latest = torch.empty(0)
        self._half = device.type == "cuda"

    def __call__(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self._half):
            logits, features = cast(tuple[Tensor, Tensor], self._module(pixels))
        self._latest = logits.detach()
        return logits, features

    def accuracy(self, targets: Tensor) -> float:
        """Share of the pictures run last whose class led."""
        return float((self._latest.argmax(1) == targets).float().mean())

    def attacked(self, attack: Pgd, pixels: Tensor, targets: Tensor, generator: torch.Generator) -> Tensor:
        """The pictures attacked on the network as it is used: evaluated, its BatchNorm folded in."""
        copy = deepcopy(self.architecture).eval().requires_grad_(False)
        copy.fold()
        copy.requires_grad_(False)  # folding makes new parameters

        def logits(at: Tensor) -> Tensor:
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self._half):
                return cast(Tensor, copy(at))

        found = attack.run(logits, pixels, targets, generator)
        return found.detach().contiguous(memory_format=torch.channels_last)

    def parameters(self) -> Any:
        return self.architecture.parameters()

    def train(self) -> None:
        self._module.train()
