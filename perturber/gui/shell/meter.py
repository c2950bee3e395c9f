"""Measurement of the time that the window takes to repaint."""

from __future__ import annotations

from time import perf_counter

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QWidget

UPDATE_REQUEST = QEvent.Type.UpdateRequest


class PaintMeter(QObject):
    """Measures repaints of a window; ``painted`` carries the duration of each in seconds.

    Qt collects all updates of a window in one request to the window, so the duration of that event is
    the duration of the whole repaint.
    """

    painted = Signal(float)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._inside = False
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._inside or event.type() != UPDATE_REQUEST:
            return False
        self._inside = True
        start = perf_counter()
        try:
            watched.event(event)
        finally:
            self._inside = False
        self.painted.emit(perf_counter() - start)
        return True
