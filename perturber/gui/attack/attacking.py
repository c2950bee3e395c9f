"""The controller that steps, runs, rewinds and scrubs the session's attack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from perturber.core.evaluation import AttackResult, Evaluation
from perturber.core.jobs.job import Answer, TakeSteps
from perturber.core.session.attack import MOST
from perturber.core.session.picture import PictureKey, is_same_picture
from perturber.core.session.session import Session
from perturber.gui.answers.bridge import Bridge
from perturber.gui.answers.question import Question

if TYPE_CHECKING:
    from perturber.core.session.store import Store

TAKEN, PINNED = "attack.taken", "attack.pinned"
HOLD_MS = 350
"""Time in milliseconds after which a pressed step button runs the attack until release."""
KEPT = 32
"""Number of attacks whose furthest step is remembered."""


class Attacking(QObject):
    """The controller of the attack's steps: sets their number, requests missing steps, tracks the furthest.

    A frame takes one missing step; further steps are a job, and a new frame shows each step the job takes.


    A click takes one step; a click and a whole run are each one undo step. ``changed`` means that `running`,
    `furthest` or `result` may have changed, ``cleared`` that a change of the scene ended the attack.
    """

    changed = Signal()
    cleared = Signal()

    def __init__(self, store: Store, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._bridge = store, bridge
        self.running = False
        self._goal = 0
        self._setting = False
        self._answered: Session | None = None
        self._result: AttackResult | None = None
        self._furthest: list[tuple[PictureKey, int]] = []
        self._announced: tuple[Any, ...] = ()
        self._steps = Question(bridge, store, self)
        self._steps.answered.connect(self._on_steps)
        self._subject: PictureKey | None = None
        """The picture whose steps were last requested."""
        self._awaited = False
        """Whether a requested frame with more steps has yet to arrive."""
        self._hold = QTimer(self)
        self._hold.setSingleShot(True)
        self._hold.setInterval(HOLD_MS)
        self._hold.timeout.connect(lambda: self.run(MOST))
        store.changed.connect(self._on_changed)

    def close(self) -> None:
        """Stop, and disconnect from the store."""
        self.stop()
        self._hold.stop()
        self._steps.close()
        self._store.changed.disconnect(self._on_changed, missing_ok=True)

    # State.

    @property
    def result(self) -> AttackResult | None:
        """The attack's result in the last evaluation, or None."""
        return self._result

    @property
    def taken(self) -> int:
        """The number of requested steps."""
        return self._store.session.attack.taken

    @property
    def furthest(self) -> int:
        """The furthest step reached with this configuration on this frame."""
        subject = PictureKey.trajectory(self._store.session)
        return next((step for known, step in self._furthest if known == subject), 0)

    @property
    def here(self) -> int:
        """The number of steps taken, without requested steps after the end of the attack."""
        result = self._result
        ended = result is not None and result.finished and not result.problem and self._is_settled()
        return min(self.taken, result.taken) if result is not None and ended else self.taken

    @property
    def over(self) -> bool:
        """Whether the attack has ended and takes no further step."""
        result, answered = self._result, self._answered
        if self.taken >= MOST or result is None or answered is None:
            return self.taken >= MOST
        ended = result.finished and not result.problem and self.taken >= result.taken
        return ended and PictureKey.trajectory(answered) == PictureKey.trajectory(self._store.session)

    @property
    def planned(self) -> int:
        """The number of steps that the method plans, or 0 if open."""
        return self._store.session.attack.method.chosen_steps or 0

    # Actions.

    def step(self) -> None:
        """Take one more step."""
        if not self.over:
            self._store.set(TAKEN, self.here + 1)

    def back(self) -> None:
        """Undo the last step."""
        self.stop()
        if self.taken:
            self._store.set(TAKEN, max(0, self.here - 1))

    def clear(self) -> None:
        """End the attack, but remember its furthest step."""
        self.stop()
        if self.taken:
            self._store.set(TAKEN, 0)

    def scrub(self, step: int) -> None:
        """Move to a step of the trajectory."""
        self.stop()
        self._store.set(TAKEN, step)

    def toggle(self) -> None:
        """Run to the planned number of steps (beyond it, without limit), or pause."""
        if self.running:
            self.stop()
        else:
            self.run(self.planned if self.taken < self.planned else MOST)

    def press(self) -> None:
        """Handle a press of the step button, which becomes a run if held."""
        self._hold.start()

    def release(self) -> None:
        """Handle the release of the step button: take one step after a click, or end the run."""
        if self._hold.isActive():
            self._hold.stop()
            self.stop()
            self.step()
        else:
            self.stop()

    def run(self, goal: int) -> None:
        """Take steps up to ``goal``, each after the previous one is shown, as one undo step."""
        if self.running or self.over:
            return
        self._store.begin()
        self.running, self._goal = True, min(goal, MOST)
        self._announce()
        if self._is_settled():
            self._advance()

    def stop(self) -> None:
        """Pause the run, if any."""
        if self.running:
            self.running = False
            self._store.commit()
            self._announce()

    # Updates.

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Store the result, then request missing steps or take the next step of a run."""
        session, result = evaluation.session, evaluation.attack
        self._awaited = False
        self._answered, self._result = session, result
        if result is not None:
            self._remember(PictureKey.trajectory(session), result.taken)
        if session == self._store.session:
            self._follow(session, result)
        self._announce()

    def _follow(self, session: Session, result: AttackResult | None) -> None:
        if result is not None and (result.finished or result.problem):
            if self.running and result.taken and not result.problem:
                self._set_taken(result.taken)
            self.stop()
        elif result is not None and result.taken < session.attack.taken:
            self._ask(session)
        elif self.running:
            self._advance()

    def _ask(self, session: Session) -> None:
        """Request the missing steps, unless they are being computed or failed for the same picture."""
        subject = PictureKey.of(session)
        if subject != self._subject:
            self._subject = subject
            self._steps.ask(TakeSteps(), session)

    def _on_steps(self, answer: Answer) -> None:
        """Request a frame with the steps so far, one request at a time."""
        failed = answer.finished and answer.value is None
        if not answer.finished:
            self._steps.reset_retries()
        if answer.finished and not failed:
            self._subject = None  # allow a new request: the engine remembers only recent attacks
        if not failed and (answer.finished or not self._awaited):
            self._awaited = True
            self._bridge.engine.submit(self._store.session)

    def _advance(self) -> None:
        if self.taken >= self._goal:
            self.stop()
        else:
            self._set_taken(self.taken + 1)

    def _is_settled(self) -> bool:
        """Return whether the last evaluation answers the current session with all its steps."""
        if self._answered is None or self._answered != self._store.session:
            return False
        result = self._result
        return result is None or result.finished or result.taken >= self.taken

    def _set_taken(self, taken: int) -> None:
        self._setting = True
        try:
            self._store.set(TAKEN, taken)
        finally:
            self._setting = False

    def _announce(self) -> None:
        """Emit ``changed`` if the state differs from the last time; frames without an attack emit nothing."""
        state = (self.running, self.here, self.taken, self.furthest, self.over, self._result)
        if state != self._announced:
            self._announced = state
            self.changed.emit()

    def _remember(self, subject: PictureKey, step: int) -> None:
        known = next((s for k, s in self._furthest if k == subject), 0)
        others = [(k, s) for k, s in self._furthest if k != subject]
        self._furthest = [(subject, max(step, known)), *others][:KEPT]

    def _on_changed(self, old: Session, new: Session) -> None:
        same = is_same_picture(old, new)
        if self._subject is not None and self._subject != PictureKey.of(new):
            self._subject = None
            self._steps.cancel()
        if self.running and not self._setting:
            before, after = old.attack, new.attack
            if before.taken != after.taken or PictureKey.trajectory(old) != PictureKey.trajectory(new):
                self.stop()
        if not same and old.attack.taken and not new.attack.taken and not old.attack.pinned:
            self.cleared.emit()
        if not same or old.attack is not new.attack or old.models is not new.models:
            self._announce()
