"""What small charts share: a ground with three lines and the values at its ends, and the place of the mouse."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from perturber.gui.style.theme import Theme, font
from perturber.gui.widgets.charts.numerals import short

LEFT, RIGHT, TOP, BOTTOM = 46, 14, 10, 24
Span = tuple[float, float]


class Chart(QWidget):
    """``pointed`` tells in words what is under the mouse; nothing once it is gone."""

    pointed = Signal(str)
    right = RIGHT
    """Room right of the ground."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._over: float | None = None
        """Where the mouse is along the chart, on the axis of its values."""
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(360, 150)

    def fill_height(self, least: int) -> None:
        """Take all the height there is, and no less than ``least`` logical pixels."""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(least)

    def span(self) -> Span:
        """Both ends of the axis along the chart."""
        return (0.0, 1.0)

    def ground(self) -> QRectF:
        """Where the lines are."""
        return QRectF(LEFT, TOP, max(1, self.width() - LEFT - self.right), max(1, self.height() - TOP - BOTTOM))

    def x_of(self, value: float) -> float:
        """Where a value of the axis is."""
        low, high = self.span()
        ground = self.ground()
        return ground.left() + ground.width() * (value - low) / ((high - low) or 1.0)

    def value_at(self, x: float) -> float:
        """The value of the axis at a place, within its ends."""
        low, high = self.span()
        ground = self.ground()
        return low + (high - low) * min(1.0, max(0.0, (x - ground.left()) / ground.width()))

    def y_of(self, value: float, reach: Span) -> float:
        """How high a value stands; ``reach`` are the values at the lower and the upper edge."""
        ground, (low, high) = self.ground(), reach
        return ground.bottom() - ground.height() * (value - low) / ((high - low) or 1.0)

    def paint_ground(self, painter: QPainter, reach: Span | None) -> None:
        """The lines of the ground and, when there is something to read, the values at its edges."""
        colors, ground = self._theme.colors, self.ground()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(11, numbers=True))
        painter.setPen(QPen(QColor(colors.line), 1))
        for share in (0.0, 0.5, 1.0):
            y = ground.bottom() - share * ground.height()
            painter.drawLine(QPointF(ground.left(), y), QPointF(ground.right(), y))
        painter.setPen(QColor(colors.muted))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for value in reach or ():
            painter.drawText(QRectF(0, self.y_of(value, reach or (0, 1)) - 8, LEFT - 6, 16), right, short(value))

    def paint_mark(self, painter: QPainter, value: float | None, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> None:
        """A line from bottom to top at a value of the axis."""
        if value is not None:
            ground, x = self.ground(), self.x_of(value)
            painter.setPen(QPen(QColor(self._theme.colors.muted), 1, style))
            painter.drawLine(QPointF(x, ground.top()), QPointF(x, ground.bottom()))

    def leaveEvent(self, event: object) -> None:
        self._over = None
        self.pointed.emit("")
        self.update()
