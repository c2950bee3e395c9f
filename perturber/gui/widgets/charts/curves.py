"""A small line chart of a quantity along a parameter: one line per slot."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF

from perturber.gui.style.theme import Theme
from perturber.gui.widgets.charts.chart import RIGHT, Chart, Span
from perturber.gui.widgets.charts.numerals import short

EDITED = "edited"


class Curves(Chart):
    """Line chart; ``picked`` carries the value at a click or drag, between ``began`` and ``ended``."""

    picked = Signal(float)
    began = Signal()
    ended = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._span: Span = (0.0, 1.0)
        self._values: tuple[float, ...] = ()
        self.lines: Mapping[str, tuple[float, ...]] = {}
        self._now: float | None = None

    def span(self) -> Span:
        return self._span

    def show_axis(self, low: float, high: float, now: float) -> None:
        """Set the axis to ``low`` … ``high`` and mark ``now``; a new axis clears the lines."""
        if (low, high) != self._span:
            self._values, self.lines = (), {}
        self._span, self._now = (low, high), now
        self.update()

    def show_lines(self, values: tuple[float, ...], lines: Mapping[str, tuple[float, ...]]) -> None:
        """Show the values computed so far: one line per slot."""
        self._values, self.lines = values, lines
        self.update()

    def _reach(self) -> Span:
        every = [0.0, *(v for line in self.lines.values() for v in line)]
        low, high = min(every), max(every)
        return (low, high if high > low else low + 1.0)

    def paintEvent(self, event: QPaintEvent) -> None:
        ground, reach = self.ground(), self._reach()
        painter = QPainter(self)
        self.paint_ground(painter, reach if self.lines else None)
        foot = QRectF(ground.left() - 40, ground.bottom() + 4, ground.width() + 40 + RIGHT, 16)
        first = QRectF(ground.left(), foot.top(), 120, 16)
        painter.setPen(QColor(self._theme.colors.muted))
        painter.drawText(first, Qt.AlignmentFlag.AlignLeft, f"{self._span[0]:g}")
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, f"{self._span[1]:g}")
        self.paint_mark(painter, self._now)
        self.paint_mark(painter, self._over, Qt.PenStyle.DotLine)
        for slot, line in self.lines.items():
            self._paint_line(painter, slot, line, reach)

    def _paint_line(self, painter: QPainter, slot: str, line: tuple[float, ...], reach: Span) -> None:
        points = [QPointF(self.x_of(x), self.y_of(y, reach)) for x, y in zip(self._values, line, strict=False)]
        # Dashed, so that the line of Model 1 is visible where an edit changes nothing.
        style = Qt.PenStyle.DashLine if slot == EDITED else Qt.PenStyle.SolidLine
        painter.setPen(QPen(self._theme.colors.slot(slot), 2, style))
        painter.drawPolyline(QPolygonF(points))
        if len(points) == 1:
            painter.drawPoint(points[0])

    def _words(self) -> str:
        if self._over is None or not self._values:
            return ""
        number = min(len(self._values) - 1, bisect_left(self._values, self._over))
        if number and self._over - self._values[number - 1] < self._values[number] - self._over:
            number -= 1
        found = "   ".join(short(line[number]) for line in self.lines.values() if number < len(line))
        return f"at {self._values[number]:.4g}: {found}"

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.began.emit()
            self.picked.emit(self.value_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._over = self.value_at(event.position().x())
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.picked.emit(self._over)
        self.pointed.emit(self._words())
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.ended.emit()
