"""The current session, the only mutable state, with transactions, undo and redo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from psygnal import Signal

from perturber.core.parameters.parameter import replace_all
from perturber.core.session.picture import settled
from perturber.core.session.session import Session

LIMIT = 500


class Store:
    """The holder of the current session, which emits `changed` for every change.

    A transaction (a slider drag) merges many changes into one undo step; each change is still
    emitted immediately. An invalid value raises InputError and changes nothing.
    """

    changed = Signal(Session, Session)
    """Emitted with (old, new), never with two equal sessions."""

    def __init__(self, session: Session | None = None) -> None:
        self._session = session or Session()
        self._undo: list[Session] = []
        self._redo: list[Session] = []
        self._before: Session | None = None
        self._depth = 0

    @property
    def session(self) -> Session:
        """The current session."""
        return self._session

    @property
    def can_undo(self) -> bool:
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        return bool(self._redo)

    def set(self, path: str, value: Any) -> None:
        """Set one parameter. Raises InputError for an invalid value."""
        self.update({path: value})

    def update(self, changes: Mapping[str, Any]) -> None:
        """Set several parameters as one undo step. Raises InputError for an invalid value.

        An attack that is not pinned ends when the picture changes.
        """
        self.replace(settled(self._session, replace_all(self._session, changes)))

    def replace(self, session: Session) -> None:
        """Make another session the current one, as one undo step."""
        if session == self._session:
            return
        if self._depth == 0:
            self._remember(self._session)
        self._move(session)

    def begin(self) -> None:
        """Open a transaction; may be nested."""
        if self._depth == 0:
            self._before = self._session
        self._depth += 1

    def commit(self) -> None:
        """Close a transaction: all changes since `begin` become one undo step."""
        if self._depth == 0:
            return
        self._depth -= 1
        before = self._before
        if self._depth == 0 and before is not None:
            self._before = None
            if before != self._session:
                self._remember(before)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Open a transaction for a ``with`` block."""
        self.begin()
        try:
            yield
        finally:
            self.commit()

    def undo(self) -> None:
        """Undo the last step; do nothing if there is none."""
        self._finish()
        if self._undo:
            self._redo.append(self._session)
            self._move(self._undo.pop())

    def redo(self) -> None:
        """Revert the last `undo`; do nothing if there is none."""
        self._finish()
        if self._redo:
            self._undo.append(self._session)
            self._move(self._redo.pop())

    def _finish(self) -> None:
        while self._depth:
            self.commit()

    def _remember(self, session: Session) -> None:
        self._undo.append(session)
        del self._undo[:-LIMIT]
        self._redo.clear()

    def _move(self, session: Session) -> None:
        old, self._session = self._session, session
        self.changed.emit(old, session)
