"""The head of the unit window: the unit, its slot, and its edits."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget
from superqt import QElidingLabel

from perturber.core.errors import InputError
from perturber.core.session.edit import Edit
from perturber.core.session.session import Session
from perturber.gui.base.context import Context
from perturber.gui.models.slot_head import title_of
from perturber.gui.style.icons import icon
from perturber.gui.style.theme import SPACE, font
from perturber.gui.widgets.inputs.number import NumberEntry
from perturber.gui.widgets.sliders.slider import Slider

EDIT, ENABLED = "models.edited.edit", "models.edited.enabled"
LEAST, MOST, STEP = -2.0, 2.0, 0.01
"""Range and step of the slider; the entry accepts −8 to 8."""


class UnitHead(QWidget):
    """The title and model, arrows to the neighboring units, and a button per slot."""

    stepped = Signal(int)
    turned = Signal(str)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._context = context
        self.title = QLabel()
        self.title.setFont(font(18, bold=True, numbers=True))
        self.title.setStyleSheet("font-size: 18px; font-weight: 600;")
        self.model = QElidingLabel()
        self.model.setObjectName("caption")
        self.before = self._arrow(-1, "Previous unit (Left)")
        self.behind = self._arrow(1, "Next unit (Right)")
        self.slots: dict[str, QToolButton] = {}
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE)
        for widget in (self.before, self.behind, self.title):
            line.addWidget(widget)
        line.addWidget(self.model, 1)
        group = QButtonGroup(self)
        for slot, _ in context.store.session.models:
            button = QToolButton()
            button.setObjectName("segment")
            button.setText(title_of(slot))
            button.setCheckable(True)
            button.clicked.connect(lambda _on=False, slot=slot: self.turned.emit(slot))
            group.addButton(button)
            line.addWidget(button)
            self.slots[slot] = button
        context.theme.changed.connect(self._recolor)
        self._recolor()

    def _arrow(self, step: int, tip: str) -> QToolButton:
        button = QToolButton()
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setIconSize(QSize(16, 16))
        button.clicked.connect(lambda _on=False: self.stepped.emit(step))
        return button

    def _recolor(self) -> None:
        self.before.setIcon(icon("left", self._context.theme.colors.muted, self._context.theme.colors.line))
        self.behind.setIcon(icon("right", self._context.theme.colors.muted, self._context.theme.colors.line))

    def show_unit(self, name: str, model: str, slot: str) -> None:
        """Show the names of the unit and model, and select the slot."""
        self.title.setText(name)
        self.model.setText(model)
        self.slots[slot].setChecked(True)

    def offer(self, slots: Callable[[str], bool]) -> None:
        """Show the buttons of the slots for which ``slots`` is true."""
        for slot, button in self.slots.items():
            button.setVisible(slots(slot))


class UnitEditing(QWidget):
    """The controls that scale, ablate or invert the unit in the edited model, turning that model on."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._context = context
        self._layer, self._unit = "", 0
        caption = QLabel("Scale in Edited Model")
        caption.setObjectName("caption")
        self.slider = Slider(context.theme, LEAST, MOST, origin=1.0, step=STEP)
        self.slider.setAccessibleName("Scale")
        self.entry = NumberEntry(-8, 8, 2)
        self.entry.setAccessibleName("Scale")
        self.slider.moved.connect(self.scale)
        self.slider.began.connect(context.store.begin)
        self.slider.ended.connect(context.store.commit)
        self.slider.reset.connect(lambda: self.scale(1.0))
        self.entry.entered.connect(self.scale)
        self.ablate = self._button("Ablate", 0.0, "Scale by 0: silence the unit")
        self.invert = self._button("Invert", -1.0, "Scale by −1: invert the unit's sign before its nonlinearity")
        self.restore = self._button("Restore", 1.0, "Scale by 1: restore the original weights")
        first, second = QHBoxLayout(), QHBoxLayout()
        for line in (first, second):
            line.setSpacing(SPACE // 2)
        first.addWidget(caption)
        first.addWidget(self.slider, 1)
        first.addWidget(self.entry)
        for button in (self.ablate, self.invert, self.restore):
            second.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(first)
        column.addLayout(second)

    def _button(self, text: str, scale: float, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.setToolTip(tip)
        button.clicked.connect(lambda _on=False: self.scale(scale))
        return button

    def show_unit(self, layer: str, unit: int) -> None:
        """Set the unit to edit."""
        self._layer, self._unit = layer, unit
        self.follow(self._context.store.session)

    def follow(self, session: Session) -> None:
        """Show the unit's scale in the session."""
        slot = session.models.edited
        scale = slot.edit.scale_of(self._layer, self._unit) if slot.enabled else 1.0
        self.slider.show_value(scale)
        self.entry.show_value(scale)
        self.restore.setEnabled(scale != 1.0)

    def scale(self, scale: float) -> None:
        """Scale the unit in the edited model, as one undo step."""
        edit: Edit = self._context.store.session.models.edited.edit
        try:
            changed = edit.scaled(self._layer, self._unit, scale)
            self._context.store.update({EDIT: changed, ENABLED: True})
        except InputError as error:
            self._context.report(str(error), "error")
        self.follow(self._context.store.session)
