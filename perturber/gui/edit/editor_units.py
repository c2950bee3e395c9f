"""The section of the edited model's single units: scaled, ablated, or inverted."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from perturber.core.errors import InputError
from perturber.core.evaluation import Failure
from perturber.core.session.edit import Edit, UnitEdit
from perturber.core.session.unit_ref import UnitRef, check_layer
from perturber.gui.base.context import Context
from perturber.gui.edit.editor_rows import Hint, UnitRow
from perturber.gui.models.slot_head import EDIT
from perturber.gui.neurons.units_bar import changes_of
from perturber.gui.style.theme import restyle
from perturber.gui.widgets.frames.section import Section

UNITS = f"{EDIT}.units"
EXPECTED = "a layer and a number such as mixed4a:222"
PROPOSAL = "units of the edited model"


def parse_edited(text: str, layers: tuple[str, ...], shown: str) -> tuple[UnitRef, ...]:
    """Parse typed units: ``mixed4a:222``, ``mixed4a:3, 17``, or ``222`` for the shown layer.

    At most eight. Raises InputError when the text names none, or a layer that Model 1 does not have.
    """
    changes = changes_of(text, ())
    units, layer = changes["probe.units"], changes.get("probe.layer", shown)
    if not units:
        raise InputError("units", "no unit is named", EXPECTED)
    if layers:
        check_layer(layer, layers, "units", "Model 1")
    return tuple(UnitRef(layer, unit) for unit in units)


class EditedUnits(QObject):
    """The section with a row per edited unit, and an entry that adds units, initially ablated.

    ``wanted`` carries a unit and its new scale. A row at scale 1 stays until the next edit of another
    row, which lets a drag pass through 1.
    """

    wanted = Signal(str, int, float)
    cleared = Signal()

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._layers: tuple[str, ...] = ()
        self._holding: UnitRef | None = None
        self.rows: dict[UnitRef, UnitRow] = {}
        self.section = Section("Units", context.theme)
        self.section.reset.connect(self.cleared)
        inside = QWidget()
        inside.setObjectName("plain")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.entry = QLineEdit()
        self.entry.setPlaceholderText("Ablate units, e.g. mixed4a:222")
        self.entry.setToolTip(f"{EXPECTED[0].upper()}{EXPECTED[1:]}, or numbers of the shown layer. Enter adds them.")
        self.entry.setAccessibleName("Units to edit")
        self.entry.returnPressed.connect(self._add)
        self.entry.textEdited.connect(lambda: self._complain(""))
        self.hint = QLabel()
        self.hint.setObjectName("error")
        self.hint.setWordWrap(True)
        self.hint.hide()
        self._row_hint = Hint(inside)
        for number, widget in enumerate((self.entry, self.hint, inside)):
            self.section.place(number, widget)

    def show_layers(self, layers: tuple[str, ...]) -> None:
        """Set the layers of Model 1."""
        self._layers = layers

    def show_edit(self, edit: Edit) -> None:
        """Update the rows to an edit."""
        units = {UnitRef(u.layer, u.unit): u for u in edit.units}
        held = self._holding
        for key in [key for key in self.rows if key not in units and key != held]:
            self._drop(key)
        for number, key in enumerate(sorted({*units, *self.rows})):
            unit = units.get(key) or UnitEdit(layer=key.layer, unit=key.unit, scale=1.0)
            if key not in self.rows:
                self._make(unit, number)
            self.rows[key].show_value(unit.scale)

    def _make(self, unit: UnitEdit, number: int) -> None:
        key = UnitRef(unit.layer, unit.unit)
        row = self.rows[key] = UnitRow(unit, self._context.theme)
        row.edited.connect(lambda scale: self._scale(key, scale))
        row.removed.connect(lambda: self._remove(key))
        row.began.connect(self._context.store.begin)
        row.ended.connect(self._context.store.commit)
        row.entry.unread.connect(lambda text: self.complain(key, f"{text!r} is not a number from −8 to 8"))
        self._column.insertWidget(number, row)

    def _drop(self, key: UnitRef) -> None:
        row = self.rows.pop(key)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _scale(self, key: UnitRef, scale: float) -> None:
        self._holding = key
        try:
            self._row_hint.say("", self._column, self.rows[key])
            self.wanted.emit(*key, scale)
        finally:
            self._holding = None

    def _remove(self, key: UnitRef) -> None:
        self.wanted.emit(*key, 1.0)
        if key in self.rows:  # the scale was already 1
            self._drop(key)

    def complain(self, key: UnitRef, text: str) -> None:
        """Show an error below the row of a unit."""
        row = self.rows[key]
        restyle(row.entry, "bad", True)
        self._row_hint.say(text, self._column, row)

    def _complain(self, text: str) -> None:
        self.hint.setText(text)
        self.hint.setVisible(bool(text))
        restyle(self.entry, "bad", bool(text))

    def _add(self) -> None:
        """Let the engine validate the typed units; the text stays until they are accepted."""
        session = self._context.store.session
        edit = session.models.edited.edit
        try:
            for key in parse_edited(self.entry.text(), self._layers, session.probe.layer):
                edit = edit.scaled(*key, 0.0)
        except InputError as error:
            self._complain(f"{error.problem}; expected {error.expected}" if error.expected else error.problem)
            return
        self._complain("")
        self._context.proposals.offer(PROPOSAL, {UNITS: edit.units}, self._on_refused, self.entry.clear)

    def _on_refused(self, failure: Failure) -> None:
        self._complain(failure.message)
