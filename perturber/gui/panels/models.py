"""The menu of models of one slot: families, their variants and checkpoints, and any architecture."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from perturber.core.models import FamilyModel, ModelRef
from perturber.core.parameter import get
from perturber.gui.context import Context


def add_caption(menu: QMenu, text: str) -> None:
    """A line in a menu that names what follows."""
    if not menu.isEmpty():
        menu.addSeparator()
    menu.addAction(text).setEnabled(False)


class ModelMenu(QMenu):
    """Filled when it opens, so that it always shows what there is and what is chosen."""

    def __init__(
        self, slot: str, context: Context, other: Callable[[str], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._path = f"models.{slot}.model"
        self._slot, self._context, self._other = slot, context, other
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """Make the entries anew."""
        self.clear()
        current = get(self._context.store.session, self._path)
        families = self._context.resources.families
        for name, family in families.items():
            place = self if len(families) == 1 else self.addMenu(family.label)
            if place is self:
                add_caption(self, family.label)
            for variant in family.variants:
                ref = FamilyModel(family=name, variant=variant.name)
                if len(variant.checkpoints) <= 1:
                    self._add(place, variant.label, ref, current)
                    continue
                steps = place.addMenu(variant.label)
                self._add(steps, "Last", ref, current)
                for checkpoint in variant.checkpoints:
                    self._add(steps, checkpoint.name, ref.model_copy(update={"checkpoint": checkpoint.name}), current)
        self.addSeparator()
        self.addAction("Architecture…", partial(self._other, self._slot))

    def _add(self, menu: QMenu, label: str, ref: ModelRef, current: ModelRef) -> None:
        action = QAction(label, menu)
        action.setCheckable(True)
        action.setChecked(ref == current)
        action.triggered.connect(lambda: self._context.store.set(self._path, ref))
        menu.addAction(action)
