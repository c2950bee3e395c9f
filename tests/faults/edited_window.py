"""The real window, in which a session is edited without a pause until it is killed."""

from __future__ import annotations

import sys
from pathlib import Path
from time import monotonic

from PySide6.QtCore import QTimer

from perturber.gui.shell.app import Application

INTERVAL_MS = 50


class _Editor:
    """Sets the seed to the number of the edit, and says so."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._number = 0
        self._timer = QTimer(application.window)
        self._timer.timeout.connect(self._edit)
        self._timer.start(INTERVAL_MS)

    def _edit(self) -> None:
        desk = self._application.desk
        if desk is None:
            return
        self._number += 1
        desk.store.set("seed", self._number)
        sys.stdout.write(f"edit {self._number} {monotonic():.3f}\n")
        sys.stdout.flush()


def main() -> None:
    application = Application(None, "cpu", "float32", Path(sys.argv[1]))
    editor = _Editor(application)
    application.show()
    application.qt.exec()
    del editor


if __name__ == "__main__":
    main()
