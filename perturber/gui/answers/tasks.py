"""Background tasks: run on a thread, with results delivered to the window's thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from PySide6.QtCore import QObject, Signal

from perturber.core.errors import PerturberError


class Tasks(QObject):
    """Runs functions on one thread, in order.

    QThreadPool is not used: Python is not notified when it deletes its runnables, and a later Qt object at the
    same address is mistaken for one of them.
    """

    _done = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="tasks")
        self._closed = False
        self._done.connect(self._deliver)

    def run(
        self, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[PerturberError], None]
    ) -> None:
        """Call ``work`` on the thread, then ``done`` (result) or ``failed`` (error) on the thread of the window."""

        def call() -> None:
            try:
                result = work()
            except PerturberError as error:
                self._done.emit(failed, error)
            except Exception as error:
                self._done.emit(_raise, error)
            else:
                self._done.emit(done, result)

        if not self._closed:
            self._pool.submit(call)

    def close(self) -> None:
        """Wait for the running task; cancel the others."""
        self._closed = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    @staticmethod
    def _deliver(then: Callable[[Any], None], result: Any) -> None:
        then(result)


def _raise(error: Exception) -> None:
    """Raise an unexpected error on the window's thread, where all of them are handled."""
    raise error
