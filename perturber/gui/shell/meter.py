"""How long the window takes to paint what has changed."""

from __future__ import annotations

from time import perf_counter

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QWidget

UPDATE_REQUEST = QEvent.Type.UpdateRequest


class PaintMeter(QObject):
    """``painted`` tells how many seconds a repaint of everything that had changed took.

    Qt collects all updates of a window in one request to it; the time of that one event is the
    time of the whole repaint.
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
