"""Guided backpropagation for any network: ReLUs that pass only positive gradients back."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from perturber.core.errors import InputError
from perturber.methods.networks.explained import Explained
from perturber.methods.networks.relus import OtherRelu


class Guided(OtherRelu):
    """While active, every ReLU uses the guided gradient."""

    def __init__(self) -> None:
        super().__init__(_GuidedRelu)


def guided_gradient(explained: Explained) -> Tensor:
    """Return the gradient of the class's logit with respect to the picture through guided ReLUs, 1×3×H×W.

    Raises InputError for a network without ReLUs, where this would be the plain gradient.
    """
    with Guided() as guided:
        gradient = explained.gradients(explained.pixels)
    if guided.met == 0:
        raise InputError("attribution.method", f"{explained.network.name} has no ReLUs to guide", "another method")
    return gradient


class _GuidedRelu(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        made = x.clamp_min(0)
        ctx.save_for_backward(made)
        return made

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (made,) = ctx.saved_tensors
        return torch.where(made > 0, gradient.clamp_min(0), 0)
