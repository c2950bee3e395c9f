"""The head of a slot's card: whose it is, which model stands in it, and a switch."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QWidget

from perturber.core.models import FamilyModel
from perturber.core.parameter import find
from perturber.core.session import Session
from perturber.gui.binding import Binding
from perturber.gui.context import Context
from perturber.gui.rows import describe
from perturber.gui.theme import SPACE
from perturber.gui.widgets.elided import MenuButton
from perturber.gui.widgets.switch import Switch

TITLES = {"slot1": "Model 1", "slot2": "Model 2", "edited": "Edited"}

INFO = 176


def title_of(slot: str) -> str:
    """A slot's name for people."""
    return TITLES.get(slot, slot.replace("_", " ").title())


class SlotHead(QWidget):
    """Title in the slot's colour, the model's name as a menu, a line of information, a switch."""

    def __init__(self, slot: str, switch: str, context: Context, binding: Binding, menu: QMenu) -> None:
        super().__init__()
        self._slot, self._context = slot, context
        self.setObjectName("plain")
        self.title = QLabel(title_of(slot))
        self.model = MenuButton()
        self.model.setObjectName("model")
        self.model.setMenu(menu)
        self.model.setToolTip("Choose the model in this place")
        self.info = QLabel()
        self.info.setObjectName("hint")
        self.info.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        # Of fixed width, so that another text is no work for the layout.
        self.info.setFixedWidth(INFO)
        self.info.hide()
        path = f"models.{slot}.{switch}"
        self.switch = Switch(context.theme, slot)
        self.switch.setToolTip(describe(find(Session, path)))
        self.switch.setAccessibleName(find(Session, path).label)
        binding.bind(path, self.switch)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE // 2)
        line.addWidget(self.title)
        line.addWidget(self.model)
        line.addStretch(1)
        line.addWidget(self.info)
        line.addSpacing(SPACE // 2)
        line.addWidget(self.switch)
        context.theme.changed.connect(self._recolor)
        self._recolor()
        self.show_name(name_of(context.store.session, slot, context))

    def show_name(self, name: str) -> None:
        """Show which model stands here."""
        self.model.set_name(name)

    def show_info(self, text: str) -> None:
        """Show a line of information at the right."""
        if self.info.text() != text:
            self.info.setText(text)
        self.info.setVisible(True)

    def _recolor(self) -> None:
        palette = self.title.palette()
        palette.setColor(self.title.foregroundRole(), QColor(self._context.theme.colors.slot(self._slot)))
        self.title.setPalette(palette)


def name_of(session: Session, slot: str, context: Context) -> str:
    """The model of a slot for people, before the engine has said its name."""
    ref = getattr(session.models, slot).model
    if not isinstance(ref, FamilyModel):
        return str(ref.name)
    family = context.resources.families.get(ref.family)
    if family is None:
        return f"{ref.family} · {ref.variant}"
    variant = next((v.label for v in family.variants if v.name == ref.variant), ref.variant)
    return f"{family.label} · {variant}" + (f" · {ref.checkpoint}" if ref.checkpoint else "")
