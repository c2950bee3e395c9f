"""Work that would make the window wait: done on a thread, its result delivered to the window's thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from PySide6.QtCore import QObject, Signal

from perturber.core.errors import PerturberError


class Tasks(QObject):
    """Runs functions on one thread, in order.

    Not on a QThreadPool: when that deletes its runnables Python is not told, and a later Qt object
    at the same address is taken for one of them.
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
        """Call ``work`` elsewhere, then ``done`` with its result here, or ``failed`` with its error."""

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
        """Wait for what is under way; nothing more is done."""
        self._closed = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    @staticmethod
    def _deliver(then: Callable[[Any], None], result: Any) -> None:
        then(result)


def _raise(error: Exception) -> None:
    """A fault of ours is met where all others are: on the window's thread."""
    raise error
