"""Ctrl+C and SIGTERM close the window as the person would, although Qt's event loop never returns to Python."""

from __future__ import annotations

import signal
import socket
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, Signal

WATCHED = (signal.SIGINT, signal.SIGTERM)


class SignalWatch(QObject):
    """Emits ``received`` with the number of the first of the signals; a second one ends the process at once."""

    received = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        """Start watching; must be called on the main thread."""
        super().__init__(parent)
        self._reading, self._writing = socket.socketpair()
        self._reading.setblocking(False)
        self._writing.setblocking(False)
        self._before = signal.set_wakeup_fd(self._writing.fileno(), warn_on_full_buffer=False)
        self._handlers = {number: signal.signal(number, _wake) for number in WATCHED}
        self._notifier = QSocketNotifier(self._reading.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)

    def close(self) -> None:
        """Stop watching, and restore what was done about the signals before."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._before)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._reading.close()
        self._writing.close()

    def _read(self) -> None:
        numbers = [number for number in self._reading.recv(64) if number in WATCHED]
        if numbers:
            for number in WATCHED:
                signal.signal(number, signal.SIG_DFL)
            self.received.emit(numbers[0])


def _wake(_signal: int, _frame: FrameType | None) -> None:
    """Do nothing: the signal's number, written by the interpreter, wakes the event loop."""
