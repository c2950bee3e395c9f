"""A slider for real numbers that shows the distance from the default."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from perturber.gui.style.theme import Theme
from perturber.gui.widgets.sliders.track import HANDLE, TrackSlider


class Slider(TrackSlider):
    """A slider filled from the default to the value, so that a change is visible at a glance.

    ``moved`` is emitted for edits by the user, not for `show_value`.
    """

    moved = Signal(float)

    def __init__(
        self, theme: Theme, low: float, high: float, *, origin: float, step: float, parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, parent)
        self._low, self._step = self._position(low), step
        length = self._position(high) - self._low
        self._steps = max(1, round(length / step))
        self._origin = min(1.0, max(0.0, (self._position(origin) - self._low) / length))
        self._grip = 0.0
        self._showing = False
        self.setRange(0, self._steps)
        self.setSingleStep(max(1, self._steps // 100))
        self.setPageStep(max(1, self._steps // 10))
        self.valueChanged.connect(self._on_value)

    # Conversion between numbers and coordinates; a subclass may use another scale.

    def _position(self, number: float) -> float:
        """Return the coordinate of a number on the axis, where neighboring positions are ``step`` apart."""
        return number

    def _number(self, position: float) -> float:
        """Return the number at a coordinate on the axis."""
        return round(position, 9)

    @property
    def number(self) -> float:
        """The value in the units of the parameter."""
        return self._number(self._low + self.value() * self._step)

    def show_value(self, value: float) -> None:
        """Show a value without emitting a signal; a value out of range is shown at the nearest end."""
        self._showing = True
        self.setValue(round((self._position(value) - self._low) / self._step))
        self._showing = False

    def show_place(self, place: int, last: int) -> None:
        """Show one of the positions 0 … ``last`` without emitting a signal."""
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

    def _handle_x(self) -> float:
        return self._x(self.value() / self._steps)

    def _grab(self, x: float) -> None:
        self._grip = self._handle_x()
        if abs(x - self._grip) > HANDLE:
            self._pull(x - self._grip)

    def _pull(self, by: float) -> None:
        self._grip += by
        self.setValue(round((self._grip - HANDLE) / self._span() * self._steps))

    def _paint_values(self, painter: QPainter, track: QRectF) -> None:
        home = self._x(self._origin)
        self._paint_fill(painter, track, home)
        painter.setBrush(QColor(self._theme.colors.faint))
        painter.drawRoundedRect(QRectF(home - 1, self.height() / 2 - 5, 2, 10), 1, 1)
        self._paint_handle(painter, self._handle_x(), self.hasFocus())

    def _paint_fill(self, painter: QPainter, track: QRectF, home: float) -> None:
        """Paint the bar from the default to the handle."""
        left, right = sorted((self._handle_x(), home))
        if right - left > 0.5 and self.isEnabled():
            self._paint_bar(painter, track, left, right, self._theme.colors.fill)
