"""What every part of a unit's window is made of: a question to the engine, and the frame for its answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget
from superqt import QElidingLabel

from perturber.core.jobs.feature_spec import shown_spec
from perturber.core.jobs.job import Answer, FeatureRequest, Job
from perturber.core.session.models import ModelRef
from perturber.core.session.session import Session
from perturber.engine.process.wire import RESTARTED
from perturber.gui.answers.feature_images import RESTARTS
from perturber.gui.base.context import Context
from perturber.gui.style.theme import SPACE, restyle


class Question(QObject):
    """At most one job of a kind under way. ``told`` passes on the answers to the last one asked.

    When the engine is restarted meanwhile it asks again, a few times: the question may be what the engine dies of.
    """

    told = Signal(object)

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge, self._store = context.bridge, context.store
        self._token: int | None = None
        self._job: Job | None = None
        self._session: Session | None = None
        self._restarts = 0
        self.renew: Callable[[Job], Job] = lambda job: job
        """What is asked in place of a job when the engine was restarted: the rest of it."""
        context.bridge.computed.connect(self._on_computed)

    @property
    def open(self) -> bool:
        """Whether an answer is still to come."""
        return self._token is not None

    def ask(self, job: Job, session: Session | None = None) -> None:
        """Ask this in place of what was asked before; about the session as it is unless one is given."""
        self._job, self._session, self._restarts = job, session, 0
        self._token = self._bridge.engine.compute(session or self._store.session, job)

    def stop(self) -> None:
        """Nobody wants to know any more."""
        if self._token is not None and self._job is not None:
            self._token = None
            self._bridge.engine.stop_computing(self._job.lane)

    def close(self) -> None:
        """Stop, and stop listening."""
        self.stop()
        self._bridge.computed.disconnect(self._on_computed)

    def _on_computed(self, token: int, answer: Answer) -> None:
        if token != self._token:
            return
        if answer.problem == RESTARTED and self._restarts < RESTARTS and self._job is not None:
            self._restarts += 1
            self._job = self.renew(self._job)
            self._token = self._bridge.engine.compute(self._session or self._store.session, self._job)
            return
        if answer.finished:
            self._token = None
        self.told.emit(answer)


class FindingPart(QWidget):
    """A heading, a line that says how things are, a thin bar of progress, and what was found.

    Of fixed height whatever is found, so that nothing jumps.
    """

    def __init__(self, title: str, context: Context, ends: Sequence[QWidget] = ()) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.context = context
        self.question = Question(context, self)
        self.question.told.connect(self._on_told)
        heading = QLabel(title)
        heading.setObjectName("title")
        self.note = QElidingLabel()
        self.note.setObjectName("caption")
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        line.addWidget(heading)
        line.addWidget(self.note, 1)
        for widget in ends:
            line.addWidget(widget)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(3)
        policy = self.bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.bar.setSizePolicy(policy)
        self.bar.hide()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(SPACE // 2)
        self.column.addLayout(line)
        self.column.addWidget(self.bar)

    def ask(self, job: Job) -> None:
        """Have something found out."""
        self.say("waiting for its turn…")
        # Not the bar that runs to and fro: it would be painted all the time.
        self.bar.setRange(0, 1)
        self.bar.setValue(0)
        self.bar.show()
        self.question.ask(job)

    def say(self, text: str, bad: bool = False, tip: str = "") -> None:
        """Say how things are."""
        self.note.setText(text)
        self.note.setToolTip(tip or (text if bad else ""))
        name = "error" if bad else "caption"
        if self.note.objectName() != name:
            self.note.setObjectName(name)
            restyle(self.note, "bad", bad)

    def stop(self) -> None:
        """Give up what is under way."""
        self.question.stop()
        self.bar.hide()

    def close_part(self) -> None:
        """Stop listening."""
        self.question.close()

    def _on_told(self, answer: Answer) -> None:
        if answer.finished:
            self.bar.hide()
            if answer.problem:
                self.say(answer.problem, bad=True)
            else:
                self.say("")
                self.found(answer.value)
            return
        if answer.total:
            self.bar.setRange(0, answer.total)
            self.bar.setValue(answer.done)
            self.say(f"{answer.done} of {answer.total}")
        if answer.partial is not None:
            self.found(answer.partial)

    def found(self, value: object) -> None:
        """Show what was found, also while there is more to come."""


@dataclass(frozen=True)
class UnitSubject:
    """The unit that a window is about, in the network of one slot."""

    slot: str
    model: ModelRef
    layer: str
    unit: int

    @property
    def name(self) -> str:
        """As it is typed: ``mixed4a:222``."""
        return f"{self.layer}:{self.unit}"

    def wanted(self, naive: bool) -> FeatureRequest:
        """Its feature image."""
        return FeatureRequest(model=self.model, layer=self.layer, unit=self.unit, spec=shown_spec(naive))
