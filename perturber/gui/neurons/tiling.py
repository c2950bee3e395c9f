"""Where the pairs of a grid stand: as large as fits, or a whole layer of them in small to scroll through."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize

from perturber.gui.style.theme import SPACE

LABEL = 18
GAP = SPACE
SEAM = 2
"""Between the two halves of a pair."""
SMALLEST = 24
OVERVIEW = (36, 56)
"""Least and largest side of the tiles of a whole layer; so small only to show two rows."""
BAR = 10
"""Width of the scroll bar."""


@dataclass(frozen=True)
class Tiling:
    """Cells of one or two square tiles with a label below, in rows, centerd in ``size``."""

    count: int
    size: QSize
    columns: int
    side: int
    paired: bool
    upright: bool = True
    """The second tile stands below the first, not beside it."""
    scrolls: bool = False

    @property
    def body(self) -> QSize:
        """Of one cell without its label."""
        two = 2 * self.side + SEAM if self.paired else self.side
        return QSize(self.side, two) if self.upright else QSize(two, self.side)

    @property
    def rows(self) -> int:
        return -(-self.count // self.columns)

    @property
    def pitch(self) -> int:
        """From one row to the next."""
        return self.body.height() + LABEL + GAP

    @property
    def height(self) -> int:
        """Of all rows together."""
        return self.rows * self.pitch - GAP

    def cell(self, place: int) -> QRect:
        """The body of one cell."""
        body, columns = self.body, min(self.columns, self.count)
        wide = columns * (body.width() + GAP) - GAP
        left = max(0, (self.size.width() - (BAR if self.scrolls else 0) - wide) // 2)
        top = 0 if self.scrolls else max(0, (self.size.height() - self.height) // 2)
        row, column = divmod(place, self.columns)
        return QRect(left + column * (body.width() + GAP), top + row * self.pitch, body.width(), body.height())

    def first(self, cell: QRect) -> QRect:
        """The tile above, or at the left."""
        return QRect(cell.left(), cell.top(), self.side, self.side)

    def second(self, cell: QRect) -> QRect:
        """The tile below, or at the right; of a cell with one tile that one."""
        return QRect(cell.right() - self.side + 1, cell.bottom() - self.side + 1, self.side, self.side)

    def visible(self, scroll: int) -> range:
        """The cells that are seen at least in part when so many pixels are scrolled away above."""
        if not self.scrolls:
            return range(self.count)
        first = max(0, scroll // self.pitch)
        last = (scroll + self.size.height()) // self.pitch + 1
        return range(min(self.count, first * self.columns), min(self.count, last * self.columns))


def _side(count: int, size: QSize, columns: int, paired: bool, upright: bool) -> int:
    rows = -(-count // columns)
    wide = (size.width() - GAP * (columns - 1)) // columns
    high = (size.height() - GAP * (rows - 1)) // rows - LABEL
    if not paired:
        return min(wide, high)
    return min(wide, (high - SEAM) // 2) if upright else min((wide - SEAM) // 2, high)


def fit(count: int, size: QSize, paired: bool) -> Tiling:
    """Cells in rows as even as can be, as large as fits ``size``; upright where that costs little."""
    best = Tiling(count, size, 1, 0, paired)
    for upright in (True, False) if paired else (True,):
        for rows in range(1, count + 1):
            columns = -(-count // rows)
            side = _side(count, size, columns, paired, upright)
            # Upright pairs are easier to compare; beside each other must be worth it.
            if side > best.side * (1.0 if upright == best.upright else 1.2):
                best = Tiling(count, size, columns, side, paired, upright)
    return best if best.side >= SMALLEST else Tiling(count, size, best.columns, SMALLEST, paired, best.upright)


def overview(count: int, size: QSize, paired: bool) -> Tiling:
    """Cells of one size in as many columns as fit; the rest is reached by scrolling."""
    least, largest = OVERVIEW
    body = (size.height() - GAP) // 2 - LABEL
    side = min(largest, max(least, (body - SEAM) // 2 if paired else body))
    columns = max(1, (size.width() - BAR + GAP) // (side + GAP))
    return Tiling(count, size, columns, side, paired, scrolls=True)
