"""Local response normalisation across channels, fast on processors."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

RADIUS = 5
BIAS = 2.0
ALPHA = 1e-4
BETA = 0.5


def local_response_norm(x: Tensor) -> Tensor:
    """x / sqrt(2 + 1e-4 · Σ x²) over the 11 channels around each; N×C×h×w.

    The constants of the original Inception V1 (depth_radius 5, bias 2, alpha 1e-4 on the sum, beta
    0.5). Same values as ``torch.nn.LocalResponseNorm(11, 1.1e-3, 0.5, 2.0)``, whose 3D pooling takes
    more than ten times as long on a processor: the sum of 11 is made of sums of 8, 2 and 1.
    Computed in float32, because squares overflow float16.
    """
    channels = x.shape[1]
    one = F.pad(x.float().square(), (0, 0, 0, 0, RADIUS, RADIUS))
    two = one[:, :-1] + one[:, 1:]
    four = two[:, :-2] + two[:, 2:]
    eight = four[:, :-4] + four[:, 4:]
    total = eight[:, :channels] + two[:, 8 : 8 + channels] + one[:, 10:]
    return x * torch.rsqrt(BIAS + ALPHA * total).to(x.dtype)
