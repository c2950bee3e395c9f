"""A small surrogate network, trained on another network's labels to provide gradients in its place."""

from __future__ import annotations

from math import sqrt

import torch
from torch import Tensor
from torch.nn import functional as F

SIDE = 28
"""Side in pixels to which pictures are averaged down, approximately."""
WIDTH = 16
"""Channels of the first layer."""
GRID = 4
"""Side of the grid of positions that the last layer reads."""
BATCH = 16
RATE = 3e-3
"""Learning rate of Adam."""
DECAYS = 0.9, 0.999
"""Decay rates of Adam's averages of the gradient and of its square."""


class Surrogate:
    """A network of three convolutions, trained on pictures labeled by another network.

    It only needs to learn the class boundaries near one picture, so it is much smaller than the other network.
    """

    def __init__(self, classes: int, generator: torch.Generator, like: Tensor) -> None:
        """Initialize from ``generator`` (on the CPU), with the device and type of ``like``."""

        def layer(*shape: int) -> Tensor:
            spread = sqrt(2 / torch.Size(shape[1:]).numel())
            kernel: Tensor = (torch.randn(shape, generator=generator) * spread).to(like).requires_grad_()
            return kernel

        self._kernels = [layer(WIDTH, 3, 5, 5), layer(2 * WIDTH, WIDTH, 3, 3), layer(2 * WIDTH, 2 * WIDTH, 3, 3)]
        self._last = like.new_zeros((classes, 2 * WIDTH * GRID**2)).requires_grad_()
        self._shifts = [like.new_zeros(len(kernel)).requires_grad_() for kernel in (*self._kernels, self._last)]
        self._adam = _StudentAdam([*self._kernels, self._last, *self._shifts])

    def logits(self, pixels: Tensor) -> Tensor:
        """Return logits N×classes for pixels N×3×H×W in [0, 1]."""
        return self.answers(downsample(pixels))

    def answers(self, seen: Tensor) -> Tensor:
        """Return logits N×classes for pixels reduced by `downsample`."""
        for kernel, shift in zip(self._kernels, self._shifts[:-1], strict=True):
            seen = F.conv2d(seen, kernel, shift, stride=2, padding=kernel.shape[-1] // 2).relu()
        return F.linear(F.adaptive_avg_pool2d(seen, GRID).flatten(1), self._last, self._shifts[-1])

    def learn(self, seen: Tensor, labels: Tensor, generator: torch.Generator) -> float:
        """Train one epoch on N downsampled pictures and their labels, in random order. Return the mean loss."""
        order = torch.randperm(len(seen), generator=generator).to(labels.device)
        total = 0.0
        with torch.enable_grad():
            for rows in torch.split(order, BATCH):
                loss = F.cross_entropy(self.answers(seen[rows]), labels[rows])
                self._adam.step(loss)
                total += float(loss.detach()) * len(rows)
        return total / len(seen)


class _StudentAdam:
    """Adam (Kingma and Ba). PyTorch's version takes more than a second to import, in the middle of an attack."""

    def __init__(self, parameters: list[Tensor]) -> None:
        self._parameters, self._taken = parameters, 0
        self._means = [(torch.zeros_like(p), torch.zeros_like(p)) for p in parameters]

    def step(self, loss: Tensor) -> None:
        """Take one step that lowers the loss."""
        self._taken += 1
        first, second = DECAYS
        gradients = torch.autograd.grad(loss, self._parameters)
        with torch.no_grad():
            for parameter, gradient, (mean, square) in zip(self._parameters, gradients, self._means, strict=True):
                mean.lerp_(gradient, 1 - first)
                square.lerp_(gradient.square(), 1 - second)
                spread = (square / (1 - second**self._taken)).sqrt() + 1e-8
                parameter.sub_(RATE * mean / (1 - first**self._taken) / spread)


def downsample(pixels: Tensor) -> Tensor:
    """Return the surrogate's input for pixels N×3×H×W in [0, 1]: averaged down, values in [-2, 2]."""
    return F.avg_pool2d(pixels, max(1, min(pixels.shape[-2:]) // SIDE)) * 4 - 2


class Student:
    """A surrogate of a network around one picture, and the pictures it is trained on."""

    def __init__(self, picture: Tensor, label: Tensor, classes: int, seed: int) -> None:
        """Create it for ``picture`` (3×H×W in [0, 1]) with the network's ``label``; ``seed`` fixes all randomness."""
        self.picture = picture
        self._generator = torch.Generator().manual_seed(seed)
        self.network = Surrogate(classes, self._generator, picture)
        self._pictures, self._labels = picture[None], label[None]
        self._seen = downsample(self._pictures)

    def note(self, pictures: Tensor, labels: Tensor) -> None:
        """Add training pictures N×3×H×W and the network's labels for them."""
        self._pictures = torch.cat([self._pictures, pictures])
        self._seen = torch.cat([self._seen, downsample(pictures)])
        self._labels = torch.cat([self._labels, labels])

    def learn(self) -> float:
        """Train one epoch on all pictures. Return the mean loss."""
        return self.network.learn(self._seen, self._labels, self._generator)

    def vary(self, count: int) -> Tensor:
        """Return variations of the picture, count×3×H×W: shifted, mirrored, with another brightness, and noisy."""
        generator, (_, height, width) = self._generator, self.picture.shape
        found = []
        for _ in range(count):
            shift = [int(side * (torch.rand((), generator=generator) - 0.5) / 5) for side in (height, width)]
            picture = self.picture.roll(shift, (1, 2))
            picture = picture.flip(2) if torch.rand((), generator=generator) < 0.5 else picture
            contrast, brightness, strength = torch.rand(3, generator=generator).tolist()
            coarse = torch.randn((1, 3, 8, 8), generator=generator)
            noise = F.interpolate(coarse, (height, width), mode="bilinear")[0]
            noise = (noise + torch.randn((3, height, width), generator=generator)).to(picture) * strength / 4
            found.append(((picture - 0.5) * (0.5 + contrast) + 0.3 + 0.4 * brightness + noise).clamp(0, 1))
        return torch.stack(found)

    def augment(self, count: int, stride: float) -> Tensor:
        """Return new pictures, count×3×H×W, one step from randomly chosen known ones (equation 6, reservoir sampling).

        Every pixel moves by ``stride`` in the direction that makes its picture's label more likely to the surrogate.
        """
        chosen = torch.randint(len(self._pictures), (count,), generator=self._generator).to(self._labels.device)
        with torch.enable_grad():
            at = self._pictures[chosen].requires_grad_()
            score = self.network.logits(at).log_softmax(1).gather(1, self._labels[chosen][:, None]).sum()
            gradient: Tensor = torch.autograd.grad(score, at)[0]
        return (at.detach() + stride * gradient.sign()).clamp(0, 1)
