"""Receptive fields of units, measured by gradients."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from perturber.nets.architectures.network import Network

SAMPLES = 4
SIZE = 224
SEED = 5


@dataclass(frozen=True)
class ReceptiveField:
    """The receptive field of a layer's units along one axis, in pixels; both axes are equal."""

    size: int
    """Side of the square of pixels that can affect the central unit."""
    offset: float
    """Center of the square for the first unit of a row."""
    stride: float
    """Distance between adjacent units, in pixels."""

    def box(self, x: int, y: int) -> tuple[int, int, int, int]:
        """Return left, top, right, bottom of the field at column ``x``, row ``y``; may exceed the picture."""
        left, top = (round(self.offset + self.stride * at - self.size / 2) for at in (x, y))
        return left, top, left + self.size, top + self.size


class ReceptiveFields:
    """A cache of receptive fields by network and layer; each is measured once."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Network, dict[str, ReceptiveField]] = WeakKeyDictionary()

    def of(self, network: Network, tap: str) -> ReceptiveField:
        """Return the receptive field of a layer's units. Raises InputError for an unknown layer."""
        known = self._known.setdefault(network, {})
        if tap not in known:
            known[tap] = receptive_field(network, tap)
        return known[tap]


def receptive_field(network: Network, tap: str) -> ReceptiveField:
    """Measure the box of pixels with a nonzero gradient of the unit at the center of its activation map.

    The box is the union over a few random pictures and all units of the layer. Pictures have 224²
    pixels, or the network's size if it is fixed; larger fields are cut off there. Max pooling passes its
    gradient to one position only, so the outermost pixels may be missed. The stride is measured as the
    shift of the box between two units, since maps without padding are smaller than the picture.
    """
    size = network.architecture.size if network.architecture.fixed else SIZE
    generator = torch.Generator().manual_seed(SEED)
    with torch.inference_mode(False), torch.enable_grad():
        pixels = torch.rand((SAMPLES, 3, size, size), generator=generator).to(network.device).requires_grad_()
        maps = network.run(pixels, upto=tap).activations[tap].float()
        columns = maps.shape[3]
        summed = torch.einsum("nchw,c->hw", maps, torch.randn(maps.shape[1], generator=generator).to(maps))
        row, middle, other = maps.shape[2] // 2, columns // 2, columns // 4
        seen, before = (_extent(summed[row, column], pixels) for column in (middle, other))
    stride = size / columns
    if seen is None:  # nothing fires on noise
        return ReceptiveField(size, size / 2, stride)
    if before is not None and other < middle:
        stride = _stride(before, seen, size, middle - other) or stride
    first, last = seen
    return ReceptiveField(last - first, (first + last) / 2 - stride * middle, stride)


def _extent(place: Tensor, pixels: Tensor) -> tuple[int, int] | None:
    """Return the first column of pixels that a position depends on, and the one after the last."""
    gradient = torch.autograd.grad(place, pixels, retain_graph=True)[0]
    columns = gradient.abs().amax((0, 1, 2)).nonzero().flatten()
    return (int(columns[0]), int(columns[-1]) + 1) if len(columns) else None


def _stride(before: tuple[int, int], after: tuple[int, int], size: int, units: int) -> float | None:
    """Return the pixels per unit, from edges inside the picture for both fields; None if there are none."""
    moved = []
    if before[0] > 0:
        moved.append(after[0] - before[0])
    if after[1] < size:
        moved.append(after[1] - before[1])
    return float(round(sum(moved) / len(moved) / units)) if moved else None


def image_side(field: ReceptiveField, size: int, reach: int) -> int:
    """Return the side of a feature image: the receptive field plus ``reach`` pixels on each side, at most ``size``.

    Rounded up to a multiple of 8, because early layers have strides of 2 and 4.
    """
    wanted = -(-(field.size + 2 * reach) // 8) * 8
    return min(size, max(wanted, 32))
