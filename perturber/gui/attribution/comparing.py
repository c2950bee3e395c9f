"""The same class explained in every slot: the maps beside that of the explained slot, once the session rests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from perturber.core.evaluation import AttributionResult
from perturber.core.jobs.job import Answer, Attribute
from perturber.core.parameters.parameter import replace_all
from perturber.gui.attribution.explaining import REST_MS, SLOT, TARGET, Explaining
from perturber.gui.base.context import Context


@dataclass(frozen=True, eq=False)
class Compared:
    """What there is of one slot: a map, or word of how far it is."""

    slot: str
    result: AttributionResult | None
    note: str = ""


class Comparing(QObject):
    """Asks for the maps of the other slots, one after another; any change starts over.

    ``changed`` tells that `compared` may be another.
    """

    changed = Signal()

    def __init__(self, context: Context, explaining: Explaining, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._explaining = context.store, explaining
        self.on = False
        self._subject: tuple[Any, ...] = ()
        self._found: dict[str, AttributionResult] = {}
        self._asked = ""
        self._note = ""
        self._question = context.question(self)
        self._question.answered.connect(self._on_answer)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._next)
        explaining.changed.connect(self._follow)

    def close(self) -> None:
        """Stop, and stop listening."""
        self._forget()
        self._question.close()

    def switch(self, on: bool) -> None:
        """Turn comparison on or off."""
        self.on = on
        self._follow()

    def compared(self) -> tuple[Compared, ...]:
        """All slots in order, with what there is of them; nothing while nothing is compared."""
        first = self._explaining.result
        if not self.on or first is None:
            return ()
        parts = []
        for slot in dict(self._store.session.models.items()):
            result = first if slot == first.slot else self._found.get(slot)
            note = self._note if slot == self._asked and self._note else "…"
            parts.append(Compared(slot, result, result.problem if result is not None else note))
        return tuple(parts)

    def _forget(self) -> None:
        self._rest.stop()
        self._question.cancel()
        self._found, self._asked, self._note = {}, "", ""

    def _follow(self) -> None:
        """Start over for another frame, class or method; a map of the explained slot lets the others follow."""
        explaining = self._explaining
        subject = explaining.subject if self.on else ()
        if subject != self._subject:
            self._forget()
            self._subject = subject
        first = explaining.result
        ready = self.on and first is not None and not first.problem and explaining.progress is None
        if ready and not self._question.is_open and self._missing():
            self._rest.start()
        self.changed.emit()

    def _missing(self) -> str:
        """The next slot whose map is not yet known; empty when there is none."""
        first = self._explaining.result
        known = {first.slot if first is not None else "", *self._found}
        return next((slot for slot in dict(self._store.session.models.items()) if slot not in known), "")

    def _next(self) -> None:
        """Ask for the next map that is missing."""
        first = self._explaining.result
        self._asked = self._missing() if first is not None and self._explaining.settled else ""
        if self._asked and first is not None:
            # Of the class by its id: in another network another one may lead.
            changes = {SLOT: self._asked, TARGET: first.wnid}
            self._question.ask(Attribute(), replace_all(self._explaining.shown, changes))

    def _on_answer(self, answer: Answer) -> None:
        if not answer.finished:
            self._note = f"computing {100 * answer.progress:.0f} %"
        else:
            none = AttributionResult(self._asked, "", problem=answer.problem)
            self._found[self._asked] = answer.value if isinstance(answer.value, AttributionResult) else none
            self._note = ""
            self._next()
        self.changed.emit()
