"""Local response normalization across channels with fast forward and backward passes on CPUs."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

RADIUS = 5
BIAS = 2.0
ALPHA = 1e-4
"""For the exponent 1/2, which is fixed."""


def local_response_norm(x: Tensor) -> Tensor:
    """Compute x / sqrt(2 + 1e-4 · Σ x²) over the 11 channels centered on each; N×C×h×w.

    The constants of the original Inception V1 (depth_radius 5, bias 2, alpha 1e-4 on the sum, beta
    0.5). Same values as ``torch.nn.LocalResponseNorm(11, 1.1e-3, 0.5, 2.0)``, whose 3D pooling takes
    more than ten times as long on a CPU. Differentiable once. Computed in float32, because
    squares overflow float16.
    """
    normalized: Tensor = _Normalize.apply(x.float())  # type: ignore[no-untyped-call]
    return normalized.to(x.dtype)


class _Normalize(torch.autograd.Function):
    """The sum over neighboring channels as a 1×1 convolution with a band matrix of ones."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        scale = F.conv2d(x * x, _band(x.shape[1], x.device)).mul_(ALPHA).add_(BIAS).rsqrt_()
        ctx.save_for_backward(x, scale)
        return x * scale

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        x, scale = ctx.saved_tensors
        scaled = gradient * scale
        around = F.conv2d(scaled * x * scale * scale, _band(x.shape[1], x.device))
        return torch.addcmul(scaled, x, around, value=-ALPHA)


@lru_cache(maxsize=8)
def _band(channels: int, device: torch.device) -> Tensor:
    """Return a C×C×1×1 kernel: 1 where two channels are at most five apart, 0 elsewhere."""
    with torch.inference_mode(False):
        number = torch.arange(channels, device=device)
        near = ((number[:, None] - number).abs() <= RADIUS).float()[..., None, None]
        return near.contiguous(memory_format=torch.channels_last)
