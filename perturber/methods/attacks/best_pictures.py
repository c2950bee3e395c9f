"""The best pictures of an attack so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


class BestPictures:
    """The best pictures so far: those that fool the network first, then those of highest loss.

    ``pixels`` are N×3×H×W in [0, 1], ``loss`` N values, ``fooled`` N bools. Returned tensors stay unchanged.
    """

    def __init__(self, pixels: Tensor, loss: Tensor, fooled: Tensor) -> None:
        self.pixels, self._loss, self.fooled = pixels, loss, fooled

    @property
    def open(self) -> Tensor:
        """Row numbers of the pictures that do not fool the network yet."""
        return (~self.fooled).nonzero().flatten()

    def note(self, pixels: Tensor, loss: Tensor, fooled: Tensor, rows: Tensor | None = None) -> None:
        """Record new pictures: of all N, or of those with the row numbers ``rows``."""
        if rows is not None:
            pixels = self.pixels.index_copy(0, rows, pixels)
            loss = self._loss.index_copy(0, rows, loss)
            fooled = self.fooled.index_copy(0, rows, fooled)
        better = (fooled & ~self.fooled) | ((fooled == self.fooled) & (loss > self._loss))
        self.pixels = pixels.where(better.reshape(-1, 1, 1, 1), self.pixels)
        self._loss, self.fooled = loss.where(better, self._loss), self.fooled | fooled
