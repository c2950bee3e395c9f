"""The row of the plane with a feature image: a switch, a unit and a network."""

from __future__ import annotations

from typing import Any, get_args

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QVBoxLayout

from perturber.core.errors import InputError
from perturber.core.evaluation import Failure, SlotResult
from perturber.core.parameters.parameter import Parameter
from perturber.core.session.scene import FeaturePlane, Source
from perturber.core.session.session import Session
from perturber.core.session.unit_ref import UnitRef, check_layer, parse_units
from perturber.gui.base.code import TYPING_MS
from perturber.gui.base.context import Context
from perturber.gui.base.rows import Row
from perturber.gui.models.slot_head import title_of
from perturber.gui.style.theme import SPACE, restyle
from perturber.gui.widgets.inputs.combo import Combo
from perturber.gui.widgets.inputs.switch import Switch

PLANE = "scene.plane"
EXPECTED = "layer:unit such as mixed4a:222"
ENTRY_WIDTH = 102
Whose = tuple[str, bool]
"""A slot, and whether the image is naive: its pixels are optimized instead of its Fourier coefficients."""


def parse_unit(text: str, layers: tuple[str, ...]) -> dict[str, Any]:
    """Parse ``layer:unit`` into changes to the session; a number alone is a unit of the current layer.

    ``layers`` are the known layers, or empty. Raises InputError if the text is not a unit of one of them.
    """
    typed = parse_units(text, PLANE, EXPECTED)
    if len(typed.units) != 1:
        raise InputError(PLANE, f"{text.strip()!r} is not a single unit", EXPECTED)
    if typed.layer and layers:
        check_layer(typed.layer, layers, f"{PLANE}.layer")
    return {**({f"{PLANE}.layer": typed.layer} if typed.layer else {}), f"{PLANE}.unit": typed.units[0]}


def unit_text(plane: FeaturePlane) -> str:
    """Return the unit as ``layer:unit``."""
    return str(UnitRef(plane.layer, plane.unit))


def name_of(slot: str, naive: bool) -> str:
    """Return the label of a network and kind of image."""
    return title_of(slot) + (", naive" if naive else "")


class PlaneRow(Row):
    """A switch, a text field for the unit and, while switched on, a menu of networks.

    A unit enters the session only once the engine accepts it; refused text stays, with the reason below.
    """

    def __init__(self, parameter: Parameter, context: Context) -> None:
        self._context = context
        self._layers: dict[str, tuple[str, ...]] = {}
        self._offers: list[Whose] = []
        self._typing = False
        super().__init__(parameter, context.theme)
        for widget in (self.label, self._back):  # aligned with the entry, not with its hint
            widget.setFixedHeight(self.entry.sizeHint().height())
            self.line.setAlignment(widget, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TYPING_MS)
        self._timer.timeout.connect(self.offer)
        context.store.changed.connect(self._on_changed)
        self._show(context.store.session)

    def fill(self) -> None:
        self.switch = Switch(self._theme)
        self.switch.edited.connect(self.edited)
        self.setFocusProxy(self.switch)
        self.entry = QLineEdit()
        self.entry.setMinimumWidth(ENTRY_WIDTH)
        self.entry.setAccessibleName("Unit of the feature image")
        self.entry.setToolTip(f"Type a unit to show it: {EXPECTED}")
        self.entry.textEdited.connect(self._typed)
        self.entry.editingFinished.connect(self._finish)
        self.entry.returnPressed.connect(self.entry.clearFocus)  # returns Ctrl+Z to the session
        self.whose = Combo(self._theme)
        self.whose.setAccessibleName("Network of the unit")
        self.whose.setToolTip("Network of the unit; naive: the image was optimized in pixel space")
        self.whose.activated.connect(self._choose)
        self.hint = QLabel()
        self.hint.setObjectName("error")
        self.hint.setWordWrap(True)
        self.hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.hint.hide()
        parts = QHBoxLayout()
        parts.setSpacing(SPACE // 2)
        parts.addWidget(self.switch)
        parts.addWidget(self.entry, 1)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addLayout(parts)
        column.addWidget(self.whose)
        column.addWidget(self.hint)
        self.line.addLayout(column, 5)

    def display(self, value: Any) -> None:
        self.switch.show_value(bool(value))
        self.whose.setVisible(bool(value))

    def show_results(self, slots: tuple[SlotResult, ...]) -> None:
        """Store which layers the networks have."""
        self._layers = {result.slot: result.layers for result in slots}

    def close_panel(self) -> None:
        """Stop listening to the store."""
        self._timer.stop()
        self._context.store.changed.disconnect(self._on_changed, missing_ok=True)

    def offer(self) -> None:
        """Propose the typed unit without waiting for a pause."""
        self._timer.stop()
        changes = self._read()
        if changes is not None:
            self._propose({**changes, f"{PLANE}.enabled": True})

    def _read(self) -> dict[str, Any] | None:
        """Return the changes that the text asks for; None, with a hint, if it is invalid."""
        layers = self._layers.get(self._context.store.session.scene.plane.slot, ())
        try:
            changes = parse_unit(self.entry.text(), layers)
        except InputError as error:
            self._complain(f"{error.problem}; expected {error.expected}")
            return None
        self._complain("")
        return changes

    def _typed(self) -> None:
        self._typing = True
        self._context.proposals.forget(self.parameter.label)
        self._timer.stop()
        if self._read() is not None:
            self._timer.start()

    def _finish(self) -> None:
        """Propose text that was typed just before the field lost focus."""
        if self._timer.isActive():
            self.offer()

    def _choose(self, index: int) -> None:
        slot, naive = self._offers[index]
        self._propose({f"{PLANE}.slot": slot, f"{PLANE}.naive": naive})

    def _propose(self, changes: dict[str, Any]) -> None:
        self._context.proposals.offer(self.parameter.label, changes, self._refused, self._accepted)

    def _accepted(self) -> None:
        self._typing = False
        self._complain("")
        self._show(self._context.store.session)

    def _refused(self, failure: Failure) -> None:
        self._complain(failure.message)
        self._show_whose(self._context.store.session)

    def _complain(self, text: str) -> None:
        self.hint.setText(text)
        self.hint.setVisible(bool(text))
        restyle(self.entry, "bad", bool(text))

    def _on_changed(self, old: Session, new: Session) -> None:
        if old.scene.plane is not new.scene.plane or old.models is not new.models:
            self._show(new, unit_text(old.scene.plane) != unit_text(new.scene.plane))

    def _show(self, session: Session, unit: bool = True) -> None:
        """Show unit and network; text being typed stays unless the unit has changed."""
        self._show_whose(session)
        if unit or not self._typing:
            self._typing = False
            self._timer.stop()
            self._complain("")
            if self.entry.text() != unit_text(session.scene.plane):
                self.entry.setText(unit_text(session.scene.plane))

    def _show_whose(self, session: Session) -> None:
        plane = session.scene.plane
        offers = [(slot, naive) for naive in (False, True) for slot in get_args(Source)]
        if offers != self._offers:
            self._offers = offers
            self.whose.clear()
            self.whose.addItems([name_of(slot, naive) for slot, naive in offers])
        self.whose.setCurrentIndex(offers.index((plane.slot, plane.naive)))
