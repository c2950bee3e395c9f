"""A chart of a class's probability over the perturbation size of an attack: one line per slot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF

from perturber.gui.style.theme import Theme
from perturber.gui.widgets.charts.chart import Chart
from perturber.gui.widgets.charts.curves import EDITED
from perturber.gui.widgets.charts.numerals import short

OCTAVES = 8
"""Octaves from the first tick to the largest size; 0 is one octave left of the first tick."""
DOT = 3.5


@dataclass(frozen=True)
class SizeLine:
    """Results for one network by perturbation size; the first size may be 0."""

    slot: str
    name: str
    sizes: tuple[float, ...]
    chances: tuple[float, ...]
    """Probabilities of the class in [0, 1]."""
    fooled: tuple[bool, ...]
    minimal: float | None = None
    """Smallest size at which the attack succeeds; None if it never does."""


class SizeChart(Chart):
    """Chart on a logarithmic axis: sizes double from tick to tick. A dot is filled where the attack succeeds."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.lines: tuple[SizeLine, ...] = ()
        self._high = 1.0

    def sizeHint(self) -> QSize:
        return QSize(520, 220)

    def show_lines(self, lines: Sequence[SizeLine], high: float) -> None:
        """Show lines on an axis that ends at ``high``."""
        self.lines, self._high = tuple(lines), high or 1.0
        self.update()

    def place_of(self, size: float) -> float:
        """Return the position of a size along the axis, from 0 to 1."""
        return min(1.0, max(0.0, 1 + log2(size / self._high) / OCTAVES)) if size > 0 else 0.0

    def paintEvent(self, event: QPaintEvent) -> None:
        ground = self.ground()
        painter = QPainter(self)
        self.paint_ground(painter, (0.0, 1.0) if self.lines else None)
        if self.lines:
            painter.setPen(QColor(self._theme.colors.muted))
            middle = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
            for octave in range(OCTAVES + 1):
                x = self.x_of(octave / OCTAVES)
                painter.drawLine(QPointF(x, ground.bottom()), QPointF(x, ground.bottom() + 3))
                text = short(self._high / 2 ** (OCTAVES - octave), 2) if octave else "0"
                painter.drawText(QRectF(x - 30, ground.bottom() + 5, 60, 16), middle, text)
        for line in self.lines:
            self._paint_line(painter, line)
        self.paint_mark(painter, self._over, Qt.PenStyle.DotLine)

    def _paint_line(self, painter: QPainter, line: SizeLine) -> None:
        color = self._theme.colors.slot(line.slot)
        points = [
            QPointF(self.x_of(self.place_of(size)), self.y_of(chance, (0.0, 1.0)))
            for size, chance in zip(line.sizes, line.chances, strict=True)
        ]
        style = Qt.PenStyle.DashLine if line.slot == EDITED else Qt.PenStyle.SolidLine
        painter.setPen(QPen(color, 2, style))
        painter.drawPolyline(QPolygonF(points))
        if line.minimal is not None:
            x = self.x_of(self.place_of(line.minimal))
            painter.setPen(QPen(color, 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, self.ground().top()), QPointF(x, self.ground().bottom()))
        painter.setPen(QPen(color, 1.5))
        for point, fooled in zip(points, line.fooled, strict=True):
            painter.setBrush(color if fooled else QColor(self._theme.colors.panel))
            painter.drawEllipse(point, DOT, DOT)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._over = self.value_at(event.position().x())
        self.pointed.emit(self._words(self._over))
        self.update()

    def _words(self, place: float) -> str:
        found = []
        for line in self.lines:
            near = min(range(len(line.sizes)), key=lambda i: abs(self.place_of(line.sizes[i]) - place), default=None)
            if near is not None:
                found.append(f"{line.name}: {100 * line.chances[near]:.1f} % at {short(line.sizes[near])}")
        return "   ".join(found)
