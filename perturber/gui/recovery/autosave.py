"""Automatic saving of the session, so that neither a crash nor closing the window loses it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from perturber.core.errors import InputError, PerturberError
from perturber.core.session.recovery import FOLDER, RecoverySlot
from perturber.core.session.session import Session, save
from perturber.gui.answers.tasks import Tasks
from perturber.gui.base.image_file import png_of
from perturber.gui.picture.viewport import image_of

if TYPE_CHECKING:
    from perturber.core.evaluation import Evaluation
    from perturber.core.session.store import Store

PREVIOUS = "previous.json"
DELAY_MS = 1000
"""Time from the first unsaved change to the start of writing, in milliseconds; later changes do not prolong it.

With the writing itself, no change stays unsaved for more than 2 s.
"""
RETRY_MS = 5000
"""Time after which a failed write is tried again, in milliseconds."""
RETRIES = f"Perturber tries again every {RETRY_MS // 1000} s."
log = logging.getLogger(__name__)


class Autosave(QObject):
    """Writes the store's session to the window's own recovery file while there is anything to lose.

    There is none while the session equals the one that the window started with or that is in a file of the user
    (see `set_safe`). Closing removes the recovery file and keeps the session as ``previous``.
    """

    complained = Signal(str)
    """Emitted with the reason when writing fails, once until it succeeds again."""

    def __init__(
        self, store: Store, folder: Path, parent: QObject | None = None, *, delay: int = DELAY_MS, retry: int = RETRY_MS
    ) -> None:
        super().__init__(parent)
        self.previous = folder / PREVIOUS
        """The file with the session of the window that was closed last; may not exist."""
        self._store, self._folder = store, folder
        self._slot = RecoverySlot.unused(folder / FOLDER)
        self._delay, self._retry = delay, retry
        self._safe = store.session
        self._written: Session | None = None
        self._shown: Evaluation | None = None
        self._is_pictured = False
        self._has_changed = self._is_writing = self._is_due = self._has_complained = False
        self._then: list[Callable[[], None]] = []
        # A thread of its own: no other task may delay it.
        self._tasks = Tasks(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._write)
        store.changed.connect(self._on_changed)

    @property
    def file(self) -> Path:
        """The window's own recovery file; exists while there are unsaved changes."""
        return self._slot.file

    @property
    def is_safe(self) -> bool:
        """Whether the session contains no unsaved change."""
        return self._store.session == self._safe

    def set_safe(self) -> None:
        """Note that the session is in a file of the user now; the recovery file is no longer needed."""
        self._safe = self._store.session
        if self._written is not None or self._is_writing or self._timer.isActive():
            self._write()

    def save_now(self, then: Callable[[], None]) -> None:
        """Write the session without delay, and call ``then`` once it is safe: not before it could be written."""
        self._then.append(then)
        self._write()

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Keep the picture, and write it if it belongs to the session in the recovery file."""
        self._shown = evaluation
        self._await_picture()

    def _await_picture(self) -> None:
        if self._written is None or self._is_pictured or self._timer.isActive():
            return
        if self._shown is not None and self._shown.session == self._written:
            self._timer.start(self._delay)

    def close(self) -> None:
        """Keep the session as the previous one, remove the recovery file, and stop listening to the store."""
        self._store.changed.disconnect(self._on_changed, missing_ok=True)
        self._timer.stop()
        self._tasks.close()
        self._then.clear()
        if self._has_changed:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                save(self._store.session, self.previous)
            except (OSError, PerturberError) as error:
                log.warning("the session could not be kept: %s", error)
                self._keep_recovery()
                return
        _clear(self._slot)

    def _keep_recovery(self) -> None:
        """Leave the newest unsaved session in the recovery file if possible, for the next start."""
        if self.is_safe:
            _clear(self._slot)
            return
        with suppress(InputError):
            self._slot.write(self._store.session)
        self._slot.release()

    def _on_changed(self, old: Session, new: Session) -> None:
        self._has_changed = True
        if not self._timer.isActive():
            self._timer.start(self._delay)

    def _write(self) -> None:
        self._timer.stop()
        if self._is_writing:
            self._is_due = True
            return
        self._is_writing, self._is_due = True, False
        session, shown = self._store.session, self._shown
        then, self._then = self._then, []
        is_pictured = shown is not None and shown.session == session
        work = partial(_clear, self._slot) if session == self._safe else partial(_save, self._slot, session, shown)
        self._tasks.run(work, lambda _: self._saved(session, is_pictured, then), partial(self._failed, then))

    def _saved(self, session: Session, is_pictured: bool, then: list[Callable[[], None]]) -> None:
        self._is_writing = self._has_complained = False
        self._written = None if session == self._safe else session
        self._is_pictured = is_pictured
        for call in then:
            call()
        if self._is_due:
            self._write()
        else:
            self._await_picture()

    def _failed(self, then: list[Callable[[], None]], error: PerturberError) -> None:
        self._is_writing = False
        self._then[:0] = then
        self._timer.start(self._retry)
        if not self._has_complained:
            self._has_complained = True
            self.complained.emit(f"Unsaved changes are not protected from a crash: {error}. {RETRIES}")


def _save(slot: RecoverySlot, session: Session, shown: Evaluation | None) -> None:
    """Write a session and the latest picture. Runs on a thread. Raises InputError."""
    try:
        slot.write(session, b"" if shown is None else png_of(image_of(shown.pixels)))
    except InputError:
        raise
    except Exception as error:  # whatever it is, it must not end the automatic saving
        raise InputError(str(slot.file), f"{type(error).__name__}: {error}", "a writable path") from error


def _clear(slot: RecoverySlot) -> None:
    """Remove files that are no longer needed, if possible: at worst they are offered without need."""
    with suppress(InputError):
        slot.remove()
