"""Choosing a class: by the network's own answer, or by search."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from perturber.core.evaluation import Evaluation, Prediction
from perturber.core.session.models import EditedModel, FamilyModel, ModelRef
from perturber.gui.base.context import Context
from perturber.gui.widgets.inputs.elided import MenuButton
from perturber.gui.widgets.inputs.finder import Finder, Row
from perturber.nets.lookup.labels import imagenet

FRAME, ALL = "On This Frame", "All Classes"
MOST = 60
"""Classes that the list shows at once; typing finds the others."""


class ClassButton(MenuButton):
    """Shows a class; a click opens a list in which one is searched.

    ``chosen`` carries its WordNet id, an empty one for what ``first`` names (such as "Leading class").
    """

    chosen = Signal(str)

    def __init__(self, context: Context, first: str, tip: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context, self._first, self._tip = context, first, tip
        self._slot, self._wnid = context.slots[0], ""
        self._top: dict[str, tuple[Prediction, ...]] = {}
        self._finder: Finder | None = None
        self.setObjectName("model")
        self.setToolTip(tip)
        self.clicked.connect(self.open)
        self.show_class(self._slot, "")

    @property
    def finder(self) -> Finder:
        """The list, made when it is first opened."""
        if self._finder is None:
            self._finder = Finder(self)
            self._finder.searched.connect(self._fill)
            self._finder.chosen.connect(self.chosen.emit)
        return self._finder

    def show_class(self, slot: str, wnid: str) -> None:
        """Show the class of this WordNet id in this slot's network."""
        self._slot, self._wnid = slot, wnid
        self.set_name(self.name_of(wnid) if wnid else self._first)

    def set_first(self, first: str) -> None:
        """Name the choice of no class anew."""
        self._first = first
        self.show_class(self._slot, self._wnid)

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Learn what the networks answer."""
        self._top = {result.slot: result.top for result in evaluation.slots}

    def name_of(self, wnid: str) -> str:
        """A class's name for people; its WordNet id when nobody knows it."""
        tops = ((p.wnid, p.name) for top in self._top.values() for p in top)
        named = {**dict(_imagenet()), **dict(tops), **dict(self._classes())}
        return named.get(wnid, wnid)

    def open(self) -> None:
        """Show the list."""
        self.finder.open_below(self)
        self._fill("")

    def _classes(self) -> tuple[tuple[str, str], ...]:
        """WordNet id and name of what the slot's network can answer."""
        ref: ModelRef = self._context.store.session.models.model(self._slot)
        trained = ref.first if isinstance(ref, EditedModel) else ref
        family = self._context.resources.families.get(trained.family) if isinstance(trained, FamilyModel) else None
        return family.classes if family is not None else _imagenet()

    def _fill(self, text: str) -> None:
        rows: list[Row] = [("", self._first, self._tip, "")] if text in self._first.lower() else []
        top = [(p.wnid, p.name) for p in self._top.get(self._slot, ()) if p.wnid]
        rows += [(FRAME, name, wnid, wnid) for wnid, name in top if _meant(text, wnid, name)]
        found = [(wnid, name) for wnid, name in self._classes() if wnid and _meant(text, wnid, name)]
        rows += [(ALL, name, wnid, wnid) for wnid, name in sorted(found, key=lambda pair: pair[1].lower())[:MOST]]
        if len(found) > MOST:
            rows.append((ALL, f"… and {len(found) - MOST} more: type to find them", "", None))
        self.finder.fill(rows or [("No matches", "", "", None)])


def _meant(text: str, wnid: str, name: str) -> bool:
    return text in name.lower() or text in wnid


def _imagenet() -> tuple[tuple[str, str], ...]:
    labels = imagenet()
    return tuple(zip(labels.wnids, labels.names, strict=True))
