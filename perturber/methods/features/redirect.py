"""Gradients through inactive ReLUs, so that units without any gradient can be optimized."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from perturber.methods.networks.relus import OtherRelu


class Redirected(OtherRelu):
    """While active, a ReLU that would block all gradients of a picture lets some of them through.

    Starting from noise, a unit behind a ReLU may be inactive everywhere and never receive a gradient.
    As in Lucid (``redirected_relu_grad``), the ReLU then passes the gradients that do not push inactive
    units further down.
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
        """Return the redirected gradient; ``gradient`` is that of a loss to minimize, as in Lucid."""
        (x,) = ctx.saved_tensors
        passed = torch.where(x > 0, gradient, 0)
        redirected = torch.where((x <= 0) & (gradient > 0), 0, gradient)
        blocked = passed.flatten(1).abs().amax(1) == 0
        return torch.where(blocked.view(-1, *(1,) * (x.ndim - 1)), redirected, passed)
