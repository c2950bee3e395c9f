"""Keeps the session on disk while it is edited, so that neither a crash nor a closed window loses it."""

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
"""A pause in editing after which the session is written."""


class Autosave(QObject):
    """Writes the store's session to a folder; what an earlier run left there becomes ``previous``."""

    def __init__(self, store: Store, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._file = store, folder / CURRENT
        self.previous = _set_aside(folder)
        """The session of the run before; None when there is none."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._write)
        store.changed.connect(self._on_changed)

    def close(self) -> None:
        """Write what is not yet written, and stop."""
        self._store.changed.disconnect(self._on_changed, missing_ok=True)
        if self._timer.isActive():
            self._timer.stop()
            self._write()

    def _on_changed(self, old: Session, new: Session) -> None:
        self._timer.start()

    def _write(self) -> None:
        # A full or read-only disk must not disturb the work this is meant to protect.
        with contextlib.suppress(PerturberError):
            save(self._store.session, self._file)


def _set_aside(folder: Path) -> Path | None:
    """Keep what the run before left in a folder as the previous session; return it if there is one."""
    previous = folder / PREVIOUS
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / CURRENT).is_file():
            (folder / CURRENT).replace(previous)
    return previous if previous.is_file() else None
