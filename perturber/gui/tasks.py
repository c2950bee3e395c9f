"""Work that would make the window wait: done on a thread, its result delivered to the window's thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from perturber.core.errors import PerturberError


class Tasks(QObject):
    """Runs functions on a pool of one thread, in order."""

    _done = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._done.connect(self._deliver)

    def run(
        self, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[PerturberError], None]
    ) -> None:
        """Call ``work`` elsewhere, then ``done`` with its result here, or ``failed`` with its error."""

        def call() -> None:
            try:
                result = work()
            except PerturberError as error:
                self._done.emit(failed, error)
            else:
                self._done.emit(done, result)

        self._pool.start(QRunnable.create(call))

    def close(self) -> None:
        """Wait for what is under way."""
        self._pool.clear()
        self._pool.waitForDone()

    @staticmethod
    def _deliver(then: Callable[[Any], None], result: Any) -> None:
        then(result)
