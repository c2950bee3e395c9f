"""A question to the engine: the only way in which the window requests a job."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from perturber.core.jobs.job import Answer, Job

if TYPE_CHECKING:
    from perturber.core.session.session import Session
    from perturber.core.session.store import Store
    from perturber.gui.answers.bridge import Bridge

RETRIES = 3
"""Most repetitions of a job during which the engine ended, since the job itself may be the cause."""


class Question(QObject):
    """Holds at most one job; ``answered`` carries each `Answer` to the latest question, including partial ones.

    If the engine ends during a job, the job is asked for again, at most ``retries`` times in a row; only then is the
    interruption passed on.
    """

    answered = Signal(object)

    def __init__(self, bridge: Bridge, store: Store, parent: QObject, retries: int = RETRIES) -> None:
        super().__init__(parent)
        self._bridge, self._store, self._retries = bridge, store, retries
        self._token: int | None = None
        self._job: Job | None = None
        self._session: Session | None = None
        self._interruptions = 0
        self.renew: Callable[[Job], Job] = lambda job: job
        """Return what remains of a job, to be asked for after an interruption."""
        bridge.computed.connect(self._on_computed)

    @property
    def is_open(self) -> bool:
        """Whether an answer is pending."""
        return self._token is not None

    def ask(self, job: Job, session: Session | None = None) -> None:
        """Ask for a job in place of the previous one, for the current session unless another is given."""
        self._interruptions = 0
        self._send(job, session)

    def reset_retries(self) -> None:
        """Reset the count of interruptions, since the job makes progress and so is not what ends the engine."""
        self._interruptions = 0

    def cancel(self) -> None:
        """Cancel the question."""
        if self._token is not None and self._job is not None:
            self._token = None
            self._bridge.engine.stop_computing(self._job.lane)

    def close(self) -> None:
        """Cancel the question and stop listening."""
        self.cancel()
        self._bridge.computed.disconnect(self._on_computed)

    def _send(self, job: Job, session: Session | None) -> None:
        self._job, self._session = job, session
        self._token = self._bridge.engine.compute(session or self._store.session, job)

    def _on_computed(self, token: int, answer: Answer) -> None:
        if token != self._token:
            return
        if answer.interrupted and self._interruptions < self._retries and self._job is not None:
            self._interruptions += 1
            self._send(self.renew(self._job), self._session)
            return
        if answer.finished:
            self._token = None
        self.answered.emit(answer)
