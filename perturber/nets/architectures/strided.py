"""A strided convolution with a fast input gradient on CPUs, for frozen first layers."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F


def strided_conv2d(x: Tensor, weight: Tensor, bias: Tensor | None, stride: int) -> Tensor:
    """Compute ``F.conv2d(x, weight, bias, stride)`` with gradients only to ``x``; differentiable once.

    The gradient to an input with few channels is a transposed convolution, which is slow in libraries.
    Here it is one plain convolution that computes all stride × stride phases of the input's pixels as
    channels (Shi et al., "Is the deconvolution layer the same as a convolutional layer?", 2016).
    """
    made: Tensor = _Strided.apply(x, weight, bias, stride)  # type: ignore[no-untyped-call]
    return made


class _Strided(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, stride: int) -> Tensor:
        ctx.save_for_backward(weight)
        ctx.stride, ctx.size = stride, x.shape[2:]
        return F.conv2d(x, weight, bias, stride)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        (weight,) = ctx.saved_tensors
        height, width = ctx.size
        phases = _phases(weight, ctx.stride)
        pixels = F.pixel_shuffle(F.conv2d(gradient, phases, padding=phases.shape[2] - 1), ctx.stride)
        # Pixels after the last window have no gradient; the result may be smaller or larger than the input.
        grown = F.pad(pixels, (0, width - pixels.shape[3], 0, height - pixels.shape[2]))
        return grown, None, None, None


def _phases(weight: Tensor, stride: int) -> Tensor:
    """Rearrange O×I×k×k into (I·stride²)×O×⌈k/stride⌉×⌈k/stride⌉, for a convolution followed by `pixel_shuffle`."""
    outputs, inputs, kernel, _ = weight.shape
    taps = -(-kernel // stride)
    missing = taps * stride - kernel
    full = F.pad(weight, (0, missing, 0, missing)).reshape(outputs, inputs, taps, stride, taps, stride)
    phases = full.permute(1, 3, 5, 0, 2, 4).reshape(inputs * stride * stride, outputs, taps, taps)
    return phases.flip(2, 3).contiguous(memory_format=torch.channels_last)
