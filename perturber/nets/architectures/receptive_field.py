"""What part of the picture a unit sees."""

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
    """The receptive field of a layer's units, in pixels; one axis, both are alike."""

    size: int
    """Side of the square that can change the unit in the middle."""
    offset: float
    """Where the square's middle lies for the first unit of a row."""
    stride: float
    """Pixels from one unit to the next."""

    def box(self, x: int, y: int) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of what the unit at column ``x``, row ``y`` sees; may reach outside."""
        left, top = (round(self.offset + self.stride * at - self.size / 2) for at in (x, y))
        return left, top, left + self.size, top + self.size


class ReceptiveFields:
    """Receptive fields by network and layer, measured once for each."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Network, dict[str, ReceptiveField]] = WeakKeyDictionary()

    def of(self, network: Network, tap: str) -> ReceptiveField:
        """The field of a layer's units. Raises InputError for an unknown layer."""
        known = self._known.setdefault(network, {})
        if tap not in known:
            known[tap] = receptive_field(network, tap)
        return known[tap]


def receptive_field(network: Network, tap: str) -> ReceptiveField:
    """Measured: the box of pixels whose gradient is not zero, for the unit in the middle of its map.

    The union over a few random pictures and all units of the layer, on pictures of 224² (or of the
    network's own size where it takes no other), so that what sees more is cut there. A maximum
    passes its gradient to one place only, so the outermost pixels may be missed. The stride is how far
    the box moves from one unit to another, since maps without padding are smaller than the picture.
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
    """The first column of pixels that a place depends on, and the one behind the last."""
    gradient = torch.autograd.grad(place, pixels, retain_graph=True)[0]
    columns = gradient.abs().amax((0, 1, 2)).nonzero().flatten()
    return (int(columns[0]), int(columns[-1]) + 1) if len(columns) else None


def _stride(before: tuple[int, int], after: tuple[int, int], size: int, units: int) -> float | None:
    """Pixels per unit, by an edge that the picture cuts off for neither; None when there is none."""
    moved = []
    if before[0] > 0:
        moved.append(after[0] - before[0])
    if after[1] < size:
        moved.append(after[1] - before[1])
    return float(round(sum(moved) / len(moved) / units)) if moved else None


def image_side(field: ReceptiveField, size: int, reach: int) -> int:
    """Side of a feature image: what the unit sees, moved by up to ``reach`` pixels, at most ``size``.

    A multiple of 8, because early layers step by 2 and 4.
    """
    wanted = -(-(field.size + 2 * reach) // 8) * 8
    return min(size, max(wanted, 32))
