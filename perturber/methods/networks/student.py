"""A small network that learns from another's answers, and stands in for it where gradients are wanted."""

from __future__ import annotations

from math import sqrt

import torch
from torch import Tensor
from torch.nn import functional as F

SIDE = 28
"""What the surrogate sees of a picture: it is averaged down to about this side."""
WIDTH = 16
"""Channels of its first layer."""
GRID = 4
"""Places at which its last layer looks."""
BATCH = 16
RATE = 3e-3
"""Of Adam."""
DECAYS = 0.9, 0.999
"""Of Adam's means of the gradient and of its square."""


class Surrogate:
    """A network of three convolutions, trained on pictures and the labels another network gave them.

    It is no copy in size or kind: it has to find the boundaries between the classes near one
    picture, not to recognize anything.
    """

    def __init__(self, classes: int, generator: torch.Generator, like: Tensor) -> None:
        """``generator`` (on the CPU) decides its first weights; device and type are those of ``like``."""

        def layer(*shape: int) -> Tensor:
            spread = sqrt(2 / torch.Size(shape[1:]).numel())
            kernel: Tensor = (torch.randn(shape, generator=generator) * spread).to(like).requires_grad_()
            return kernel

        self._kernels = [layer(WIDTH, 3, 5, 5), layer(2 * WIDTH, WIDTH, 3, 3), layer(2 * WIDTH, 2 * WIDTH, 3, 3)]
        self._last = like.new_zeros((classes, 2 * WIDTH * GRID**2)).requires_grad_()
        self._shifts = [like.new_zeros(len(kernel)).requires_grad_() for kernel in (*self._kernels, self._last)]
        self._adam = _StudentAdam([*self._kernels, self._last, *self._shifts])

    def logits(self, pixels: Tensor) -> Tensor:
        """N×classes for pixels N×3×H×W in [0, 1]."""
        return self.answers(reduced(pixels))

    def answers(self, seen: Tensor) -> Tensor:
        """N×classes for what is `reduced` from the pixels."""
        for kernel, shift in zip(self._kernels, self._shifts[:-1], strict=True):
            seen = F.conv2d(seen, kernel, shift, stride=2, padding=kernel.shape[-1] // 2).relu()
        return F.linear(F.adaptive_avg_pool2d(seen, GRID).flatten(1), self._last, self._shifts[-1])

    def learn(self, seen: Tensor, labels: Tensor, generator: torch.Generator) -> float:
        """One pass over N `reduced` pictures and the labels they were given, in random order; returns the mean loss."""
        order = torch.randperm(len(seen), generator=generator).to(labels.device)
        total = 0.0
        with torch.enable_grad():
            for rows in torch.split(order, BATCH):
                loss = F.cross_entropy(self.answers(seen[rows]), labels[rows])
                self._adam.step(loss)
                total += float(loss.detach()) * len(rows)
        return total / len(seen)


class _StudentAdam:
    """Kingma and Ba's optimizer. PyTorch's own takes more than a second to be imported, in the middle of an attack."""

    def __init__(self, parameters: list[Tensor]) -> None:
        self._parameters, self._taken = parameters, 0
        self._means = [(torch.zeros_like(p), torch.zeros_like(p)) for p in parameters]

    def step(self, loss: Tensor) -> None:
        """Go down the loss."""
        self._taken += 1
        first, second = DECAYS
        gradients = torch.autograd.grad(loss, self._parameters)
        with torch.no_grad():
            for parameter, gradient, (mean, square) in zip(self._parameters, gradients, self._means, strict=True):
                mean.lerp_(gradient, 1 - first)
                square.lerp_(gradient.square(), 1 - second)
                spread = (square / (1 - second**self._taken)).sqrt() + 1e-8
                parameter.sub_(RATE * mean / (1 - first**self._taken) / spread)


def reduced(pixels: Tensor) -> Tensor:
    """What a surrogate sees of N×3×H×W in [0, 1]: both sides divided by the same factor, values in [-2, 2]."""
    return F.avg_pool2d(pixels, max(1, min(pixels.shape[-2:]) // SIDE)) * 4 - 2


class Student:
    """A surrogate for what a network says around one picture, and the pictures it learns from."""

    def __init__(self, picture: Tensor, label: Tensor, classes: int, seed: int) -> None:
        """``picture`` is 3×H×W in [0, 1], ``label`` what the network says of it. ``seed`` decides every choice."""
        self.picture = picture
        self._generator = torch.Generator().manual_seed(seed)
        self.network = Surrogate(classes, self._generator, picture)
        self._pictures, self._labels = picture[None], label[None]
        self._seen = reduced(self._pictures)

    def note(self, pictures: Tensor, labels: Tensor) -> None:
        """Learn from these from now on: N×3×H×W, and what the network says of them."""
        self._pictures = torch.cat([self._pictures, pictures])
        self._seen = torch.cat([self._seen, reduced(pictures)])
        self._labels = torch.cat([self._labels, labels])

    def learn(self) -> float:
        """See all pictures once; returns the mean loss."""
        return self.network.learn(self._seen, self._labels, self._generator)

    def neighbors(self, count: int) -> Tensor:
        """Pictures like the first one, count×3×H×W: moved, mirrored, brighter or darker, with coarse and fine noise."""
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

    def beside(self, count: int, stride: float) -> Tensor:
        """New pictures, count×3×H×W, that lie beside randomly chosen known ones (equation 6, with reservoir sampling).

        Every pixel of a picture goes by ``stride`` to where its label gets more likely to the surrogate.
        """
        chosen = torch.randint(len(self._pictures), (count,), generator=self._generator).to(self._labels.device)
        with torch.enable_grad():
            at = self._pictures[chosen].requires_grad_()
            score = self.network.logits(at).log_softmax(1).gather(1, self._labels[chosen][:, None]).sum()
            gradient: Tensor = torch.autograd.grad(score, at)[0]
        return (at.detach() + stride * gradient.sign()).clamp(0, 1)
