"""Keys that act while they are held down."""

from __future__ import annotations

from time import monotonic

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QWidget

LONG = 0.4
"""Seconds after which the system may repeat a key."""
GRACE_MS = 60
"""Milliseconds within which a release followed by a press counts as auto-repeat."""
DOWN = {QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride}


class HoldKey(QObject):
    """A one-key shortcut that reports its press and its release, once each."""

    pressed = Signal()
    released = Signal()

    def __init__(self, key: str, window: QWidget) -> None:
        super().__init__(window)
        self._shortcut = QShortcut(QKeySequence(key), window)
        self._shortcut.setAutoRepeat(False)
        self._shortcut.activated.connect(self._press)
        self._down = False
        self._since = 0.0
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(GRACE_MS)
        self._late.timeout.connect(self.release)

    def _press(self) -> None:
        application = QApplication.instance()
        self._late.stop()
        if not self._down and application is not None:
            self._down, self._since = True, monotonic()
            application.installEventFilter(self)  # only while down: the filter sees every event
            self.pressed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Detect the release of the key; leaving the window counts as one."""
        kind = event.type()
        if kind in DOWN:
            self._late.stop()
        elif kind == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent) and not event.isAutoRepeat():
            # On a busy machine, auto-repeat may look like a release and another press.
            if monotonic() - self._since > LONG:
                self._late.start()
            else:
                self.release()
        elif kind == QEvent.Type.WindowDeactivate:
            self.release()
        return False

    def release(self) -> None:
        """End the press, if there is one."""
        application = QApplication.instance()
        self._late.stop()
        if self._down and application is not None:
            self._down = False
            application.removeEventFilter(self)
            self.released.emit()
