"""A way out for units that are off: gradients that lead through ReLUs where nothing else does."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from perturber.methods.networks.relus import OtherRelu


class Redirected(OtherRelu):
    """While active, every ReLU lets gradients through for pictures all of whose gradients it would block.

    From noise, a unit behind a ReLU may be off everywhere it could be changed, and stay so for ever.
    As in Lucid (``redirected_relu_grad``), a ReLU that blocks everything then passes on what does not
    push units that are off further down.
    """

    def __init__(self) -> None:
        super().__init__(_RedirectedRelu)


class _RedirectedRelu(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.clamp_min(0)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        """``gradient`` is of what is to become small, as in Lucid."""
        (x,) = ctx.saved_tensors
        passed = torch.where(x > 0, gradient, 0)
        redirected = torch.where((x <= 0) & (gradient > 0), 0, gradient)
        blocked = passed.flatten(1).abs().amax(1) == 0
        return torch.where(blocked.view(-1, *(1,) * (x.ndim - 1)), redirected, passed)
