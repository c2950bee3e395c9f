"""A form for session parameters: one collapsible section per group, one row per parameter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from perturber.core.parameters.parameter import Parameter, walk
from perturber.core.session.session import Session
from perturber.core.session.store import Store
from perturber.gui.base.binding import Binding, parameters_differ
from perturber.gui.base.rows import Row, row_for
from perturber.gui.style.theme import Theme
from perturber.gui.widgets.frames.section import Section

MORPH = "{morph}"
NO_PAIR = "Morph"
"""Replaces the object pair's word in labels when the object belongs to no pair."""


def title_of(parameter: Parameter) -> str:
    """Return the heading of a parameter: its group, else the name of the part that it belongs to."""
    parts = parameter.path.split(".")
    return parameter.group or (parts[-2].replace("_", " ").title() if len(parts) > 1 else "General")


def group_by_heading(parameters: Iterable[Parameter]) -> dict[str, list[Parameter]]:
    """Group parameters by heading, in order of first appearance; advanced ones come last."""
    groups: dict[str, list[Parameter]] = {}
    for parameter in sorted(parameters, key=lambda p: p.control.advanced):
        groups.setdefault(title_of(parameter), []).append(parameter)
    return groups


class Form(QWidget):
    """Rows for the parameters that ``wanted`` selects, rebuilt when their set changes.

    ``special`` may return its own widget for a parameter, or None. The form binds that widget only if it is a `Row`.
    """

    rebuilt = Signal()

    def __init__(
        self,
        store: Store,
        theme: Theme,
        report: Callable[[str], None],
        *,
        wanted: Callable[[Parameter], bool],
        special: Callable[[Parameter], QWidget | None] = lambda parameter: None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self._store, self._theme = store, theme
        self._wanted, self._special = wanted, special
        self._binding = Binding(store, report)
        self._word = NO_PAIR
        self.sections: dict[str, Section] = {}
        self.rows: dict[str, Row] = {}
        self._closed: frozenset[str] = frozenset()
        self._made: dict[str, tuple[Parameter, QWidget]] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._shape: tuple[str, ...] = ()
        self._build()
        store.changed.connect(self._on_changed)

    def set_word(self, word: str) -> None:
        """Insert the object pair's word into the labels that have a placeholder for it."""
        self._word = word
        for row in self.rows.values():
            row.set_label(row.parameter.label.replace(MORPH, word))
        for title, section in self.sections.items():
            section.set_title(title.replace(MORPH, word))

    @property
    def closed(self) -> frozenset[str]:
        """The headings of the closed sections."""
        return frozenset(title for title, section in self.sections.items() if not section.is_open)

    def set_closed(self, titles: Iterable[str]) -> None:
        """Close these sections, also if they are created later, and open all others."""
        self._closed = frozenset(titles)
        for title, section in self.sections.items():
            section.set_open(title not in self._closed)

    def close_binding(self) -> None:
        """Stop listening to the store."""
        self._store.changed.disconnect(self._on_changed, missing_ok=True)
        for path, (_, widget) in list(self._made.items()):
            self._drop(path, widget)
        self._binding.close()

    def _parameters(self) -> Iterator[Parameter]:
        return (p for p in walk(self._store.session) if self._wanted(p))

    def _on_changed(self, old: Session, new: Session) -> None:
        if parameters_differ(old, new) and tuple(p.path for p in self._parameters()) != self._shape:
            self._build()

    def _build(self) -> None:
        """Create missing rows, delete obsolete ones, keep the rest."""
        parameters = {p.path: p for p in self._parameters()}
        self._shape = tuple(parameters)
        for path, (parameter, widget) in list(self._made.items()):
            if parameters.get(path) != parameter:
                self._drop(path, widget)
        groups = group_by_heading(parameters.values())
        for title in [t for t in self.sections if t not in groups]:
            self.sections.pop(title).deleteLater()
        for place, (title, members) in enumerate(groups.items()):
            section = self.sections.get(title) or self._section(title)
            self._column.insertWidget(place, section)
            for number, parameter in enumerate(members):
                section.place(number, self._widget(parameter))
        self.rebuilt.emit()

    def _section(self, title: str) -> Section:
        section = Section(title.replace(MORPH, self._word), self._theme)
        section.set_open(title not in self._closed)
        section.reset.connect(lambda: self._reset(title))
        self.sections[title] = section
        return section

    def _drop(self, path: str, widget: QWidget) -> None:
        self._binding.unbind(path)
        close = getattr(widget, "close_panel", None)
        if close is not None:
            close()
        del self._made[path]
        self.rows.pop(path, None)
        widget.hide()
        widget.deleteLater()

    def _widget(self, parameter: Parameter) -> QWidget:
        if parameter.path in self._made:
            return self._made[parameter.path][1]
        given = self._special(parameter)
        widget = row_for(parameter, self._theme) if given is None else given
        if isinstance(widget, Row):
            self.rows[parameter.path] = widget
            widget.set_label(parameter.label.replace(MORPH, self._word))
            self._binding.bind(parameter.path, widget)
        self._made[parameter.path] = (parameter, widget)
        return widget

    def _reset(self, title: str) -> None:
        members = group_by_heading(self._parameters()).get(title, [])
        self._store.update({p.path: p.default for p in members})
