"""A choice of slot: one button per slot, in the slot's color."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from perturber.gui.base.rows import Row
from perturber.gui.models.slot_head import title_of

GAP = 3
SHORT = {"slot1": "1", "slot2": "2"}
"""Short labels for slots whose names are too long side by side."""


class SlotChoice(QWidget):
    """Buttons for the slots; ``chosen`` carries the name of the slot that the user picks."""

    chosen = Signal(str)

    def __init__(self, names: Iterable[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self.buttons: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GAP)
        for name in names:
            button = self.buttons[name] = QToolButton()
            button.setObjectName("segment")
            button.setProperty("slot", name)
            button.setText(SHORT.get(name, title_of(name)))
            button.setAccessibleName(title_of(name))
            button.setToolTip(title_of(name))
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setCheckable(True)
            button.clicked.connect(lambda _on=False, name=name: self.chosen.emit(name))
            self._group.addButton(button)
            line.addWidget(button)

    def show_slot(self, name: str) -> None:
        """Mark a slot without emitting a signal."""
        if name in self.buttons:
            self.buttons[name].setChecked(True)

    def offer(self, names: Iterable[str]) -> None:
        """Show only the buttons of these slots and of the marked slot."""
        wanted = set(names)
        for name, button in self.buttons.items():
            button.setVisible(name in wanted or button.isChecked())


class SlotRow(Row):
    """A parameter whose value is a slot."""

    def fill(self) -> None:
        self.choice = SlotChoice(self.parameter.choices)
        self.choice.chosen.connect(self.edited.emit)  # Signal(str) does not connect to Signal(object) directly
        self.setFocusProxy(next(iter(self.choice.buttons.values())))
        self.line.addWidget(self.choice, 8)

    def text_of(self, value: object) -> str:
        return title_of(str(value))

    def display(self, value: object) -> None:
        self.choice.show_slot(str(value))
