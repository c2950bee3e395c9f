"""Image parameterizations: what is optimized instead of pixels, and how it becomes an image."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from perturber.core.jobs.feature_spec import FeatureSpec

SPREAD = 0.01
"""Standard deviation of the noise that optimization starts from (Lucid)."""
MAGIC = 4.0
"""Divisor of the image before the color transform, against saturation (Lucid)."""
EDGE = 1e-3
"""Minimum distance of a start image's pixels from 0 and 1, where the sigmoid has no inverse."""
COLOR = ((0.26, 0.09, 0.02), (0.27, 0.00, -0.05), (0.27, -0.09, 0.03))
"""Square root of ImageNet's color covariance (Lucid, "color correlation svd sqrt")."""


@lru_cache(maxsize=4)
def correlation(device: torch.device) -> Tensor:
    """Return the 3×3 matrix from decorrelated colors to RGB: Lucid's, divided by its largest column norm."""
    with torch.inference_mode(False):
        matrix = torch.tensor(COLOR, device=device)
        scaled: Tensor = matrix / torch.linalg.vector_norm(matrix, dim=0).max()
        return scaled


class Image(ABC):
    """A parameterization of N images; ``parameters`` are the tensors to optimize."""

    def __init__(self, parameters: list[Tensor]) -> None:
        self.parameters = [p.requires_grad_() for p in parameters]

    @abstractmethod
    def signal(self) -> Tensor:
        """Return the images before the sigmoid, N×3×H×W, unbounded."""

    def pixels(self) -> Tensor:
        """Return the images, N×3×H×W in (0, 1), differentiable with respect to the parameters."""
        return torch.sigmoid(self.signal())


class Naive(Image):
    """Plain pixels under a sigmoid, all independent, so that gradients alone decide the frequencies."""

    def __init__(self, noise: Tensor) -> None:
        super().__init__([noise])

    def signal(self) -> Tensor:
        return self.parameters[0]


class Fourier(Image):
    """A spectrum scaled by 1/frequency, as in natural images, with decorrelated colors."""

    def __init__(self, spectrum: Tensor, size: int) -> None:
        super().__init__([torch.view_as_real(spectrum).contiguous()])
        self._size = size
        self._scale = frequency_scale(size, spectrum.device)

    def signal(self) -> Tensor:
        spectrum = torch.view_as_complex(self.parameters[0]) * self._scale
        image = torch.fft.irfft2(spectrum, s=(self._size, self._size)) / MAGIC
        return to_rgb(image)


class Pyramid(Image):
    """A Laplacian pyramid (Burt and Adelson 1983): the sum of images of decreasing size, with decorrelated colors."""

    def __init__(self, levels: list[Tensor], size: int) -> None:
        super().__init__(levels)
        self._size = size

    def signal(self) -> Tensor:
        size = (self._size, self._size)
        grown = [F.interpolate(level, size, mode="bilinear", align_corners=False) for level in self.parameters]
        return to_rgb(torch.stack(grown).sum(0))


@lru_cache(maxsize=16)
def frequency_scale(size: int, device: torch.device) -> Tensor:
    """Return 1 / max(frequency, 1/size) · size, H×(W/2+1), which gives ``irfft2`` a natural contrast (Lucid)."""
    with torch.inference_mode(False):
        rows, columns = torch.fft.fftfreq(size, device=device), torch.fft.rfftfreq(size, device=device)
        frequency: Tensor = torch.hypot(rows[:, None], columns[None])
        return size / frequency.clamp_min(1 / size)


def to_rgb(image: Tensor) -> Tensor:
    """Convert decorrelated colors to RGB, N×3×H×W."""
    # A 1×1 convolution with so few channels takes 25 times as long on a CPU.
    return (correlation(image.device) @ image.flatten(2)).view_as(image)


def from_rgb(image: Tensor) -> Tensor:
    """Convert RGB to decorrelated colors, N×3×H×W: the inverse of `to_rgb`."""
    inverse: Tensor = torch.linalg.inv(correlation(image.device))
    return (inverse @ image.flatten(2)).view_as(image)


def noise(seeds: Sequence[int], shape: tuple[int, ...], device: torch.device) -> Tensor:
    """Draw Gaussian noise per seed, so that an image does not depend on its batch."""
    drawn = {s: torch.randn(shape, generator=torch.Generator().manual_seed(s)) * SPREAD for s in set(seeds)}
    return torch.stack([drawn[seed] for seed in seeds]).to(device)


def make_image(
    spec: FeatureSpec, seeds: Sequence[int], size: int, device: torch.device, start: Tensor | None = None
) -> Image:
    """Create images of side ``size``: one per noise seed, or from ``start`` (N×3×size×size in [0, 1])."""
    signal = None if start is None else torch.logit(start.to(device, torch.float32).clamp(EDGE, 1 - EDGE))
    if spec.parameterization == "naive":
        return Naive(noise(seeds, (3, size, size), device) if signal is None else signal.clone())
    if spec.parameterization == "fourier":
        if signal is None:
            drawn = noise(seeds, (3, size, size // 2 + 1, 2), device)
            return Fourier(torch.view_as_complex(drawn), size)
        spectrum = torch.fft.rfft2(from_rgb(signal)) * MAGIC / frequency_scale(size, device)
        return Fourier(spectrum, size)
    sides = [max(1, size >> level) for level in range(spec.levels)]
    if signal is None:
        return Pyramid([noise([seed + n for seed in seeds], (3, s, s), device) for n, s in enumerate(sides)], size)
    empty = [torch.zeros((len(signal), 3, s, s), device=device) for s in sides[1:]]
    return Pyramid([from_rgb(signal), *empty], size)
