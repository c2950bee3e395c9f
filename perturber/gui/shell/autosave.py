"""Automatic saving of the session, so that neither a crash nor closing the window loses it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from perturber.core.errors import PerturberError
from perturber.core.session.session import Session, save

if TYPE_CHECKING:
    from perturber.core.session.store import Store

CURRENT, PREVIOUS = "session.json", "previous.json"
PAUSE_MS = 2000
"""The session is written after a pause in editing of this many milliseconds."""


class Autosave(QObject):
    """Writes the store's session to a folder; the file an earlier run left there is kept as ``previous``."""

    def __init__(self, store: Store, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._file = store, folder / CURRENT
        self.previous = _set_aside(folder)
        """The file with the previous run's session; None if there is none."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._write)
        store.changed.connect(self._on_changed)

    def close(self) -> None:
        """Write unsaved changes and stop listening to the store."""
        self._store.changed.disconnect(self._on_changed, missing_ok=True)
        if self._timer.isActive():
            self._timer.stop()
            self._write()

    def _on_changed(self, old: Session, new: Session) -> None:
        self._timer.start()

    def _write(self) -> None:
        # A full or read-only disk must not interrupt the user's work.
        with contextlib.suppress(PerturberError):
            save(self._store.session, self._file)


def _set_aside(folder: Path) -> Path | None:
    """Keep the file of the previous run under another name; return its path, or None if there is none."""
    previous = folder / PREVIOUS
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / CURRENT).is_file():
            (folder / CURRENT).replace(previous)
    return previous if previous.is_file() else None
