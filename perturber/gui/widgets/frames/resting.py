"""Dialogs that stop their work while they are closed."""

from __future__ import annotations

from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog


class RestingDialog(QDialog):
    """A dialog that calls `rest` whenever it is closed: by its frame, by Escape or by the program."""

    def rest(self) -> None:
        """Stop all work and cancel open questions; may be called repeatedly."""

    def closeEvent(self, event: QCloseEvent) -> None:
        self.rest()
        super().closeEvent(event)

    def done(self, result: int) -> None:
        """Close the dialog, as Escape does."""
        self.rest()
        super().done(result)
