"""Rows for the fields of a plug-in, made from its configuration; advanced ones are collapsed."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from perturber.core.parameters.parameter import Parameter, get, walk
from perturber.core.parameters.plugin import Plugin
from perturber.core.session.session import Session
from perturber.gui.base.binding import Binding
from perturber.gui.base.context import Context
from perturber.gui.base.rows import Row, row_for
from perturber.gui.widgets.frames.section import Section

MORE = "More"


class PluginRows(QWidget):
    """Rows for the plug-in at a path of the session, such as ``attribution.method``; follows a change of plug-in."""

    def __init__(self, path: str, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self._path, self._context = path, context
        self._binding = Binding(context.store, lambda text: context.report(text, "error"))
        self._member: type[Plugin] | None = None
        self.rows: dict[str, Row] = {}
        """Rows by path, in display order."""
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.more = Section(MORE, context.theme, resettable=False)
        self.more.set_open(False)
        self._column.addWidget(self.more)
        self._build([])
        context.store.changed.connect(self._on_changed)
        self._follow(context.store.session)

    def close_panel(self) -> None:
        """Stop listening to the store."""
        self._context.store.changed.disconnect(self._on_changed, missing_ok=True)
        self._binding.close()

    def _on_changed(self, old: Session, new: Session) -> None:
        self._follow(new)

    def _follow(self, session: Session) -> None:
        plugin = get(session, self._path)
        member = type(plugin) if isinstance(plugin, Plugin) else None
        if member is not self._member:
            self._member = member
            self._build([] if member is None else list(walk(plugin, f"{self._path}.")))

    def _build(self, parameters: list[Parameter]) -> None:
        for path, row in self.rows.items():
            self._binding.unbind(path)
            row.hide()
            row.deleteLater()
        self.rows = {}
        plain = [p for p in parameters if not p.control.advanced]
        advanced = [p for p in parameters if p.control.advanced]
        for place, parameter in enumerate(plain):
            self._column.insertWidget(place, self._row(parameter))
        for place, parameter in enumerate(advanced):
            self.more.place(place, self._row(parameter))
        self.more.setVisible(bool(advanced))
        self.setVisible(bool(parameters))

    def _row(self, parameter: Parameter) -> Row:
        row = self.rows[parameter.path] = row_for(parameter, self._context.theme)
        self._binding.bind(parameter.path, row)
        return row
