"""A line chart along the layers of networks: one value per layer, from first to last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF

from perturber.gui.style.theme import Theme
from perturber.gui.widgets.charts.chart import Chart, Span
from perturber.gui.widgets.charts.numerals import short

DASHES = ((4.0, 3.0), (1.0, 2.5), (6.0, 2.5, 1.0, 2.5))
"""Dash patterns of lines that belong to no slot, in multiples of the line width."""
DOT, APART = 3.0, 10
"""Radius of a layer's dot, and smallest gap between two layer names, in pixels."""


@dataclass(frozen=True)
class LayerLine:
    """One value for each layer of a network."""

    name: str
    """Display name."""
    taps: tuple[str, ...]
    values: tuple[float, ...]
    """One value per tap; infinite values are not drawn."""
    slot: str = ""
    """The slot whose color the line has; an empty one draws a dashed gray line."""
    dash: int = 0
    """Index into `DASHES`, for a line without a slot."""

    def number_at(self, depth: float) -> int:
        """Return the index of the layer nearest to a depth from 0 to 1."""
        return round(depth * (len(self.taps) - 1))

    def depth(self, number: int) -> float:
        """Return the relative depth of a layer in the network, from 0 to 1."""
        return number / max(1, len(self.taps) - 1)


class Blocks(Chart):
    """Overlays networks of different depth from end to end. ``chosen`` carries the tap of a clicked layer."""

    chosen = Signal(str)
    right = 30

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.lines: tuple[LayerLine, ...] = ()
        self._marked = ""
        self._message = ""

    def sizeHint(self) -> QSize:
        return QSize(720, 260)

    def show_lines(self, lines: Sequence[LayerLine], message: str = "") -> None:
        """Show lines, or a message if there are none."""
        self.lines, self._message = tuple(line for line in lines if line.taps), message
        self.setCursor(Qt.CursorShape.PointingHandCursor if self.lines else Qt.CursorShape.ArrowCursor)
        self.update()

    def mark(self, tap: str) -> None:
        """Mark the layer with this tap."""
        self._marked = tap
        self.update()

    def reach(self) -> Span:
        """Return the values at the lower and the upper edge."""
        high = max((value for line in self.lines for value in line.values if isfinite(value)), default=0.0)
        return (0.0, high or 1.0)

    def place(self, line: LayerLine, number: int) -> QPointF:
        """Return the point of a layer's value in the chart."""
        return QPointF(self.x_of(line.depth(number)), self.y_of(line.values[number], self.reach()))

    def words(self, depth: float) -> str:
        """Return the values of the layers at a depth as text."""
        layers = {line.taps[line.number_at(depth)] for line in self.lines}
        found = []
        for line in self.lines:
            number = line.number_at(depth)
            where = f" {line.taps[number]}" if len(layers) > 1 else ""
            found.append(f"{line.name}{where} {short(line.values[number])}")
        head = f"{layers.pop()}:   " if len(layers) == 1 else ""
        return head + "     ".join(found)

    def nearest(self, at: QPointF) -> str:
        """Return the tap of the layer nearest to a point; empty without lines."""
        depth = self.value_at(at.x())
        beside = [(line, line.number_at(depth)) for line in self.lines]
        shown = [(line, number) for line, number in beside if isfinite(line.values[number])] or beside
        if not shown:
            return ""
        line, number = min(shown, key=lambda pair: abs(self.place(*pair).y() - at.y()))
        return line.taps[number]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint_ground(painter, self.reach() if self.lines else None)
        if not self.lines:
            painter.drawText(self.ground(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._message)
            return
        self._paint_names(painter)
        marked = next(((line, line.taps.index(self._marked)) for line in self.lines if self._marked in line.taps), None)
        self.paint_mark(painter, marked[0].depth(marked[1]) if marked is not None else None)
        self.paint_mark(painter, self._over, Qt.PenStyle.DotLine)
        for line in self.lines:
            self._paint_line(painter, line)

    def _paint_names(self, painter: QPainter) -> None:
        """Paint as many layer names as fit; if the networks differ, only mark the first and the last layer."""
        ground, metrics = self.ground(), painter.fontMetrics()
        line = self.lines[0]
        alike = all(other.taps == line.taps for other in self.lines)
        names = dict(enumerate(line.taps)) if alike else {0: "first layer", len(line.taps) - 1: "last layer"}
        widths = {number: metrics.horizontalAdvance(name) for number, name in names.items()}
        lefts = {
            number: min(max(2.0, self.x_of(line.depth(number)) - width / 2), self.width() - width - 2)
            for number, width in widths.items()
        }
        free, last = 0.0, len(line.taps) - 1
        for number, name in names.items():
            left, width = lefts[number], widths[number]
            if left >= free and (number == last or left + width + APART <= lefts[last]):
                where = QRectF(left, ground.bottom() + 5, width + 2, 16)
                painter.setPen(QColor(self._theme.colors.text if name == self._marked else self._theme.colors.muted))
                painter.drawText(where, Qt.AlignmentFlag.AlignLeft, name)
                free = left + width + APART

    def _paint_line(self, painter: QPainter, line: LayerLine) -> None:
        colors = self._theme.colors
        color = colors.slot(line.slot) if line.slot else QColor(colors.muted)
        pen = QPen(color, 2 if line.slot else 1.5)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if not line.slot:
            pen.setDashPattern(DASHES[line.dash % len(DASHES)])
        places = [self.place(line, n) for n, value in enumerate(line.values) if isfinite(value)]
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF(places))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        for place in places:
            painter.drawEllipse(place, DOT, DOT)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self.lines:
            return
        line = self.lines[0]
        self._over = line.depth(line.number_at(self.value_at(event.position().x())))
        self.pointed.emit(self.words(self._over))
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        tap = self.nearest(event.position())
        if tap and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(tap)
