"""Edits that may be refused: sent to the engine first, part of the session only when it accepts them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from perturber.core.errors import InputError
from perturber.core.evaluation import Evaluation, Failure
from perturber.core.parameters.parameter import replace_all
from perturber.core.session.session import Session
from perturber.gui.answers.bridge import Bridge

if TYPE_CHECKING:
    from perturber.core.session.store import Store

Refused = Callable[[Failure], None]


@dataclass(frozen=True)
class _Pending:
    """A proposal under way. ``key`` says what it is about: a newer one of the same key replaces it."""

    key: str
    changes: Mapping[str, Any] | None
    session: Session
    refused: Refused
    accepted: Callable[[], None]


def _nothing() -> None:
    pass


class Proposals(QObject):
    """Keeps track of what has been proposed and applies what is accepted.

    Changes are applied to the session of that moment, so nothing edited meanwhile is lost.
    """

    waiting = Signal(str)
    """What is being looked at right now, for people; empty when nothing is."""

    def __init__(self, store: Store, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._bridge = bridge
        self._pending: dict[int, _Pending] = {}
        bridge.accepted.connect(self._on_accepted)
        bridge.refused.connect(self._on_refused)

    def offer(
        self, key: str, changes: Mapping[str, Any], refused: Refused, accepted: Callable[[], None] = _nothing
    ) -> None:
        """Propose changes (paths to values). A value that is refused at once never reaches the engine."""
        current = self._store.session
        try:
            session = replace_all(current, changes)
        except InputError as error:
            refused(Failure(current, error.source, error.problem, error.line))
            return
        self._send(_Pending(key, changes, session, refused, accepted))

    def offer_session(
        self, key: str, session: Session, refused: Refused, accepted: Callable[[], None] = _nothing
    ) -> None:
        """Propose a whole session, to take the place of the current one."""
        self._send(_Pending(key, None, session, refused, accepted))

    def forget(self, key: str) -> None:
        """Let go of what was proposed under a key; its answer will be ignored."""
        self._pending = {token: p for token, p in self._pending.items() if p.key != key}
        self._tell()

    def _send(self, pending: _Pending) -> None:
        self.forget(pending.key)
        token = self._bridge.engine.propose(pending.session)
        self._pending[token] = pending
        self._tell()

    def _tell(self) -> None:
        self.waiting.emit(next(reversed(self._pending.values())).key if self._pending else "")

    def _on_accepted(self, token: int, evaluation: Evaluation) -> None:
        pending = self._pending.pop(token, None)
        if pending is None:
            return
        self._tell()
        if pending.changes is None:
            self._store.replace(pending.session)
        else:
            self._store.update(pending.changes)
        if self._store.session == evaluation.session:
            self._bridge.evaluated.emit(evaluation)
        pending.accepted()

    def _on_refused(self, token: int, failure: Failure) -> None:
        pending = self._pending.pop(token, None)
        if pending is not None:
            self._tell()
            pending.refused(failure)
