"""The menu of models for one slot: families, variants, and any architecture."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from perturber.core.parameters.parameter import get
from perturber.core.session.models import FamilyModel, ModelRef
from perturber.gui.base.context import Context
from perturber.gui.models.checkpoints import checkpoint_of
from perturber.nets.families.family import Family, Variant


def add_caption(menu: QMenu, text: str) -> None:
    """Add a disabled entry that names the entries below it."""
    if not menu.isEmpty():
        menu.addSeparator()
    menu.addAction(text).setEnabled(False)


def match_step(current: ModelRef, family: Family, variant: Variant) -> FamilyModel:
    """Return a variant at the step of the current model if that is of the same family, else at its last step."""
    ref = FamilyModel(family=family.name, variant=variant.name)
    stands = checkpoint_of(current, {family.name: family})
    if stands is None or not isinstance(current, FamilyModel) or not current.checkpoint:
        return ref
    return ref.model_copy(update={"checkpoint": variant.reference(variant.nearest(stands.step))})


class ModelMenu(QMenu):
    """Filled when it opens, so that it always shows the available models and the current one."""

    def __init__(
        self, slot: str, context: Context, other: Callable[[str], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._path = f"models.{slot}.model"
        self._slot, self._context, self._other = slot, context, other
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """Rebuild the entries."""
        self.clear()
        current = get(self._context.store.session, self._path)
        for family in self._context.resources.families.values():
            alone = len(family.variants) == 1
            place = self if alone else self.addMenu(family.label)
            for variant in family.variants:
                self._add(
                    place, family.label if alone else variant.label, match_step(current, family, variant), current
                )
        self.addSeparator()
        self.addAction("Architecture…", partial(self._other, self._slot))

    def _add(self, menu: QMenu, label: str, ref: FamilyModel, current: ModelRef) -> None:
        action = QAction(label, menu)
        action.setCheckable(True)
        here = isinstance(current, FamilyModel) and (current.family, current.variant) == (ref.family, ref.variant)
        action.setChecked(here)
        action.triggered.connect(lambda: self._context.store.set(self._path, current if here else ref))
        menu.addAction(action)
