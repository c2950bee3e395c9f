"""The base of every section of the unit window: heading, status, progress, and result."""

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
    """A section with a heading, a status line, a thin progress bar, and its result.

    Its height does not depend on the result, which keeps the layout stable.
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
        """Ask the engine for the section's result."""
        self.say("waiting for the engine…")
        # Not the indeterminate bar, which would repaint all the time.
        self.bar.setRange(0, 1)
        self.bar.setValue(0)
        self.bar.show()
        self.question.ask(job)

    def say(self, text: str, bad: bool = False, tip: str = "") -> None:
        """Show a status line; ``bad`` marks it as an error."""
        self.note.setText(text)
        self.note.setToolTip(tip or (text if bad else ""))
        name = "error" if bad else "caption"
        if self.note.objectName() != name:
            self.note.setObjectName(name)
            restyle(self.note, "bad", bad)

    def stop(self) -> None:
        """Cancel the running request."""
        self.question.cancel()
        self.bar.hide()

    def close_part(self) -> None:
        """Close the question to the engine."""
        self.question.close()

    def _on_answered(self, answer: Answer) -> None:
        if answer.finished:
            self.bar.hide()
            if answer.problem:
                self.say(answer.problem, bad=True)
            else:
                self.say("")
                self.show_result(answer.value)
            return
        if answer.total:
            self.bar.setRange(0, answer.total)
            self.bar.setValue(answer.done)
            self.say(f"{answer.done} of {answer.total}")
        if answer.partial is not None:
            self.show_result(answer.partial)

    def show_result(self, value: object) -> None:
        """Show a result, partial or complete."""


@dataclass(frozen=True)
class UnitSubject:
    """The unit that the window shows, in the network of one slot."""

    slot: str
    model: ModelRef
    layer: str
    unit: int

    @property
    def name(self) -> str:
        """The unit as it can be typed, such as ``mixed4a:222``."""
        return f"{self.layer}:{self.unit}"

    def feature_request(self, naive: bool) -> FeatureRequest:
        """Return the request for the unit's feature image."""
        return FeatureRequest(model=self.model, layer=self.layer, unit=self.unit, spec=shown_spec(naive))
