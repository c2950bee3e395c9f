"""Effective input weights of a unit: the network linearized around a picture, from the layer below to the unit."""

from __future__ import annotations

import torch
from torch import Tensor

from perturber.core.errors import InputError
from perturber.nets.architectures.architecture import PRE
from perturber.nets.architectures.network import Network

INPUT = "input"
"""Name of the picture itself, as the layer below the first."""
LARGEST = 15
"""Maximum side of a displayed kernel."""


def layer_below(network: Network, tap: str) -> str:
    """Return the tap before a tap, or `INPUT` for the first."""
    number = network.taps.index(tap)
    return network.taps[number - 1] if number else INPUT


def effective_weights(network: Network, pixels: Tensor, tap: str, unit: int) -> Tensor:
    """Return the gradient of a unit with respect to the activation maps of the layer below, C×h×w.

    ``pixels`` are 1×3×H×W in [0, 1]. The unit is read before its ReLU, where the network allows it, at the
    position of its highest activation on the picture. For a layer that is a single convolution the result
    is exactly its kernel, around that position. Operations in between (pooling, normalization, the
    bottlenecks of an inception module) are linearized at this picture: max pooling passes one position of
    each window, a ReLU only positive values. For the first layer the gradient is with respect to pixels
    and includes the scale of the input normalization. Raises InputError when nothing below affects the unit,
    for example an inactive unit that cannot be read before its ReLU.
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
        problem = "on this picture the layer below has no effect on it"
        raise InputError(f"{tap}:{unit}", problem, "another unit, or a picture that activates it")
    return gradient[0].float()


def kernels(gradients: Tensor) -> Tensor:
    """Crop C×h×w gradients to the square that contains all nonzero values, C×k×k with k at most `LARGEST`.

    Padded with zeros outside the map. A larger area is cropped to the window with the largest sum along each axis.
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
    """Return the first nonzero position, and the one after the last."""
    places = sums.nonzero().flatten()
    return int(places[0]), int(places[-1]) + 1


def _window(edge: tuple[int, int], side: int, sums: Tensor) -> int:
    """Return the start of a window of ``side`` that covers ``edge``; may lie before the map."""
    start, end = edge
    if end - start > side:
        return int(sums.unfold(0, side, 1).sum(1).argmax())
    if start == 0:
        return end - side  # the map's border cuts off the beginning
    return start if end == len(sums) else start - (side - (end - start)) // 2


def strongest(found: Tensor, count: int) -> list[int]:
    """Return the units with the largest sum of absolute weights, strongest first. ``found`` is C×k×k."""
    strength = found.abs().sum((1, 2))
    order = strength.argsort(descending=True, stable=True)
    return [unit for unit in order[:count].tolist() if strength[unit] > 0]
