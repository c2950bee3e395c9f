"""Windows that ask for nothing while they are closed."""

from __future__ import annotations

from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog


class RestingDialog(QDialog):
    """Rests when it is closed, whichever way: by its frame, by Escape, or by the program."""

    def rest(self) -> None:
        """Ask for nothing any more; may be called again while nothing is asked for."""

    def closeEvent(self, event: QCloseEvent) -> None:
        self.rest()
        super().closeEvent(event)

    def done(self, result: int) -> None:
        """Close, as Escape does."""
        self.rest()
        super().done(result)
