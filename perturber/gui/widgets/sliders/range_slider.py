"""A slider with two handles: which part of 0 … 1 is kept."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from perturber.gui.style.theme import Theme
from perturber.gui.widgets.sliders.slider import FINE, HANDLE, TRACK

STEP = 0.01
LOW, HIGH, BOTH = (True, False), (False, True), (True, True)
"""Which ends follow the pointer."""
KEYS = {
    Qt.Key.Key_Left: -0.01,
    Qt.Key.Key_Right: 0.01,
    Qt.Key.Key_PageDown: -0.1,
    Qt.Key.Key_PageUp: 0.1,
    Qt.Key.Key_Home: -1.0,
    Qt.Key.Key_End: 1.0,
}


class RangeSlider(QWidget):
    """Horizontal. A handle is dragged by itself, the bar between them with both; arrow up and down choose a handle.

    ``moved`` tells what a person does, never what `show_value` sets. A drag, or a key held down, is
    framed by ``began`` and ``ended``. Shift drags ten times finer; a double click asks for a reset.
    The wheel is left to whoever scrolls.
    """

    moved = Signal(float, float)
    began = Signal()
    ended = Signal()
    reset = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._ends = (0.0, 1.0)
        self._held = HIGH
        self._grip = (0.0, 1.0)
        self._last = 0.0
        self._dragging = self._open = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(120, 22)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 22)

    @property
    def ends(self) -> tuple[float, float]:
        """The lower and the upper end, 0 … 1."""
        return self._ends

    def show_value(self, ends: tuple[float, float]) -> None:
        """Show a range without telling anyone."""
        if ends != self._ends:
            self._ends = ends
            self.setAccessibleDescription(f"{ends[0]:g} to {ends[1]:g}")
            self.update()

    def _span(self) -> float:
        return max(1.0, self.width() - 2 * HANDLE)

    def _x(self, value: float) -> float:
        return HANDLE + self._span() * value

    def _hit(self, x: float) -> tuple[bool, bool]:
        """What a press at x takes hold of."""
        low, high = map(self._x, self._ends)
        if high - low < 1:  # both handles in one place: the one that can go where the pointer is
            return LOW if x < low or self._ends[0] == 1 else HIGH
        if low + HANDLE < x < high - HANDLE and self._ends != (0.0, 1.0):
            return BOTH
        return LOW if abs(x - low) < abs(x - high) else HIGH

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        self._dragging = True
        self._begin()
        self._held, self._grip, self._last = self._hit(x), self._ends, x
        if self._held != BOTH:
            end = self._ends[self._held.index(True)]
            if abs(x - self._x(end)) > HANDLE:
                self._pull((x - self._x(end)) / self._span())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self._dragging:
            return
        x = event.position().x()
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        by = (x - self._last) / self._span() * (FINE if fine else 1.0)
        self._last = x
        self._pull(by)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging and event.button() == Qt.MouseButton.LeftButton:
            self._dragging = False
            self._end()
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset.emit()

    def _pull(self, by: float) -> None:
        """Move what is held; the grips keep what steps and ends swallow."""
        low, high = (grip + by * held for grip, held in zip(self._grip, self._held, strict=True))
        self._grip = low, high
        if self._held == BOTH:
            width = self._ends[1] - self._ends[0]
            low = min(max(0.0, low), 1 - width)
            self._go(_stepped(low), _stepped(low) + width)
        elif self._held == LOW:
            self._go(min(max(0.0, _stepped(low)), self._ends[1]), self._ends[1])
        else:
            self._go(self._ends[0], max(min(1.0, _stepped(high)), self._ends[0]))

    def _go(self, low: float, high: float) -> None:
        ends = round(low, 6), round(high, 6)
        if ends != self._ends:
            self.show_value(ends)
            self.moved.emit(*ends)

    def _begin(self) -> None:
        if not self._open:
            self._open = True
            self.began.emit()

    def _end(self) -> None:
        if self._open:
            self._open = False
            self.ended.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._held = HIGH if key == Qt.Key.Key_Up else LOW
            self.update()
        elif key in KEYS:
            self._begin()
            self._held = LOW if self._held == LOW else HIGH
            self._grip = self._ends
            self._pull(KEYS[key])
        else:
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
        middle = self.height() / 2
        low, high = map(self._x, self._ends)
        track = QRectF(HANDLE - TRACK / 2, middle - TRACK / 2, self._span() + TRACK, TRACK)
        painter.setBrush(QColor(colors.track))
        painter.drawRoundedRect(track, TRACK / 2, TRACK / 2)
        painter.setBrush(QColor(colors.edited if self._ends != (0.0, 1.0) else colors.fill))
        painter.drawRoundedRect(QRectF(low, track.top(), high - low, TRACK), TRACK / 2, TRACK / 2)
        for held, x in ((LOW, low), (HIGH, high)):
            self._paint_handle(painter, QPointF(x, middle), self.hasFocus() and self._held in (held, BOTH))

    def _paint_handle(self, painter: QPainter, center: QPointF, focused: bool) -> None:
        colors = self._theme.colors
        if focused:
            ring = QColor(colors.fill)
            ring.setAlphaF(0.35)
            painter.setBrush(ring)
            painter.drawEllipse(center, HANDLE, HANDLE)
        radius = HANDLE - (1.0 if self._dragging or self.underMouse() or focused else 1.8)
        painter.setBrush(QColor(colors.fill if self._theme.name == "light" else colors.handle))
        painter.drawEllipse(center, radius, radius)


def _stepped(value: float) -> float:
    return round(value / STEP) * STEP
