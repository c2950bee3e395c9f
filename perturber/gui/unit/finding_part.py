"""What every part of a unit's window is made of: a heading, progress, and the frame for what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget
from superqt import QElidingLabel

from perturber.core.jobs.feature_spec import shown_spec
from perturber.core.jobs.job import Answer, FeatureRequest, Job
from perturber.core.session.models import ModelRef
from perturber.gui.base.context import Context
from perturber.gui.style.theme import SPACE, restyle


class FindingPart(QWidget):
    """A heading, a line of status, a thin bar of progress, and what was found.

    Of fixed height whatever is found, so that nothing jumps.
    """

    def __init__(self, title: str, context: Context, ends: Sequence[QWidget] = ()) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.context = context
        self.question = context.question(self)
        self.question.answered.connect(self._on_answered)
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
        """Ask the engine for what the part shows."""
        self.say("waiting for its turn…")
        # Not the bar that runs to and fro: it would be painted all the time.
        self.bar.setRange(0, 1)
        self.bar.setValue(0)
        self.bar.show()
        self.question.ask(job)

    def say(self, text: str, bad: bool = False, tip: str = "") -> None:
        """Show a line of status."""
        self.note.setText(text)
        self.note.setToolTip(tip or (text if bad else ""))
        name = "error" if bad else "caption"
        if self.note.objectName() != name:
            self.note.setObjectName(name)
            restyle(self.note, "bad", bad)

    def stop(self) -> None:
        """Cancel what is under way."""
        self.question.cancel()
        self.bar.hide()

    def close_part(self) -> None:
        """Stop listening."""
        self.question.close()

    def _on_answered(self, answer: Answer) -> None:
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
