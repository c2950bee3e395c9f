"""The header of a slot's card: title, model, information and switch."""

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
"""Paths of the edited slot in the session."""
INFO, NAMES = 220, 352
"""Largest width of the information, and the width reserved for the rest, in pixels."""
QWIDGETSIZE_MAX = (1 << 24) - 1


def title_of(slot: str) -> str:
    """Return the display name of a slot."""
    return TITLES.get(slot, slot.replace("_", " ").title())


class SlotHead(QWidget):
    """Title in the slot's color, model menu, information and switch in one line; the checkpoint slider below.

    The model's name and tooltip describe the model of the results on screen; the slider follows the session.
    ``tools`` is a layout for extra buttons.
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
        # The edited slot has the same switches as the others, but they are not declared as parameters.
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
        # A width independent of the text, so that a new text needs no layout.
        least = 0 if self.tools.count() else INFO * 2 // 5  # buttons take precedence over the information
        self.info.setFixedWidth(min(INFO, max(least, self.width() - NAMES)))

    def show_model(self, ref: ModelRef) -> None:
        """Show the model that the results belong to."""
        if ref != self._shown:
            self._shown = ref
            families = self._context.resources.families
            self.model.set_name(name_of(ref, families))
            self.model.setToolTip(identity_of(ref, families))

    def set_low(self, low: bool) -> None:
        """Hide the checkpoint slider where height is short; the predictions show it too."""
        self.checkpoints.setMaximumHeight(0 if low else QWIDGETSIZE_MAX)

    def show_info(self, text: str) -> None:
        """Show information at the right."""
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
