"""The attribution of the shown frame: with the frame itself, or asked for once the session rests."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from perturber.core.coloring import blend
from perturber.core.evaluation import AttributionResult, Evaluation, Pixels
from perturber.core.jobs.job import Answer, Attribute
from perturber.core.parameters.plugin import kind_of, kinds
from perturber.core.session.attribution import AttributionMethod
from perturber.core.session.picture import PictureKey, clean
from perturber.core.session.session import Session
from perturber.core.session.slot_name import SLOTS
from perturber.gui.base.context import Context

METHOD, SLOT, TARGET, LAYER, ALPHA = (f"attribution.{name}" for name in ("method", "slot", "target", "layer", "alpha"))
REST_MS = 150
"""How long a session must stay as it is before a slow method begins."""
FIRST = "grad_cam"
"""The method that a click on a class begins with."""


def subject_of(session: Session) -> tuple[Any, ...]:
    """What an attribution follows from: nothing that only changes how it is looked at."""
    explain, models = session.attribution, session.models
    known = tuple(models.model(slot) for slot in SLOTS)
    how = (explain.method, explain.slot, explain.target, explain.layer)
    return PictureKey.of(session), known, models.edited.enabled, how


def explained_class(session: Session, slot: str, leader: str) -> str | None:
    """WordNet id of the class that is explained in a slot whose leading class is ``leader``; None for none."""
    explain = session.attribution
    if explain.method is None or explain.slot != slot:
        return None
    return explain.target or leader


class Explaining(QObject):
    """Knows the map that belongs to the frame that is shown, and has the slow ones computed.

    ``changed`` tells that `result`, `progress` or what `overlay` paints is another.
    """

    changed = Signal()

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = context.store
        self._report = context.report
        self._evaluation: Evaluation | None = None
        self.subject: tuple[Any, ...] = ()
        """What the shown map follows from."""
        self.result: AttributionResult | None = None
        """Of the frame that is shown, or what there is of it so far."""
        self.progress: float | None = None
        """From 0 to 1 while a method is at work or about to be; None otherwise."""
        self._last = context.store.session.attribution.method
        self._kept: dict[str, AttributionMethod] = {}
        self._question = context.question(self)
        self._question.answered.connect(self._on_answer)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._ask)
        context.store.changed.connect(self._on_changed)

    def close(self) -> None:
        """Stop, and stop listening."""
        self._rest.stop()
        self._question.close()
        self._store.changed.disconnect(self._on_changed, missing_ok=True)

    # What a person does.

    def choose(self, kind: str) -> None:
        """Explain by the method of this kind, as it was set last; an empty one ends it."""
        self._store.set(METHOD, self._kept.get(kind) or kinds(AttributionMethod)[kind]() if kind else None)

    def toggle(self, slot: str, wnid: str, leader: str) -> None:
        """Explain a class in a slot whose leading class is ``leader``; once more ends it."""
        if explained_class(self._store.session, slot, leader) == wnid:
            self._store.set(METHOD, None)
            return
        if not wnid and wnid != leader:
            self._report("Classes without a WordNet id can only be explained while they lead", "info")
            return
        method = self._store.session.attribution.method or self.usual()
        if method is None:
            self._report("There is no method to explain with", "error")
            return
        self._store.update({METHOD: method, SLOT: slot, TARGET: wnid})

    def usual(self) -> AttributionMethod | None:
        """The method used last, else the usual one."""
        known = kinds(AttributionMethod)
        first = known.get(FIRST) or next(iter(known.values()), None)
        return self._last or (first() if first is not None else None)

    # What is shown.

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Another frame is shown: only its own map may lie over it."""
        self._evaluation = evaluation
        attack = evaluation.attack
        subject = (*subject_of(evaluation.session), attack.taken if attack is not None else 0)
        same, self.subject = subject == self.subject, subject
        method = evaluation.session.attribution.method
        if method is None:
            self._forget()
            self.result = None
        elif evaluation.attribution is not None:
            self._forget()
            self.result = evaluation.attribution
        elif not same:
            self._forget()
            self.result, self.progress = None, 0.0
            self._rest.start()
        self.changed.emit()

    @property
    def settled(self) -> bool:
        """Whether the frame that is shown is that of the session as it is, with its attack at its end."""
        evaluation, session = self._evaluation, self._store.session
        if evaluation is None or subject_of(evaluation.session) != subject_of(session):
            return False
        attack = evaluation.attack
        return attack is None or attack.finished or bool(attack.problem) or attack.taken >= session.attack.taken

    @property
    def attacked(self) -> bool:
        """Whether the frame that is shown is attacked."""
        return self._evaluation is not None and self._evaluation.attack is not None

    def overlay(self, result: AttributionResult | None = None) -> Pixels | None:
        """The frame with its map over it, or with that of another slot; None while there is nothing to lay over."""
        result, evaluation = result or self.result, self._evaluation
        if result is None or evaluation is None or result.values.shape != evaluation.pixels.shape[:2]:
            return None
        return blend(evaluation.pixels, result.values, self._store.session.attribution.alpha, result.signed)

    def method_title(self) -> str:
        """Name of the method of the shown map, or of the one at work."""
        kind = self.result.kind if self.result is not None else ""
        member = kinds(AttributionMethod).get(kind) or self._store.session.attribution.method
        return "" if member is None else member.title

    # What happens.

    def _forget(self) -> None:
        self._rest.stop()
        self._question.cancel()
        self.progress = None

    def _on_changed(self, old: Session, new: Session) -> None:
        method = new.attribution.method
        if method is not None and method is not old.attribution.method:
            self._last = self._kept[kind_of(type(method))] = method
        if old.attribution.alpha != new.attribution.alpha:
            self.changed.emit()
        if (self._rest.isActive() or self._question.is_open) and subject_of(old) != subject_of(new):
            self._forget()
            self.progress = None if method is None else 0.0
            self.changed.emit()

    @property
    def shown(self) -> Session:
        """The session as the frame shows it: without an attack that could not begin."""
        session = self._store.session
        attack = self._evaluation.attack if self._evaluation is not None else None
        return clean(session) if attack is not None and attack.problem and not attack.taken else session

    def _ask(self) -> None:
        """The session has rested: a slow method may begin, on the frame that is shown and on no other."""
        if self.settled:
            self._question.ask(Attribute(), self.shown)

    def _on_answer(self, answer: Answer) -> None:
        if isinstance(answer.latest, AttributionResult):
            self.result = answer.latest
        self.progress = None if answer.finished else answer.progress
        if answer.problem:
            explain = self._store.session.attribution
            self.result = AttributionResult(explain.slot, "", problem=answer.problem)
        self.changed.emit()
