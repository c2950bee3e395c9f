"""Base of all sliders: a track with handles that are dragged with the mouse or moved by keys."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QWidget

from perturber.gui.style.theme import Theme

HANDLE = 7.0
"""Radius of a handle, in pixels; also the margin at both ends of the track."""
TRACK = 4.0
"""Thickness of the track, in pixels."""
FINE = 0.1
"""Factor on pointer movement while Shift is held."""


class TrackSlider(QAbstractSlider):
    """A horizontal slider. Each drag, and each press of a key, is enclosed by ``began`` and ``ended``.

    Shift makes a drag ten times finer; a double click emits ``reset``. The wheel is ignored, so that the
    surrounding panel scrolls. A subclass decides what is grabbed and moved, and paints the values.
    """

    began = Signal()
    ended = Signal()
    reset = Signal()
    frames_keys = True
    """Whether key presses are enclosed by ``began`` and ``ended``."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
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

    # For subclasses.

    def _grab(self, x: float) -> None:
        """Grab what is under a press at x."""
        raise NotImplementedError

    def _pull(self, by: float) -> None:
        """Move what is held by a distance in pixels."""
        raise NotImplementedError

    def _paint_values(self, painter: QPainter, track: QRectF) -> None:
        """Paint the values on the track."""
        raise NotImplementedError

    def _paint_ticks(self, painter: QPainter) -> None:
        """Paint what is behind the track; nothing by default."""

    def _handle_color(self) -> QColor:
        colors = self._theme.colors
        return QColor(colors.fill if self._theme.name == "light" else colors.handle)

    # Geometry.

    def _span(self) -> float:
        """Return the distance from the lowest value to the highest, in pixels."""
        return max(1.0, self.width() - 2 * HANDLE)

    def _x(self, share: float) -> float:
        """Return the x coordinate of a fraction of the track, 0 … 1."""
        return HANDLE + self._span() * share

    # Mouse and keys.

    def _begin(self) -> None:
        if not self._open:
            self._open = True
            self.began.emit()

    def _end(self) -> None:
        if self._open:
            self._open = False
            self.ended.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragging = True
            self._begin()
            self._last = event.position().x()
            self._grab(self._last)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            x = event.position().x()
            fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            by, self._last = (x - self._last) * (FINE if fine else 1.0), x
            self._pull(by)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging and event.button() == Qt.MouseButton.LeftButton:
            self._dragging = False
            self._end()
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.frames_keys:
            self._begin()
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if self.frames_keys and not event.isAutoRepeat():
            self._end()
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._end()
        super().focusOutEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()

    # Painting.

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        self._paint_ticks(painter)
        track = QRectF(HANDLE - TRACK / 2, (self.height() - TRACK) / 2, self._span() + TRACK, TRACK)
        painter.setBrush(QColor(self._theme.colors.track))
        painter.drawRoundedRect(track, TRACK / 2, TRACK / 2)
        self._paint_values(painter, track)

    def _paint_bar(self, painter: QPainter, track: QRectF, left: float, right: float, color: str) -> None:
        """Paint a part of the track in another color."""
        painter.setBrush(QColor(color))
        painter.drawRoundedRect(QRectF(left, track.top(), right - left, TRACK), TRACK / 2, TRACK / 2)

    def _paint_handle(self, painter: QPainter, x: float, focused: bool) -> None:
        colors, center = self._theme.colors, QPointF(x, self.height() / 2)
        if focused and self.isEnabled():
            ring = QColor(colors.fill)
            ring.setAlphaF(0.35)
            painter.setBrush(ring)
            painter.drawEllipse(center, HANDLE, HANDLE)
        radius = HANDLE - (1.0 if self._dragging or self.underMouse() or focused else 1.8)
        painter.setBrush(self._handle_color() if self.isEnabled() else QColor(colors.track))
        painter.drawEllipse(center, radius, radius)
