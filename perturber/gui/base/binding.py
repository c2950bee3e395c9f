"""Binding of rows to the store: edits are written to the session, changes of the session are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol

from PySide6.QtCore import SignalInstance

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import get
from perturber.core.parameters.state import State
from perturber.core.session.session import Session
from perturber.core.session.store import Store


class ValueEditor(Protocol):
    """A widget that shows one value and reports the user's edits."""

    @property
    def edited(self) -> SignalInstance: ...
    @property
    def began(self) -> SignalInstance: ...
    @property
    def ended(self) -> SignalInstance: ...
    def show_value(self, value: Any) -> None: ...


def changed_paths(old: State, new: State, prefix: str = "") -> Iterator[str]:
    """Yield the dotted paths of the fields that differ; where the class of a part differs, the path of the part.

    Parts that are the same object are skipped, so comparing sessions one edit apart is cheap.
    """
    for name in type(new).model_fields:
        before, after = getattr(old, name), getattr(new, name)
        if before is after:
            continue
        path = f"{prefix}{name}"
        if isinstance(before, State) and type(before) is type(after):
            yield from changed_paths(before, after, f"{path}.")
        elif before != after:
            yield path


def parameters_differ(old: State, new: State) -> bool:
    """Return whether some part has another class, so that the set of parameters may differ."""
    paths = list(changed_paths(old, new))
    return any(isinstance(get(state, path), State) for path in paths for state in (old, new))


class Binding:
    """The editors of one panel by path. ``report`` is called with the reason when an edit is refused."""

    def __init__(self, store: Store, report: Callable[[str], None]) -> None:
        self._store = store
        self._report = report
        self._editors: dict[str, ValueEditor] = {}
        store.changed.connect(self._on_changed)

    def bind(self, path: str, editor: ValueEditor) -> None:
        """Bind an editor to a path and show the value there."""
        self._editors[path] = editor
        editor.show_value(get(self._store.session, path))
        editor.edited.connect(partial(self._set, path))
        editor.began.connect(self._store.begin)
        editor.ended.connect(self._store.commit)

    def unbind(self, path: str) -> None:
        """Remove an editor that is about to be deleted."""
        self._editors.pop(path, None)

    def close(self) -> None:
        """Stop listening to the store."""
        self._store.changed.disconnect(self._on_changed, missing_ok=True)
        self._editors.clear()

    @property
    def paths(self) -> frozenset[str]:
        return frozenset(self._editors)

    def _set(self, path: str, value: Any) -> None:
        if path not in self._editors:
            return
        try:
            self._store.set(path, value)
        except InputError as error:
            self._editors[path].show_value(get(self._store.session, path))
            self._report(str(error))

    def _on_changed(self, old: Session, new: Session) -> None:
        for path in changed_paths(old, new):
            editor = self._editors.get(path)
            if editor is not None:
                editor.show_value(get(new, path))
