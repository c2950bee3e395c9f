"""The controls that choose the layer and its shown units."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QWidget

from perturber.core.errors import InputError
from perturber.core.evaluation import SlotResult
from perturber.core.parameters.parameter import get
from perturber.core.session.models import Probe
from perturber.core.session.session import Session
from perturber.core.session.unit_ref import check_layer, check_unit, parse_units
from perturber.gui.base.context import Context
from perturber.gui.neurons.group_button import GroupButton
from perturber.gui.style.theme import SPACE, restyle
from perturber.gui.widgets.inputs.combo import Combo

MOST = 8
EXPECTED = "Numbers such as 3, 17, 222 or layer:number such as mixed4a:222"


def changes_of(text: str, layers: tuple[str, ...]) -> dict[str, Any]:
    """Return the changes of the session that a typed text asks for, as `parse_units` reads it.

    An empty text means the first units. Units turn off the view of the whole layer. ``layers`` are the
    known layers, if any. Raises InputError for another layer, and for more than eight units.
    """
    typed = parse_units(text, "units", EXPECTED)
    changes: dict[str, Any] = {"probe.units": typed.units}
    if typed.layer:
        if layers:
            check_layer(typed.layer, layers, "units")
        changes["probe.layer"] = typed.layer
    if len(typed.units) > MOST:
        raise InputError("units", f"{len(typed.units)} units", f"at most {MOST}")
    if typed.units:
        changes["probe.whole"] = False
        changes["probe.count"] = len(typed.units)
    return changes


def format_units(probe: Probe) -> str:
    """Format the session's units as they can be typed."""
    return ", ".join(str(u) for u in probe.units)


class UnitsBar(QWidget):
    """The menus of layers and groups, and the entry for units; an invalid text stays, with a hint below."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self._context = context
        self._layers: tuple[str, ...] = ()
        self._channels: dict[str, int] = {}
        self._typing = False
        self.layer = Combo(context.theme)
        self.layer.setToolTip("Choose the layer whose units are shown")
        self.layer.textActivated.connect(self._choose_layer)
        self.entry = QLineEdit()
        self.entry.setPlaceholderText("First units, or e.g. 3, 17, 222")
        self.entry.setToolTip(EXPECTED + ". Empty shows the first units.")
        self.entry.textEdited.connect(self._on_typed)
        self.entry.editingFinished.connect(self._finish)
        self.entry.returnPressed.connect(self.entry.clearFocus)  # Ctrl+Z then undoes the session again
        self.group = GroupButton(context)
        self.hint = QLabel()
        self.hint.setObjectName("error")
        self.hint.setWordWrap(True)
        self.hint.setVisible(False)
        place = QGridLayout(self)
        place.setContentsMargins(SPACE // 2, 0, 0, 0)
        place.setHorizontalSpacing(SPACE)
        place.setVerticalSpacing(4)
        for column, (text, widget) in enumerate((("Layer", self.layer), ("Units", self.entry))):
            label = QLabel(text)
            label.setObjectName("caption")
            label.setBuddy(widget)
            place.addWidget(label, 0, 2 * column)
            place.addWidget(widget, 0, 2 * column + 1)
        caption = QLabel("Group")
        caption.setObjectName("caption")
        caption.setBuddy(self.group)
        place.addWidget(caption, 1, 0)
        place.addWidget(self.group, 1, 1, 1, 2)
        place.addWidget(self.hint, 2, 3)
        self._place = place
        place.setColumnStretch(1, 1)
        place.setColumnStretch(3, 1)
        context.store.changed.connect(self._on_changed)
        self._show(context.store.session.probe)

    def add_end(self, widget: QWidget) -> None:
        """Add a widget below the units, beside the group."""
        self._place.addWidget(widget, 1, 3, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def show_results(self, slots: tuple[SlotResult, ...]) -> None:
        """List the layers of the networks in the slots."""
        self.group.show_results(slots)
        layers = tuple(dict.fromkeys(layer for result in slots for layer in result.layers))
        self._channels = {r.layer: r.channels for r in reversed(slots) if r.layer}
        if layers and layers != self._layers:
            self._layers = layers
            self.layer.clear()
            self.layer.addItems(list(layers))
            self._show_layer(self._context.store.session.probe.layer)

    def close_panel(self) -> None:
        """Disconnect from the store."""
        self.group.close_panel()
        self._context.store.changed.disconnect(self._on_changed, missing_ok=True)

    def _choose_layer(self, layer: str) -> None:
        self._context.store.set("probe.layer", layer)

    def _on_typed(self) -> None:
        if not self._typing:
            self._typing = True
            self._context.store.begin()
        text, probe = self.entry.text(), self._context.store.session.probe
        try:
            changes = changes_of(text, self._layers)
            self._check(changes, probe)
        except InputError as error:
            self._complain(f"{error.problem}; expected {error.expected}")
            return
        self._complain("")
        if any(get(probe, path.removeprefix("probe.")) != value for path, value in changes.items()):
            self._context.store.update(changes)

    def _finish(self) -> None:
        """End the typing as one undo step."""
        if self._typing:
            self._typing = False
            self._context.store.commit()
            if not self.hint.text():
                self.entry.setText(format_units(self._context.store.session.probe))

    def _check(self, changes: dict[str, Any], probe: Probe) -> None:
        layer = changes.get("probe.layer", probe.layer)
        count = self._channels.get(layer)
        if count is not None:
            for unit in changes["probe.units"]:
                check_unit(layer, unit, count, "units")

    def _complain(self, text: str) -> None:
        self.hint.setText(text)
        self.hint.setVisible(bool(text))
        restyle(self.entry, "bad", bool(text))

    def _on_changed(self, old: Session, new: Session) -> None:
        if old.probe is not new.probe:
            self._show(new.probe)

    def _show(self, probe: Probe) -> None:
        self._show_layer(probe.layer)
        if not self._typing:
            self.entry.setText(format_units(probe))
            self._complain("")

    def _show_layer(self, layer: str) -> None:
        if self.layer.findText(layer) < 0:
            self.layer.addItem(layer)
        self.layer.setCurrentText(layer)
