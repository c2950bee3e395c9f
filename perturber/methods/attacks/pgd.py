"""Projected gradient descent (Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks", 2018)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

import torch
from annotated_types import Interval
from torch import Tensor
from torch.nn.functional import cross_entropy

from perturber.core.state import State

Norm = Literal["l2", "linf"]
Logits = Callable[[Tensor], Tensor]
"""Pixels N×3×H×W in [0, 1] → logits N×classes, differentiable."""
TINY = 1e-12


class Pgd(State):
    """Steps along the gradient of the cross-entropy, each projected back into the ball and into [0, 1]."""

    kind: Literal["pgd"] = "pgd"
    norm: Norm = "l2"
    epsilon: Annotated[float, Interval(ge=0, le=1000)] = 1.0
    """Radius of the ball around each picture, in units of pixels in [0, 1]."""
    steps: Annotated[int, Interval(ge=0, le=10_000)] = 20
    step: Annotated[float, Interval(ge=0, le=1000)] = 0.0
    """Length of a step; 0 is 2.5 · epsilon / steps, with which the edge can be reached and left again."""
    random_start: bool = False
    """Start anywhere in the ball instead of at the picture."""

    @property
    def length(self) -> float:
        """The step that is taken, in units of pixels in [0, 1]."""
        return self.step or 2.5 * self.epsilon / max(self.steps, 1)

    def run(self, logits: Logits, pixels: Tensor, targets: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Pictures that the network takes for anything but ``targets``, as far as the ball allows.

        ``pixels`` are N×3×H×W in [0, 1], ``targets`` N class numbers. Every picture is attacked by
        itself: the result does not depend on the batch it is in. ``generator`` (on the CPU) decides
        the random start.
        """
        change = self._start(pixels, generator) if self.random_start else torch.zeros_like(pixels)
        for _ in range(self.steps):
            change = self.move(change, gradient(logits, pixels + change, targets), pixels)
        return pixels + change

    def move(self, change: Tensor, slope: Tensor, pixels: Tensor) -> Tensor:
        """One step uphill from ``pixels + change``, inside the ball and inside [0, 1]."""
        ahead = slope.sign() if self.norm == "linf" else slope / _lengths(slope)
        return self.project(change + self.length * ahead, pixels)

    def project(self, change: Tensor, pixels: Tensor) -> Tensor:
        """The nearest change inside the ball, then clipped so that pixels + change stays in [0, 1]."""
        if self.norm == "linf":
            change = change.clamp(-self.epsilon, self.epsilon)
        else:
            change = change * (self.epsilon / _lengths(change)).clamp(max=1)
        return (pixels + change).clamp(0, 1) - pixels

    def _start(self, pixels: Tensor, generator: torch.Generator | None) -> Tensor:
        drawn = torch.randn if self.norm == "l2" else torch.rand
        noise = drawn(pixels.shape, generator=generator).to(pixels)
        if self.norm == "linf":
            return self.project((2 * noise - 1) * self.epsilon, pixels)
        radius = torch.rand((len(pixels), 1, 1, 1), generator=generator).to(pixels)
        return self.project(noise / _lengths(noise) * self.epsilon * radius, pixels)


def gradient(logits: Logits, pixels: Tensor, targets: Tensor) -> Tensor:
    """Gradient of each picture's own cross-entropy with respect to its pixels, N×3×H×W."""
    with torch.enable_grad():
        at = pixels.detach().requires_grad_()
        loss = cross_entropy(logits(at).float(), targets, reduction="sum")
        slope: Tensor = torch.autograd.grad(loss, at)[0]
        return slope


def _lengths(change: Tensor) -> Tensor:
    """The L2 norm of every picture, N×1×1×1, never zero."""
    lengths: Tensor = torch.linalg.vector_norm(change.flatten(1), dim=1)
    return lengths.clamp_min(TINY).reshape(-1, 1, 1, 1)
