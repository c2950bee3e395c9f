"""A small line chart: one line per slot along a parameter."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from perturber.gui.theme import Theme, font
from perturber.gui.widgets.figures import short

EDITED = "edited"
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 10, 24


class Curves(QWidget):
    """``picked`` tells the value on the axis that was clicked or dragged to, framed by ``began`` and ``ended``."""

    picked = Signal(float)
    pointed = Signal(str)
    began = Signal()
    ended = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._span = (0.0, 1.0)
        self._values: tuple[float, ...] = ()
        self.lines: Mapping[str, tuple[float, ...]] = {}
        self._now: float | None = None
        self._over: float | None = None
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(360, 150)

    def show_axis(self, low: float, high: float, now: float) -> None:
        """Begin anew with an axis from ``low`` to ``high``; ``now`` is marked."""
        if (low, high) != self._span:
            self._values, self.lines = (), {}
        self._span, self._now = (low, high), now
        self.update()

    def show_lines(self, values: tuple[float, ...], lines: Mapping[str, tuple[float, ...]]) -> None:
        """Show what there is so far: a line for each slot."""
        self._values, self.lines = values, lines
        self.update()

    def _reach(self) -> tuple[float, float]:
        every = [0.0, *(v for line in self.lines.values() for v in line)]
        low, high = min(every), max(every)
        return (low, high if high > low else low + 1.0)

    def _ground(self) -> QRectF:
        return QRectF(LEFT, TOP, max(1, self.width() - LEFT - RIGHT), max(1, self.height() - TOP - BOTTOM))

    def _x(self, value: float) -> float:
        low, high = self._span
        ground = self._ground()
        return ground.left() + ground.width() * (value - low) / ((high - low) or 1.0)

    def _value_at(self, x: float) -> float:
        low, high = self._span
        ground = self._ground()
        return low + (high - low) * min(1.0, max(0.0, (x - ground.left()) / ground.width()))

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, ground = self._theme.colors, self._ground()
        low, high = self._reach()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(11, numbers=True))
        painter.setPen(QPen(QColor(colors.line), 1))
        for share in (0.0, 0.5, 1.0):
            y = ground.bottom() - share * ground.height()
            painter.drawLine(QPointF(ground.left(), y), QPointF(ground.right(), y))
        painter.setPen(QColor(colors.muted))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if self.lines:
            for share, value in ((0.0, low), (1.0, high)):
                y = ground.bottom() - share * ground.height()
                painter.drawText(QRectF(0, y - 8, LEFT - 6, 16), right, short(value))
        foot = QRectF(ground.left() - 40, ground.bottom() + 4, ground.width() + 40 + RIGHT, 16)
        first = QRectF(ground.left(), foot.top(), 120, 16)
        painter.drawText(first, Qt.AlignmentFlag.AlignLeft, f"{self._span[0]:g}")
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, f"{self._span[1]:g}")
        self._paint_marks(painter, ground)
        for slot, line in self.lines.items():
            self._paint_line(painter, slot, line, (low, high))

    def _paint_marks(self, painter: QPainter, ground: QRectF) -> None:
        """Where the parameter is now, and where the mouse is."""
        colors = self._theme.colors
        for value, style in ((self._now, Qt.PenStyle.SolidLine), (self._over, Qt.PenStyle.DotLine)):
            if value is not None:
                painter.setPen(QPen(QColor(colors.muted), 1, style))
                painter.drawLine(QPointF(self._x(value), ground.top()), QPointF(self._x(value), ground.bottom()))

    def _paint_line(self, painter: QPainter, slot: str, line: tuple[float, ...], reach: tuple[float, float]) -> None:
        ground, (low, high) = self._ground(), reach
        points = [
            QPointF(self._x(x), ground.bottom() - ground.height() * (y - low) / (high - low))
            for x, y in zip(self._values, line, strict=False)
        ]
        # Dashed, so that Model 1's line shows through where an edit changes nothing.
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
            self.picked.emit(self._value_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._over = self._value_at(event.position().x())
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.picked.emit(self._over)
        self.pointed.emit(self._words())
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.ended.emit()

    def leaveEvent(self, event: object) -> None:
        self._over = None
        self.pointed.emit("")
        self.update()
