"""Takes the steps of the session's attack: one by one, on and on, back and forth."""

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
"""A button that is down for longer than this runs the attack until it is let go."""
KEPT = 32
"""Attacks whose furthest step is remembered."""


class Attacking(QObject):
    """Sets how many steps are taken, has the engine take those that are missing, and knows the furthest one.

    A frame takes one missing step; further ones are a job, and each that it takes is shown by another frame.


    A click is one step and one undo step; a run, however long, is one undo step, too. ``changed`` tells that
    `running`, `furthest` or `result` may be another, ``cleared`` that the scene was touched and the attack ended.
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
        self._told: tuple[Any, ...] = ()
        self._steps = Question(bridge, store, self)
        self._steps.answered.connect(self._on_steps)
        self._subject: PictureKey | None = None
        """The picture whose steps were asked for last."""
        self._awaited = False
        """A frame was asked for that shows more steps, and is still to come."""
        self._hold = QTimer(self)
        self._hold.setSingleShot(True)
        self._hold.setInterval(HOLD_MS)
        self._hold.timeout.connect(lambda: self.run(MOST))
        store.changed.connect(self._on_changed)

    def close(self) -> None:
        """Stop, and stop listening."""
        self.stop()
        self._hold.stop()
        self._steps.close()
        self._store.changed.disconnect(self._on_changed, missing_ok=True)

    # What there is.

    @property
    def result(self) -> AttackResult | None:
        """What came of the attack, as far as the last answer goes; None without one."""
        return self._result

    @property
    def taken(self) -> int:
        """Steps that are asked for."""
        return self._store.session.attack.taken

    @property
    def furthest(self) -> int:
        """The furthest step that was ever reached with this configuration on this frame."""
        subject = PictureKey.trajectory(self._store.session)
        return next((step for known, step in self._furthest if known == subject), 0)

    @property
    def here(self) -> int:
        """Steps that are taken; those that an attack never came to do not count."""
        result = self._result
        ended = result is not None and result.finished and not result.problem and self._settled()
        return min(self.taken, result.taken) if result is not None and ended else self.taken

    @property
    def over(self) -> bool:
        """Whether no further step makes sense."""
        result, answered = self._result, self._answered
        if self.taken >= MOST or result is None or answered is None:
            return self.taken >= MOST
        ended = result.finished and not result.problem and self.taken >= result.taken
        return ended and PictureKey.trajectory(answered) == PictureKey.trajectory(self._store.session)

    @property
    def planned(self) -> int:
        """How many steps the method means to take; 0 when it does not say."""
        return self._store.session.attack.method.chosen_steps or 0

    # What a person does.

    def step(self) -> None:
        """Take one step more."""
        if not self.over:
            self._store.set(TAKEN, self.here + 1)

    def back(self) -> None:
        """Take the last step back."""
        self.stop()
        if self.taken:
            self._store.set(TAKEN, max(0, self.here - 1))

    def clear(self) -> None:
        """End the attack; how far it went is remembered."""
        self.stop()
        if self.taken:
            self._store.set(TAKEN, 0)

    def scrub(self, step: int) -> None:
        """Go to a step of the trajectory."""
        self.stop()
        self._store.set(TAKEN, step)

    def toggle(self) -> None:
        """Run to the planned number of steps (from there on without end), or pause."""
        if self.running:
            self.stop()
        else:
            self.run(self.planned if self.taken < self.planned else MOST)

    def press(self) -> None:
        """The step button goes down: what happens is decided by when it comes up."""
        self._hold.start()

    def release(self) -> None:
        """The step button comes up: a click is one step, the end of a run is its end."""
        if self._hold.isActive():
            self._hold.stop()
            self.stop()
            self.step()
        else:
            self.stop()

    def run(self, goal: int) -> None:
        """Take step after step, each as soon as the one before is shown, as one undo step."""
        if self.running or self.over:
            return
        self._store.begin()
        self.running, self._goal = True, min(goal, MOST)
        self._tell()
        if self._settled():
            self._advance()

    def stop(self) -> None:
        """Pause a run; nothing happens when there is none."""
        if self.running:
            self.running = False
            self._store.commit()
            self._tell()

    # What happens.

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Go on: have steps taken that are missing, or take the next one of a run."""
        session, result = evaluation.session, evaluation.attack
        self._awaited = False
        self._answered, self._result = session, result
        if result is not None:
            self._remember(PictureKey.trajectory(session), result.taken)
        if session == self._store.session:
            self._follow(session, result)
        self._tell()

    def _follow(self, session: Session, result: AttackResult | None) -> None:
        if result is not None and (result.finished or result.problem):
            if self.running and result.taken and not result.problem:
                self._set(result.taken)
            self.stop()
        elif result is not None and result.taken < session.attack.taken:
            self._ask(session)
        elif self.running:
            self._advance()

    def _ask(self, session: Session) -> None:
        """Have the missing steps taken, unless that is under way, or has failed for this very picture."""
        subject = PictureKey.of(session)
        if subject != self._subject:
            self._subject = subject
            self._steps.ask(TakeSteps(), session)

    def _on_steps(self, answer: Answer) -> None:
        """Ask for a frame that shows the steps so far, one at a time."""
        failed = answer.finished and answer.value is None
        if not answer.finished:
            self._steps.forgive()
        if answer.finished and not failed:
            self._subject = None  # they may be asked for again: the engine remembers the last attacks only
        if not failed and (answer.finished or not self._awaited):
            self._awaited = True
            self._bridge.engine.submit(self._store.session)

    def _advance(self) -> None:
        if self.taken >= self._goal:
            self.stop()
        else:
            self._set(self.taken + 1)

    def _settled(self) -> bool:
        """Whether the last answer is the one to the session, with all its steps."""
        if self._answered is None or self._answered != self._store.session:
            return False
        result = self._result
        return result is None or result.finished or result.taken >= self.taken

    def _set(self, taken: int) -> None:
        self._setting = True
        try:
            self._store.set(TAKEN, taken)
        finally:
            self._setting = False

    def _tell(self) -> None:
        """Announce what is another than at the last time; frames without an attack are most, and cost nothing."""
        told = (self.running, self.here, self.taken, self.furthest, self.over, self._result)
        if told != self._told:
            self._told = told
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
            self._tell()
