"""What acts on a unit from the layer below, on one picture: the network linearized around the picture."""

from __future__ import annotations

import torch
from torch import Tensor

from perturber.core.errors import InputError
from perturber.nets.architectures.architecture import PRE
from perturber.nets.architectures.network import Network

INPUT = "input"
"""The picture itself as the layer below the first."""
LARGEST = 15
"""Side of a kernel that is shown, at most."""


def layer_below(network: Network, tap: str) -> str:
    """The tap before a tap, or `INPUT`."""
    number = network.taps.index(tap)
    return network.taps[number - 1] if number else INPUT


def effective_weights(network: Network, pixels: Tensor, tap: str, unit: int) -> Tensor:
    """Gradient of a unit with respect to every place of every unit of the layer below, C×h×w.

    The unit is taken before its ReLU (where the network can be read there) at the place where it is
    highest on the picture; ``pixels`` are 1×3×H×W in [0, 1]. For a layer that is one convolution
    this is exactly its kernel, around that place. Where there is more in between (pooling,
    normalization, the bottlenecks of an inception module) it is what remains of that on this picture:
    max pooling passes on one place of each window, a ReLU what is above 0. Below the first layer the
    gradient is with respect to pixels, so that the kernel holds the normalization's scale too. Raises
    InputError when nothing below has any effect, as on a unit that is off and cannot be read before its ReLU.
    """
    below = layer_below(network, tap)
    top = tap + PRE if tap in network.architecture.before else tap
    keep = (top,) if below == INPUT else (top, below)
    with torch.inference_mode(False), torch.enable_grad():
        pixels = pixels.detach().clone().requires_grad_()
        activations = network.run(pixels, upto=tap, keep=keep).activations
        source = pixels if below == INPUT else activations[below]
        places = activations[top][0, unit].flatten()
        gradient = torch.autograd.grad(places[places.argmax()], source, allow_unused=True)[0]
    if gradient is None or not bool(gradient.any()):
        problem = "nothing below it has any effect on it on this picture"
        raise InputError(f"{tap}:{unit}", problem, "another unit, or a picture that drives it")
    return gradient[0].float()


def kernels(gradients: Tensor) -> Tensor:
    """The square part of C×h×w gradients that holds what is not zero, C×k×k with k at most `LARGEST`.

    What lies outside the map is zero. Of a larger part the square with most in it along each axis.
    """
    strength = gradients.abs().sum(0)
    edges = [_extent(strength.sum(axis)) for axis in (1, 0)]
    side = min(max(end - start for start, end in edges), LARGEST)
    windows = [_window(edge, side, strength.sum(axis)) for edge, axis in zip(edges, (1, 0), strict=True)]
    cut = gradients.new_zeros((len(gradients), side, side))
    (top, left), (height, width) = windows, strength.shape
    rows, columns = (slice(max(s, 0), min(s + side, n)) for s, n in ((top, height), (left, width)))
    inside = gradients[:, rows, columns]
    y, x = rows.start - top, columns.start - left
    cut[:, y : y + inside.shape[1], x : x + inside.shape[2]] = inside
    return cut


def _extent(sums: Tensor) -> tuple[int, int]:
    """The first place that is not zero, and the one behind the last."""
    places = sums.nonzero().flatten()
    return int(places[0]), int(places[-1]) + 1


def _window(edge: tuple[int, int], side: int, sums: Tensor) -> int:
    """Where a window of ``side`` begins that shows what lies within ``edge``; may begin before the map."""
    start, end = edge
    if end - start > side:
        return int(sums.unfold(0, side, 1).sum(1).argmax())
    if start == 0:
        return end - side  # the map's border cut off the beginning
    return start if end == len(sums) else start - (side - (end - start)) // 2


def strongest(found: Tensor, count: int) -> list[int]:
    """The units with the largest sum of absolute weights, strongest first. ``found`` are C×k×k."""
    strength = found.abs().sum((1, 2))
    order = strength.argsort(descending=True, stable=True)
    return [unit for unit in order[:count].tolist() if strength[unit] > 0]
