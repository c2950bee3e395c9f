"""Delivers the engine's answers from its reader thread to the event loop of the window."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from psygnal import SignalInstance

    from perturber.core.jobs.job import Job
    from perturber.core.session.session import Session


class EngineLike(Protocol):
    """The part of the engine client that the window uses; its signals may be emitted on any thread."""

    @property
    def evaluated(self) -> SignalInstance: ...
    @property
    def failed(self) -> SignalInstance: ...
    @property
    def accepted(self) -> SignalInstance: ...
    @property
    def refused(self) -> SignalInstance: ...
    @property
    def status(self) -> SignalInstance: ...
    @property
    def computed(self) -> SignalInstance: ...
    def start(self) -> None: ...
    def submit(self, session: Session) -> None: ...
    def propose(self, session: Session) -> int: ...
    def compute(self, session: Session, job: Job) -> int: ...
    def stop_computing(self, lane: str) -> None: ...
    def configure(self, device: str, precision: str) -> None: ...
    def close(self) -> None: ...


class Bridge(QObject):
    """Repeats the engine's signals on the window's thread, in order.

    If several evaluations arrive while the window is busy, only the last is delivered. Nothing is delivered
    before `open`, because the engine may start before any panel exists.
    """

    evaluated = Signal(object)
    failed = Signal(object)
    accepted = Signal(int, object)
    refused = Signal(int, object)
    status = Signal(object)
    computed = Signal(int, object)
    _arrived = Signal()

    engine: EngineLike
    """The connected engine; set by `attach`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._queue: deque[tuple[str, tuple[Any, ...]]] = deque()
        self._waiting = True
        self._attached = False
        self._arrived.connect(self._drain)

    def attach(self, engine: EngineLike) -> None:
        """Connect an engine that has not been started yet. May be called on any thread."""
        self.engine, self._attached = engine, True
        engine.evaluated.connect(self._on_evaluated)
        engine.failed.connect(self._on_failed)
        engine.accepted.connect(self._on_accepted)
        engine.refused.connect(self._on_refused)
        engine.status.connect(self._on_status)
        engine.computed.connect(self._on_computed)

    def open(self) -> None:
        """Start delivering, beginning with what has already arrived."""
        self._drain()

    def _on_evaluated(self, evaluation: Any) -> None:
        self._put("evaluated", evaluation)

    def _on_failed(self, failure: Any) -> None:
        self._put("failed", failure)

    def _on_accepted(self, token: int, evaluation: Any) -> None:
        self._put("accepted", token, evaluation)

    def _on_refused(self, token: int, failure: Any) -> None:
        self._put("refused", token, failure)

    def _on_status(self, status: Any) -> None:
        self._put("status", status)

    def _on_computed(self, token: int, answer: Any) -> None:
        self._put("computed", token, answer)

    def _put(self, kind: str, *payload: Any) -> None:
        with self._lock:
            if kind == "evaluated" and self._queue and self._queue[-1][0] == kind:
                self._queue.pop()
            self._queue.append((kind, payload))
            wake, self._waiting = not self._waiting, True
        if wake:
            self._arrived.emit()

    def _drain(self) -> None:
        with self._lock:
            batch = list(self._queue)
            self._queue.clear()
            self._waiting = False
        for kind, payload in batch:
            getattr(self, kind).emit(*payload)

    def close(self) -> None:
        """Close the engine, if any, and discard undelivered answers."""
        if not self._attached:
            return
        for name in ("evaluated", "failed", "accepted", "refused", "status", "computed"):
            getattr(self.engine, name).disconnect(getattr(self, f"_on_{name}"), missing_ok=True)
        self.engine.close()
        with self._lock:
            self._queue.clear()
