"""A slider for real numbers that shows where its value came from."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QWidget

from perturber.gui.style.theme import Theme

HANDLE = 7.0
TRACK = 4.0
FINE = 0.1


class Slider(QAbstractSlider):
    """Horizontal; filled from the default to the value, so that a change shows at a glance.

    ``moved`` tells what a person does, never what `show_value` sets. A drag, or a key held down, is
    framed by ``began`` and ``ended``. Shift drags ten times finer; a double click asks for a reset.
    The wheel is left to whoever scrolls.
    """

    moved = Signal(float)
    began = Signal()
    ended = Signal()
    reset = Signal()

    def __init__(
        self, theme: Theme, low: float, high: float, *, origin: float, step: float, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._low, self._step = low, step
        self._steps = max(1, round((high - low) / step))
        self._origin = min(1.0, max(0.0, (origin - low) / (high - low)))
        self._grip = self._last = 0.0
        self._showing = False
        self._dragging = False
        self._open = False
        self.setRange(0, self._steps)
        self.setSingleStep(max(1, self._steps // 100))
        self.setPageStep(max(1, self._steps // 10))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.valueChanged.connect(self._on_value)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(120, 22)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 22)

    @property
    def number(self) -> float:
        """The value in the parameter's own units."""
        return round(self._low + self.value() * self._step, 9)

    def show_value(self, value: float) -> None:
        """Show a value without telling anyone; one out of range shows at the end."""
        self._showing = True
        self.setValue(round((value - self._low) / self._step))
        self._showing = False

    def show_place(self, place: int, last: int) -> None:
        """Show one of the places 0 … ``last`` without telling anyone."""
        self._showing = True
        self._steps = max(1, last)
        self.setRange(0, self._steps)
        self.setSingleStep(1)
        self.setPageStep(max(1, self._steps // 10))
        self.setValue(place)
        self._showing = False
        self.update()

    def _on_value(self) -> None:
        if not self._showing:
            self.moved.emit(self.number)

    def _span(self) -> float:
        return max(1.0, self.width() - 2 * HANDLE)

    def _handle_x(self) -> float:
        return HANDLE + self._span() * self.value() / self._steps

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._dragging = True
        self._begin()
        x = event.position().x()
        self._grip = self._handle_x()
        if abs(x - self._grip) > HANDLE:
            self._grip = x
            self._go(x)
        self._last = x

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self._dragging:
            return
        x = event.position().x()
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._grip += (x - self._last) * (FINE if fine else 1.0)
        self._last = x
        self._go(self._grip)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging and event.button() == Qt.MouseButton.LeftButton:
            self._dragging = False
            self._end()
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset.emit()

    def _go(self, x: float) -> None:
        self.setValue(round((x - HANDLE) / self._span() * self._steps))

    def _begin(self) -> None:
        if not self._open:
            self._open = True
            self.began.emit()

    def _end(self) -> None:
        if self._open:
            self._open = False
            self.ended.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._begin()
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not event.isAutoRepeat():
            self._end()
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._end()
        super().focusOutEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = self._theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle, x = self.height() / 2, self._handle_x()
        home = HANDLE + self._span() * self._origin
        track = QRectF(HANDLE - TRACK / 2, middle - TRACK / 2, self._span() + TRACK, TRACK)
        painter.setBrush(QColor(colors.track))
        painter.drawRoundedRect(track, TRACK / 2, TRACK / 2)
        self._paint_fill(painter, track, home, x)
        painter.setBrush(QColor(colors.faint))
        painter.drawRoundedRect(QRectF(home - 1, middle - 5, 2, 10), 1, 1)
        self._paint_handle(painter, QPointF(x, middle))

    def _paint_fill(self, painter: QPainter, track: QRectF, home: float, x: float) -> None:
        """What lies on the track: a bar from the default to the handle."""
        if abs(x - home) > 0.5 and self.isEnabled():
            painter.setBrush(QColor(self._theme.colors.fill))
            left, right = sorted((x, home))
            painter.drawRoundedRect(QRectF(left, track.top(), right - left, TRACK), TRACK / 2, TRACK / 2)

    def _paint_handle(self, painter: QPainter, center: QPointF) -> None:
        colors = self._theme.colors
        active = self._dragging or self.underMouse() or self.hasFocus()
        if self.hasFocus() and self.isEnabled():
            ring = QColor(colors.fill)
            ring.setAlphaF(0.35)
            painter.setBrush(ring)
            painter.drawEllipse(center, HANDLE, HANDLE)
        radius = HANDLE - (1.0 if active else 1.8)
        painter.setBrush(self._handle_color() if self.isEnabled() else QColor(colors.track))
        painter.drawEllipse(center, radius, radius)

    def _handle_color(self) -> QColor:
        colors = self._theme.colors
        return QColor(colors.fill if self._theme.name == "light" else colors.handle)
