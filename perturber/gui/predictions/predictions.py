"""The predictions panel: the top five classes of every slot."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QMenu, QPushButton, QScrollArea, QToolButton, QWidget

from perturber.core.evaluation import Evaluation, Prediction, SlotResult
from perturber.core.session.models import ModelRef
from perturber.core.session.session import Session
from perturber.gui.attribution.explaining import explained_class
from perturber.gui.base.binding import Binding
from perturber.gui.base.context import Context
from perturber.gui.models.slot_head import EDITED, ENABLED, SlotHead
from perturber.gui.predictions.bars import Bars
from perturber.gui.style.theme import SPACE
from perturber.gui.widgets.frames.card import Panel, SlotCard
from perturber.nets.families.class_pictures import ClassPictureRequest
from perturber.platforms import current

EDIT_WEIGHTS = "Edit Weights"
LEAST_WIDTH = 292
SIDE_BY_SIDE = 720
"""Width in pixels from which the slots are placed side by side."""


class Predictions(Panel):
    """One card per slot, stacked or side by side, with a card for the edited model while it is enabled.

    ``picked`` carries a slot and two WordNet ids: of the clicked class, and of the slot's top class.
    """

    picked = Signal(str, str, str)

    def __init__(self, context: Context, menu: Callable[[str], QMenu], parent: QWidget | None = None) -> None:
        super().__init__("Predictions", parent)
        self._context = context
        self._binding = Binding(context.store, lambda text: context.report(text, "error"))
        self.heads: dict[str, SlotHead] = {}
        self.cards: dict[str, SlotCard] = {}
        self.bars: dict[str, Bars] = {}
        self._evaluation: Evaluation | None = None
        inside = QWidget()
        inside.setObjectName("plain")
        self._cards = QBoxLayout(QBoxLayout.Direction.TopToBottom, inside)
        self._cards.setContentsMargins(0, 0, 0, 0)
        self._cards.setSpacing(SPACE + 4)
        self._menu = menu
        for slot in context.slots:
            self._add_card(slot)
        self.edit_button = QPushButton(EDIT_WEIGHTS)
        self.edit_button.setObjectName("edited")
        keys = current().key_text("Ctrl+E")
        self.edit_button.setToolTip(f"Create a third model: mix the weights of both, prune, or scale units ({keys})")
        self.edit_button.clicked.connect(lambda: context.store.set(ENABLED, True))
        self._cards.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        self.column.addWidget(area, 1)
        self.column.addWidget(self.edit_button)
        self._area = area
        self._add_units()
        self.setMinimumWidth(LEAST_WIDTH)
        context.pictures.changed.connect(self._follow_pictures)
        context.store.changed.connect(self._on_changed)
        self._follow_editing(context.store.session)

    def _add_card(self, slot: str) -> None:
        context = self._context
        card = self.cards[slot] = SlotCard(slot, context.theme)
        self.heads[slot] = SlotHead(slot, "predictions", context, self._binding, self._menu(slot))
        self.bars[slot] = Bars(slot, context.theme, context.view)
        self.bars[slot].chosen.connect(partial(self._pick, slot))
        card.column.addWidget(self.heads[slot])
        card.column.addWidget(self.bars[slot])
        self._cards.insertWidget(len(self.cards) - 1, card, 0, Qt.AlignmentFlag.AlignTop)

    def _pick(self, slot: str, prediction: Prediction) -> None:
        self.picked.emit(slot, prediction.key, self.bars[slot].top[0].key)

    def _mark(self, session: Session) -> None:
        """Mark the explained class in the explained slot."""
        for slot, bars in self.bars.items():
            bars.show_explained(explained_class(session, slot, bars.top[0].key if bars.top else ""))

    def _on_changed(self, old: Session, new: Session) -> None:
        if old.attribution is not new.attribution:
            self._mark(new)
        if old.models.edited.enabled != new.models.edited.enabled:
            self._follow_editing(new)
            if new.models.edited.enabled:
                QTimer.singleShot(0, self._area, lambda: self._area.ensureWidgetVisible(self.cards[EDITED], 0, 0))

    def _follow_editing(self, session: Session) -> None:
        """Show the edited model's card, or the button that enables it."""
        on = session.models.edited.enabled
        if on and EDITED not in self.cards:
            self._add_card(EDITED)
        if EDITED in self.cards:
            self.cards[EDITED].setVisible(on)
        self.edit_button.setVisible(not on)

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
        """Show the predictions of every slot."""
        self._evaluation = evaluation
        for result in evaluation.slots:
            if result.slot in self.bars:
                model = evaluation.session.models.model(result.slot)
                self.heads[result.slot].show_model(model)
                self._show_top(result, model)
        self._mark(self._context.store.session)

    def _show_top(self, result: SlotResult, model: ModelRef) -> None:
        pictures = [self._context.pictures.get(ClassPictureRequest(model, p.wnid, p.name)) for p in result.top]
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
        """Disconnect from the store and close the heads."""
        self._binding.close()
        self._context.store.changed.disconnect(self._on_changed, missing_ok=True)
        for head in self.heads.values():
            head.close_head()


def message_of(result: SlotResult) -> str:
    """Return why a slot shows no predictions, or an empty string."""
    return result.problem or ("" if result.top else "Predictions are off.")
