"""What the networks say: for every slot its five best classes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QMenu, QScrollArea, QToolButton, QWidget

from perturber.core.evaluation import Evaluation, SlotResult
from perturber.core.models import ModelRef
from perturber.gui.binding import Binding
from perturber.gui.context import Context
from perturber.gui.panels.slots import SlotHead
from perturber.gui.theme import SPACE
from perturber.gui.widgets.bars import Bars
from perturber.gui.widgets.card import Panel, SlotCard
from perturber.nets.examples import Wanted

SIDE_BY_SIDE = 720
"""Width from which the slots stand beside each other."""


class Predictions(Panel):
    """One card per slot, stacked or side by side as the width allows."""

    def __init__(self, context: Context, menu: Callable[[str], QMenu], parent: QWidget | None = None) -> None:
        super().__init__("Predictions", parent)
        self._context = context
        self._binding = Binding(context.store, lambda text: context.report(text, "error"))
        self.heads: dict[str, SlotHead] = {}
        self.bars: dict[str, Bars] = {}
        self._evaluation: Evaluation | None = None
        inside = QWidget()
        inside.setObjectName("plain")
        self._cards = QBoxLayout(QBoxLayout.Direction.TopToBottom, inside)
        self._cards.setContentsMargins(0, 0, 0, 0)
        self._cards.setSpacing(SPACE + 4)
        for slot in context.slots:
            card = SlotCard(slot, context.theme)
            self.heads[slot] = SlotHead(slot, "predictions", context, self._binding, menu(slot))
            self.bars[slot] = Bars(slot, context.theme, context.view)
            card.column.addWidget(self.heads[slot])
            card.column.addWidget(self.bars[slot])
            self._cards.addWidget(card, 0, Qt.AlignmentFlag.AlignTop)
        self._cards.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        self.column.addWidget(area, 1)
        self._add_units()
        self.setMinimumWidth(240)
        context.pictures.changed.connect(self._follow_pictures)

    def _add_units(self) -> None:
        group = QButtonGroup(self)
        for text, logits in (("Probability", False), ("Logit", True)):
            button = QToolButton()
            button.setObjectName("segment")
            button.setText(text)
            button.setCheckable(True)
            button.setChecked(self._context.view.logits == logits)
            button.clicked.connect(lambda _on, logits=logits: self._context.view.set_logits(logits))
            self._context.view.changed.connect(
                lambda button=button, logits=logits: button.setChecked(self._context.view.logits == logits)
            )
            group.addButton(button)
            self.head.addWidget(button)

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Paint what each slot says."""
        self._evaluation = evaluation
        for result in evaluation.slots:
            if result.slot in self.bars:
                model = evaluation.session.models.model(result.slot)
                self.heads[result.slot].show_model(model)
                self._show_top(result, model)

    def _show_top(self, result: SlotResult, model: ModelRef) -> None:
        pictures = [self._context.pictures.get(Wanted(model, p.wnid, p.name)) for p in result.top]
        self.bars[result.slot].show_top(result.top, message_of(result), pictures)

    def _follow_pictures(self) -> None:
        if self._evaluation is not None:
            self.show_evaluation(self._evaluation)

    def resizeEvent(self, event: QResizeEvent) -> None:
        wide = self.width() >= SIDE_BY_SIDE
        direction = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        if self._cards.direction() != direction:
            self._cards.setDirection(direction)
        super().resizeEvent(event)

    def close_panel(self) -> None:
        """Stop listening to the store."""
        self._binding.close()
        for head in self.heads.values():
            head.close_head()


def message_of(result: SlotResult) -> str:
    """Why a slot shows no predictions."""
    return result.problem or ("" if result.top else "Predictions are off.")
