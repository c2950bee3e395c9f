"""The layout of a grid of pairs: as large as fits, or a whole layer in small tiles that scroll."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize

from perturber.gui.style.theme import SPACE

LABEL = 18
GAP = SPACE
SEAM = 2
"""Distance in pixels between the two tiles of a pair."""
SMALLEST = 24
OVERVIEW = (36, 56)
"""Smallest and largest side of the tiles of a whole layer, in pixels; shrunk only to fit two rows."""
BAR = 10
"""Width of the scroll bar in pixels."""


@dataclass(frozen=True)
class Tiling:
    """Cells of one or two square tiles with a label below, in rows, centered in ``size``."""

    count: int
    size: QSize
    columns: int
    side: int
    paired: bool
    upright: bool = True
    """Whether the second tile is below the first instead of beside it."""
    scrolls: bool = False

    @property
    def body(self) -> QSize:
        """The size of one cell without its label."""
        two = 2 * self.side + SEAM if self.paired else self.side
        return QSize(self.side, two) if self.upright else QSize(two, self.side)

    @property
    def rows(self) -> int:
        return -(-self.count // self.columns)

    @property
    def pitch(self) -> int:
        """The vertical distance between rows, in pixels."""
        return self.body.height() + LABEL + GAP

    @property
    def height(self) -> int:
        """The total height of all rows, in pixels."""
        return self.rows * self.pitch - GAP

    def cell(self, place: int) -> QRect:
        """Return the rectangle of one cell without its label."""
        body, columns = self.body, min(self.columns, self.count)
        wide = columns * (body.width() + GAP) - GAP
        left = max(0, (self.size.width() - (BAR if self.scrolls else 0) - wide) // 2)
        top = 0 if self.scrolls else max(0, (self.size.height() - self.height) // 2)
        row, column = divmod(place, self.columns)
        return QRect(left + column * (body.width() + GAP), top + row * self.pitch, body.width(), body.height())

    def first(self, cell: QRect) -> QRect:
        """Return the upper or left tile of a cell."""
        return QRect(cell.left(), cell.top(), self.side, self.side)

    def second(self, cell: QRect) -> QRect:
        """Return the lower or right tile of a cell, or its only tile."""
        return QRect(cell.right() - self.side + 1, cell.bottom() - self.side + 1, self.side, self.side)

    def visible(self, scroll: int) -> range:
        """Return the cells at least partly visible after scrolling down by ``scroll`` pixels."""
        if not self.scrolls:
            return range(self.count)
        first = max(0, scroll // self.pitch)
        last = (scroll + self.size.height()) // self.pitch + 1
        return range(min(self.count, first * self.columns), min(self.count, last * self.columns))


def _fit_side(count: int, size: QSize, columns: int, paired: bool, upright: bool) -> int:
    rows = -(-count // columns)
    wide = (size.width() - GAP * (columns - 1)) // columns
    high = (size.height() - GAP * (rows - 1)) // rows - LABEL
    if not paired:
        return min(wide, high)
    return min(wide, (high - SEAM) // 2) if upright else min((wide - SEAM) // 2, high)


def fit(count: int, size: QSize, paired: bool) -> Tiling:
    """Arrange cells in even rows, as large as ``size`` allows, upright unless that costs much size."""
    best = Tiling(count, size, 1, 0, paired)
    for upright in (True, False) if paired else (True,):
        for rows in range(1, count + 1):
            columns = -(-count // rows)
            side = _fit_side(count, size, columns, paired, upright)
            # Upright pairs are easier to compare, so the horizontal layout must gain 20 %.
            if side > best.side * (1.0 if upright == best.upright else 1.2):
                best = Tiling(count, size, columns, side, paired, upright)
    return best if best.side >= SMALLEST else Tiling(count, size, best.columns, SMALLEST, paired, best.upright)


def fit_overview(count: int, size: QSize, paired: bool) -> Tiling:
    """Arrange small cells in as many columns as fit, and scroll through the rows."""
    least, largest = OVERVIEW
    body = (size.height() - GAP) // 2 - LABEL
    side = min(largest, max(least, (body - SEAM) // 2 if paired else body))
    columns = max(1, (size.width() - BAR + GAP) // (side + GAP))
    return Tiling(count, size, columns, side, paired, scrolls=True)
