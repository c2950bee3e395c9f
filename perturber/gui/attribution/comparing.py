"""The comparison of one class's attribution maps across all slots, computed while the session is idle."""

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
    """The attribution map of one slot, or its progress or problem."""

    slot: str
    result: AttributionResult | None
    note: str = ""


class Comparing(QObject):
    """The controller that requests the maps of the other slots one by one, and restarts on any change.

    ``changed`` means that the value of `list_compared` may have changed.
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
        """Cancel the requests and close the question."""
        self._forget()
        self._question.close()

    def switch(self, on: bool) -> None:
        """Turn comparison on or off."""
        self.on = on
        self._follow()

    def list_compared(self) -> tuple[Compared, ...]:
        """Return all slots in order, with their maps or notes; empty while comparison is off."""
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
        """Restart on a new frame, class or method; request the other maps once the first is complete."""
        explaining = self._explaining
        subject = explaining.subject if self.on else ()
        if subject != self._subject:
            self._forget()
            self._subject = subject
        first = explaining.result
        ready = self.on and first is not None and not first.problem and explaining.progress is None
        if ready and not self._question.is_open and self._find_missing():
            self._rest.start()
        self.changed.emit()

    def _find_missing(self) -> str:
        """Return the next slot without a map, or an empty string."""
        first = self._explaining.result
        known = {first.slot if first is not None else "", *self._found}
        return next((slot for slot in dict(self._store.session.models.items()) if slot not in known), "")

    def _next(self) -> None:
        """Request the next missing map."""
        first = self._explaining.result
        self._asked = self._find_missing() if first is not None and self._explaining.settled else ""
        if self._asked and first is not None:
            # The class by its id, since the top class may differ between networks.
            changes = {SLOT: self._asked, TARGET: first.wnid or first.name}
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
