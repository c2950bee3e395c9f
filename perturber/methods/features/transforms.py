"""Random shifts, scales and rotations of an image, applied in one resampling."""

from __future__ import annotations

from math import cos, radians, sin

import torch
from torch import Tensor
from torch.nn import functional as F

from perturber.core.jobs.feature_spec import Transforms

GRAY = 0.5


class Shaker:
    """Draws one random transform per step for all images; determined by the seed."""

    def __init__(self, transforms: Transforms, seed: int) -> None:
        self._transforms = transforms
        self._generator = torch.Generator().manual_seed(seed)

    def __call__(self, images: Tensor) -> Tensor:
        """Transform images N×3×H×W; outside they are gray."""
        return resample(images, self.draw(images.shape[-1]))

    def draw(self, size: int) -> Tensor:
        """Draw a 2×3 matrix that maps output pixels to source pixels, both measured from the center.

        The image is shifted, scaled, rotated and shifted again; the matrix is the inverse of that.
        """
        t = self._transforms
        before, after = (self._shift(width) for width in t.jitter)
        scale, angle = self._choice(t.scales or (1.0,)), radians(self._choice(t.angles or (0.0,)))
        zoom = (size + 2 * t.pad) / size if t.whole else 1.0
        turn = torch.tensor([[cos(angle), sin(angle)], [-sin(angle), cos(angle)]]) / scale
        shift = -(turn @ after) - before
        return torch.cat((turn * zoom, shift[:, None]), 1)

    def _shift(self, width: int) -> Tensor:
        """Draw a shift in whole pixels around 0, from ``width`` values along each axis."""
        if width < 1:
            return torch.zeros(2)
        return torch.randint(width, (2,), generator=self._generator).float() - width // 2

    def _choice(self, values: tuple[float, ...]) -> float:
        return values[int(torch.randint(len(values), (), generator=self._generator))]


def resample(images: Tensor, way: Tensor) -> Tensor:
    """Resample images bilinearly by the matrix ``way`` (2×3, in pixels from the center), gray outside."""
    theta = way.clone()
    theta[:, 2] *= 2 / images.shape[-1]
    grid = F.affine_grid(theta[None], [1, *images.shape[1:]], align_corners=False)
    grid = grid.expand(len(images), -1, -1, -1).to(images.device)
    sampled = F.grid_sample(images - GRAY, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    return sampled + GRAY
