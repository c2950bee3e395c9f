"""A slider with two handles that selects a part of 0 … 1."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QWidget

from perturber.gui.style.theme import Theme
from perturber.gui.widgets.sliders.track import HANDLE, TrackSlider

STEP = 0.01
WHOLE_RANGE = (0.0, 1.0)
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


class RangeSlider(TrackSlider):
    """A handle moves one end, the bar between them both; arrow up and down choose a handle for the keys.

    ``moved`` is emitted for edits by the user, not for `show_value`.
    """

    moved = Signal(float, float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._ends = WHOLE_RANGE
        self._held = HIGH
        self._grip = WHOLE_RANGE
        self.setRange(0, round(1 / STEP))
        self._describe()

    @property
    def ends(self) -> tuple[float, float]:
        """The lower and the upper end, 0 … 1."""
        return self._ends

    def show_value(self, ends: tuple[float, float]) -> None:
        """Show a range without emitting a signal."""
        if ends != self._ends:
            self._ends = ends
            self._describe()
            self.update()

    def _describe(self) -> None:
        """Update the accessible description (both ends) and value (the end that the keys move)."""
        low, high = self._ends
        self.setAccessibleDescription(f"{low:g} to {high:g}")
        self.setValue(round((low if self._held == LOW else high) / STEP))

    def _hit(self, x: float) -> tuple[bool, bool]:
        """Return which ends a press at x takes hold of."""
        low, high = map(self._x, self._ends)
        if high - low < 1:  # handles coincide: take the one that can move
            return LOW if x < low or self._ends[0] == 1 else HIGH
        if low + HANDLE < x < high - HANDLE and self._ends != WHOLE_RANGE:
            return BOTH
        return LOW if abs(x - low) < abs(x - high) else HIGH

    def _grab(self, x: float) -> None:
        self._held, self._grip = self._hit(x), self._ends
        if self._held != BOTH:
            end = self._x(self._ends[self._held.index(True)])
            if abs(x - end) > HANDLE:
                self._pull(x - end)

    def _pull(self, by: float) -> None:
        self._shift(by / self._span())

    def _shift(self, by: float) -> None:
        """Move the held ends by a fraction of the range; the grip remembers what rounding and limits cut off."""
        low, high = (grip + by * held for grip, held in zip(self._grip, self._held, strict=True))
        self._grip = low, high
        if self._held == BOTH:
            width = self._ends[1] - self._ends[0]
            low = min(max(0.0, low), 1 - width)
            self._go(_round_to_step(low), _round_to_step(low) + width)
        elif self._held == LOW:
            self._go(min(max(0.0, _round_to_step(low)), self._ends[1]), self._ends[1])
        else:
            self._go(self._ends[0], max(min(1.0, _round_to_step(high)), self._ends[0]))

    def _go(self, low: float, high: float) -> None:
        ends = round(low, 6), round(high, 6)
        if ends != self._ends:
            self.show_value(ends)
            self.moved.emit(*ends)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._held = HIGH if key == Qt.Key.Key_Up else LOW
            self._describe()
            self.update()
        elif key in KEYS:
            self._begin()
            self._held = LOW if self._held == LOW else HIGH
            self._grip = self._ends
            self._shift(KEYS[key])
        else:
            event.ignore()

    def _paint_values(self, painter: QPainter, track: QRectF) -> None:
        colors = self._theme.colors
        low, high = map(self._x, self._ends)
        color = colors.edited if self._ends != WHOLE_RANGE else colors.fill
        self._paint_bar(painter, track, low, high, color)
        for held, x in ((LOW, low), (HIGH, high)):
            self._paint_handle(painter, x, self.hasFocus() and self._held in (held, BOTH))


def _round_to_step(value: float) -> float:
    return round(value / STEP) * STEP
