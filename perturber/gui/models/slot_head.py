"""The head of a slot's card: whose it is, which model stands in it, and a switch."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget
from superqt import QElidingLabel

from perturber.core.parameters.parameter import find
from perturber.core.session.models import ModelRef
from perturber.core.session.session import Session
from perturber.gui.base.binding import Binding
from perturber.gui.base.context import Context
from perturber.gui.base.rows import describe
from perturber.gui.models.checkpoints import CheckpointBar
from perturber.gui.models.identity import identity_of, name_of
from perturber.gui.style.theme import SPACE
from perturber.gui.widgets.inputs.elided import MenuButton
from perturber.gui.widgets.inputs.switch import Switch

TITLES = {"slot1": "Model 1", "slot2": "Model 2", "edited": "Edited"}

EDITED = "edited"
ENABLED, EDIT = "models.edited.enabled", "models.edited.edit"
"""Paths of the edited slot."""
INFO, NAMES = 220, 352
"""Width of the line of information, at most, and of what stands beside it."""
QWIDGETSIZE_MAX = (1 << 24) - 1


def title_of(slot: str) -> str:
    """A slot's name for people."""
    return TITLES.get(slot, slot.replace("_", " ").title())


class SlotHead(QWidget):
    """Title in the slot's color, the model's name as a menu, a line of information, a switch; the checkpoints below.

    The name and its tooltip tell which model the shown results are of; the checkpoints follow the session.
    ``tools`` is a place for buttons.
    """

    def __init__(self, slot: str, switch: str, context: Context, binding: Binding, menu: QMenu) -> None:
        super().__init__()
        self._slot, self._context = slot, context
        self._shown: ModelRef | None = None
        self.setObjectName("plain")
        self.title = QLabel(title_of(slot))
        self.model = MenuButton()
        self.model.setObjectName("model")
        self.model.setMenu(menu)
        self.info = QElidingLabel()
        self.info.setObjectName("hint")
        self.info.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.info.hide()
        path = f"models.{slot}.{switch}"
        self.switch = Switch(context.theme, slot)
        # The edited slot has the switches of the others, but as no parameters of their own.
        known = dataclasses.replace(find(Session, f"models.slot1.{switch}"), path=path)
        self.switch.setToolTip(describe(known))
        self.switch.setAccessibleName(known.label)
        binding.bind(path, self.switch)
        self.checkpoints = CheckpointBar(slot, context)
        self.checkpoints.slider.setAccessibleName(f"Checkpoint of {title_of(slot)}")
        self._arrange()
        context.theme.changed.connect(self._recolor)
        self._recolor()
        self.show_model(context.store.session.models.model(slot))

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 4)
        line = QHBoxLayout()
        line.setSpacing(SPACE // 2)
        line.addWidget(self.title)
        line.addWidget(self.model)
        line.addStretch(1)
        self.tools = QHBoxLayout()
        self.tools.setSpacing(SPACE // 2)
        line.addLayout(self.tools)
        line.addWidget(self.info)
        line.addSpacing(SPACE // 2)
        line.addWidget(self.switch)
        column.addLayout(line)
        column.addWidget(self.checkpoints)

    def resizeEvent(self, event: QResizeEvent) -> None:
        # Of a width that does not depend on the text, so that another text is no work for the layout.
        least = 0 if self.tools.count() else INFO * 2 // 5  # a button matters more than what is under the pointer
        self.info.setFixedWidth(min(INFO, max(least, self.width() - NAMES)))

    def show_model(self, ref: ModelRef) -> None:
        """Show which model the results are of."""
        if ref != self._shown:
            self._shown = ref
            families = self._context.resources.families
            self.model.set_name(name_of(ref, families))
            self.model.setToolTip(identity_of(ref, families))

    def set_low(self, low: bool) -> None:
        """Do without the checkpoints where there is little height; the predictions have them too."""
        self.checkpoints.setMaximumHeight(0 if low else QWIDGETSIZE_MAX)

    def show_info(self, text: str) -> None:
        """Show a line of information at the right."""
        if self.info.text() != text:
            self.info.setText(text)
            self.info.setToolTip(text)
        self.info.setVisible(True)

    def close_head(self) -> None:
        """Stop listening to the store."""
        self.checkpoints.close_bar()

    def _recolor(self) -> None:
        palette = self.title.palette()
        palette.setColor(self.title.foregroundRole(), QColor(self._context.theme.colors.slot(self._slot)))
        self.title.setPalette(palette)
