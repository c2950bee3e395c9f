"""Keys and buttons that do something for as long as they are held down."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QWidget


class HoldKey(QObject):
    """A shortcut of one key that tells when it goes down and when it comes up, once each."""

    pressed = Signal()
    released = Signal()

    def __init__(self, key: str, window: QWidget) -> None:
        super().__init__(window)
        self._shortcut = QShortcut(QKeySequence(key), window)
        self._shortcut.setAutoRepeat(False)
        self._shortcut.activated.connect(self._press)
        self._down = False

    def _press(self) -> None:
        application = QApplication.instance()
        if not self._down and application is not None:
            self._down = True
            application.installEventFilter(self)  # only now: every event of the program passes it
            self.pressed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look for the key's release; a window that is left counts as one."""
        kind = event.type()
        up = kind == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent) and not event.isAutoRepeat()
        if up or kind == QEvent.Type.WindowDeactivate:
            self.release()
        return False

    def release(self) -> None:
        """The key is up."""
        application = QApplication.instance()
        if self._down and application is not None:
            self._down = False
            application.removeEventFilter(self)
            self.released.emit()
