"""A search for failures under way in the window: asked, interrupted, gone on with, and what it has found."""

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
    """At most one search. To pause is to ask no more; to resume asks for the rest, behind what is known.

    What was found stays when the engine is restarted. ``changed`` tells of anything new.
    """

    changed = Signal()

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._question = context.question(self)
        self._question.renew = self._rest
        self._question.answered.connect(self._on_answer)
        self.state: State = "idle"
        self.problem = ""
        """Why the search ended early, or was interrupted."""
        self.origin: Session | None = None
        """The session that is searched from."""
        self.job: FindFailures | None = None
        self.last: Failures | None = None
        """The newest answer."""
        self.done = 0
        """Evaluations so far."""
        self._flips: dict[int, Flip] = {}
        self._shown: tuple[Flip, Session] | None = None
        self._before: Session | None = None

    @property
    def flips(self) -> tuple[Flip, ...]:
        """The smallest of every run, smallest first."""
        return tuple(sorted(self._flips.values(), key=lambda flip: flip.distance))

    def start(self, job: FindFailures) -> None:
        """Search from the session as it is, in place of any other search."""
        self.back()
        self.origin, self.job = clean(self._context.store.session), job
        self.last, self.done = None, 0
        self._flips = {}
        self._ask(job)

    def pause(self) -> None:
        """Ask no more for now."""
        self._leave("running", "paused")

    def resume(self) -> None:
        """Go on behind what is known."""
        if self.state == "paused" and self.job is not None:
            self._ask(self.job)

    def stop(self) -> None:
        """Leave it at what was found."""
        self._leave("running", "done")
        self._leave("paused", "done")

    def close(self) -> None:
        """Stop, and stop listening."""
        self._question.close()

    def _leave(self, from_state: State, to: State) -> None:
        if self.state == from_state:
            self._question.cancel()
            self.state = to
            self.changed.emit()

    def _ask(self, job: FindFailures) -> None:
        self.state, self.problem = "running", ""
        self._question.ask(self._rest(job), self.origin)
        self.changed.emit()

    def _rest(self, job: Job) -> Job:
        """The job behind what is known of it."""
        return job.model_copy(update={"known": self.last.margins}) if self.last is not None else job

    def _on_answer(self, answer: Answer) -> None:
        if isinstance(answer.latest, Failures):
            self._take(answer.latest)
        self.done = max(answer.done, len(self.last.margins) if self.last is not None else 0)
        if answer.finished:
            self.problem = answer.problem
            # An engine that dies again and again: a person may go on all the same, nothing is lost.
            self.state = "paused" if answer.interrupted else "done"
        self.changed.emit()

    def _take(self, found: Failures) -> None:
        if self.last is None or len(found.margins) >= len(self.last.margins):
            self.last = found
        for flip in found.flips:
            known = self._flips.get(flip.run)
            if known is None or flip.size < known.size:
                self._flips[flip.run] = flip

    # What was found, in the window.

    def session_of(self, flip: Flip) -> Session:
        """The session of a failure: scene, effects and models of the search, all else as it is now."""
        assert self.origin is not None
        parts = {name: getattr(self.origin, name) for name in ("scene", "post", "seed", "models")}
        return replace_all(clean(self._context.store.session).model_copy(update=parts), flip.changes)

    def show(self, flip: Flip) -> None:
        """Make a failure the session, as one step to undo."""
        if self.shown is None:
            self._before = self._context.store.session
        self._shown = flip, self.session_of(flip)
        self._context.store.replace(self._shown[1])

    @property
    def shown(self) -> Flip | None:
        """The failure that the session is, untouched but for what is watched in it."""
        if self._shown is None:
            return None
        flip, there = self._shown
        now = self._context.store.session
        return flip if is_same_picture(there, now) else None

    def back(self) -> None:
        """Make the session what it was before a failure was shown, as one step to undo."""
        if self.shown is not None and self._before is not None:
            self._context.store.replace(self._before)
        self._shown = None
