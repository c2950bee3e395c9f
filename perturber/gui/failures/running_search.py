"""The controller that starts, pauses and resumes a search for failures, and holds its results."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Signal

from perturber.core.jobs.failures import Failures, FindFailures, Flip
from perturber.core.jobs.job import Answer, Job
from perturber.core.parameters.parameter import replace_all
from perturber.core.session.picture import clean, is_same_picture
from perturber.core.session.session import Session
from perturber.gui.base.context import Context

State = Literal["idle", "running", "paused", "done"]


class FailureSearch(QObject):
    """The single search of the window; pausing cancels the request, resuming asks for the remainder.

    Results survive a restart of the engine. ``changed`` is emitted on any change of state or results.
    """

    changed = Signal()

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._question = context.question(self)
        self._question.renew = self._remaining_job
        self._question.answered.connect(self._on_answer)
        self.state: State = "idle"
        self.problem = ""
        """Why the search failed or was interrupted, or an empty string."""
        self.origin: Session | None = None
        """The session from which the search starts."""
        self.job: FindFailures | None = None
        self.last: Failures | None = None
        """The latest results."""
        self.done = 0
        """The number of evaluations so far."""
        self._flips: dict[int, Flip] = {}
        self._shown: tuple[Flip, Session] | None = None
        self._before: Session | None = None

    @property
    def flips(self) -> tuple[Flip, ...]:
        """The smallest failure of every run, smallest first."""
        return tuple(sorted(self._flips.values(), key=lambda flip: flip.distance))

    def start(self, job: FindFailures) -> None:
        """Start a search from the current session, replacing any other."""
        self.back()
        self.origin, self.job = clean(self._context.store.session), job
        self.last, self.done = None, 0
        self._flips = {}
        self._ask(job)

    def pause(self) -> None:
        """Pause the search."""
        self._change_state("running", "paused")

    def resume(self) -> None:
        """Resume after the known evaluations."""
        if self.state == "paused" and self.job is not None:
            self._ask(self.job)

    def stop(self) -> None:
        """End the search and keep its results."""
        self._change_state("running", "done")
        self._change_state("paused", "done")

    def close(self) -> None:
        """Close the question to the engine."""
        self._question.close()

    def _change_state(self, from_state: State, to: State) -> None:
        if self.state == from_state:
            self._question.cancel()
            self.state = to
            self.changed.emit()

    def _ask(self, job: FindFailures) -> None:
        self.state, self.problem = "running", ""
        self._question.ask(self._remaining_job(job), self.origin)
        self.changed.emit()

    def _remaining_job(self, job: Job) -> Job:
        """Return the remainder of a job, after its known evaluations."""
        return job.model_copy(update={"known": self.last.margins}) if self.last is not None else job

    def _on_answer(self, answer: Answer) -> None:
        if isinstance(answer.latest, Failures):
            self._take(answer.latest)
        self.done = max(answer.done, len(self.last.margins) if self.last is not None else 0)
        if answer.finished:
            self.problem = answer.problem
            # After repeated engine crashes the user may still resume; no results are lost.
            self.state = "paused" if answer.interrupted else "done"
        self.changed.emit()

    def _take(self, found: Failures) -> None:
        if self.last is None or len(found.margins) >= len(self.last.margins):
            self.last = found
        for flip in found.flips:
            known = self._flips.get(flip.run)
            if known is None or flip.size < known.size:
                self._flips[flip.run] = flip

    # The results in the main window.

    def session_of(self, flip: Flip) -> Session:
        """Return a failure's session: scene, effects and models of the search, the rest as in the current session."""
        assert self.origin is not None
        parts = {name: getattr(self.origin, name) for name in ("scene", "post", "seed", "models")}
        return replace_all(clean(self._context.store.session).model_copy(update=parts), flip.changes)

    def show(self, flip: Flip) -> None:
        """Replace the session by a failure's, as one undo step."""
        if self.shown is None:
            self._before = self._context.store.session
        self._shown = flip, self.session_of(flip)
        self._context.store.replace(self._shown[1])

    @property
    def shown(self) -> Flip | None:
        """The failure whose picture the session shows, or None."""
        if self._shown is None:
            return None
        flip, there = self._shown
        now = self._context.store.session
        return flip if is_same_picture(there, now) else None

    def back(self) -> None:
        """Restore the session from before a failure was shown, as one undo step."""
        if self.shown is not None and self._before is not None:
            self._context.store.replace(self._before)
        self._shown = None
