"""The pictures, and the places in them, that activate each unit of a network most.

As in Zeiler and Fergus (arXiv 1311.2901) and Olah et al. (Distill 2017, "dataset examples"): pictures are
ranked by a unit's highest activation anywhere on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Table:
    """The best pictures of each unit of one layer, C×k each, best first."""

    values: NDArray[np.float32]
    """Highest activation on the picture; −∞ where there are fewer than k pictures."""
    pictures: NDArray[np.int32]
    """Number of the picture; −1 where there is none."""
    places: NDArray[np.int32]
    """C×k×2: column and row of the activation in the layer's map."""


class Best:
    """The best pictures so far of each unit of several layers.

    ``channels`` are the numbers of units by layer; ``count`` pictures are kept per unit. Ties go to the
    earlier picture, and within a picture to the first place in reading order.
    """

    def __init__(self, channels: Mapping[str, int], count: int, device: torch.device) -> None:
        self._values = {tap: torch.full((c, count), -torch.inf, device=device) for tap, c in channels.items()}
        self._pictures = {tap: torch.full_like(v, -1, dtype=torch.int32) for tap, v in self._values.items()}
        self._places = {tap: torch.zeros_like(v, dtype=torch.int32) for tap, v in self._values.items()}
        self._widths = dict.fromkeys(channels, 1)
        self._count = count

    def add(self, numbers: Sequence[int], activations: Mapping[str, Tensor]) -> None:
        """Add pictures by their numbers; ``activations`` are N×C×h×w by layer."""
        for tap, maps in activations.items():
            self._widths[tap] = maps.shape[3]
            peaks = maps.amax((2, 3)).float().nan_to_num(nan=-torch.inf).T
            rows = (peaks > self._values[tap][:, -1:]).any(1).nonzero().flatten()
            if len(rows):
                # Places only where needed, because finding them takes twenty times as long as the peaks.
                places = maps[:, rows].flatten(2).max(2).indices.T.int()
                pictures = torch.tensor(numbers, dtype=torch.int32, device=maps.device).expand_as(places)
                self._merge(tap, rows, peaks[rows], pictures, places)

    def _merge(self, tap: str, rows: Tensor, values: Tensor, pictures: Tensor, places: Tensor) -> None:
        """Merge new columns, len(rows)×N each, into the sorted ones of some units."""
        columns = torch.cat((self._values[tap][rows], values), 1)
        columns, order = columns.sort(dim=1, descending=True, stable=True)
        self._values[tap][rows] = columns[:, : self._count]
        for kept, new in ((self._pictures[tap], pictures), (self._places[tap], places)):
            both = torch.cat((kept[rows], new), 1)
            kept[rows] = both.gather(1, order)[:, : self._count]

    def tables(self) -> dict[str, Table]:
        """Return the best pictures by layer."""
        found = {}
        for tap, values in self._values.items():
            places = self._places[tap]
            rows = torch.div(places, self._widths[tap], rounding_mode="floor")
            both = torch.stack((places - rows * self._widths[tap], rows), 2)
            found[tap] = Table(values.cpu().numpy(), self._pictures[tap].cpu().numpy(), both.cpu().numpy())
        return found
