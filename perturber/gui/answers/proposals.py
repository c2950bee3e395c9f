"""Edits that may be refused: checked by the engine before they enter the session."""

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
    """An open proposal. A newer one with the same ``key`` replaces it."""

    key: str
    changes: Mapping[str, Any] | None
    session: Session
    refused: Refused
    accepted: Callable[[], None]


def _nothing() -> None:
    pass


class Proposals(QObject):
    """Tracks proposals and applies accepted ones.

    Changes are applied to the session at the time of acceptance, so edits made meanwhile are kept.
    """

    waiting = Signal(str)
    """Emitted with the key of the proposal being checked; empty when there is none."""

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
        """Propose changes (paths to values). A value that is invalid in itself is refused without asking the engine."""
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
        """Propose a whole session in place of the current one."""
        self._send(_Pending(key, None, session, refused, accepted))

    def forget(self, key: str) -> None:
        """Discard the proposal with this key and ignore its answer."""
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
