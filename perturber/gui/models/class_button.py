"""The button that chooses a class from the network's top predictions or by search."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from perturber.core.errors import InputError
from perturber.core.evaluation import Evaluation, Prediction
from perturber.core.session.models import EditedModel, FamilyModel, ModelRef
from perturber.gui.base.context import Context
from perturber.gui.widgets.inputs.elided import MenuButton
from perturber.gui.widgets.inputs.finder import Finder, Row
from perturber.nets.lookup.label_file import read_labels
from perturber.nets.lookup.labels import imagenet

FRAME, ALL = "On This Frame", "All Classes"
MOST = 60
"""Most classes in the list; typing finds the others."""


class ClassButton(MenuButton):
    """Shows a class; a click opens a searchable list of classes.

    ``chosen`` carries the WordNet id, the name of a class without one, or an empty text for the entry ``first``
    (such as "Leading class").
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
        """The list of classes, created on first use."""
        if self._finder is None:
            self._finder = Finder(self)
            self._finder.searched.connect(self._fill)
            self._finder.chosen.connect(self.chosen.emit)
        return self._finder

    def show_class(self, slot: str, wnid: str) -> None:
        """Show the class with this WordNet id in the network of a slot."""
        self._slot, self._wnid = slot, wnid
        self.set_name(self.name_of(wnid) if wnid else self._first)

    def set_first(self, first: str) -> None:
        """Rename the entry that stands for no particular class."""
        self._first = first
        self.show_class(self._slot, self._wnid)

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Store the top predictions."""
        self._top = {result.slot: result.top for result in evaluation.slots}

    def name_of(self, wnid: str) -> str:
        """Return the display name of a class; its WordNet id, name or number as typed if the name is unknown."""
        tops = ((p.wnid, p.name) for top in self._top.values() for p in top)
        named = {**dict(_imagenet()), **dict(tops), **dict(self._classes())}
        return named.get(wnid, wnid) if wnid else ""

    def open(self) -> None:
        """Open the list."""
        self.finder.open_below(self)
        self._fill("")

    def _classes(self) -> tuple[tuple[str, str], ...]:
        """Return WordNet id and name of each class that the slot's network predicts; none if they are unknown."""
        ref: ModelRef = self._context.store.session.models.model(self._slot)
        trained = ref.first if isinstance(ref, EditedModel) else ref
        if isinstance(trained, FamilyModel):
            family = self._context.resources.families.get(trained.family)
            return family.classes if family is not None else _imagenet()
        if trained.labels is not None:
            return _labels_in(Path(trained.labels.path))
        return _imagenet() if all(p.wnid for p in self._top.get(self._slot, ())) else ()

    def _fill(self, text: str) -> None:
        rows: list[Row] = [("", self._first, self._tip, "")] if text in self._first.lower() else []
        top = [(p.wnid, p.name) for p in self._top.get(self._slot, ())]
        rows += [(FRAME, name, wnid, wnid or name) for wnid, name in top if _matches(text, wnid, name)]
        known = self._classes()
        found = [(wnid, name) for wnid, name in known if _matches(text, wnid, name)]
        ordered = sorted(found, key=lambda pair: pair[1].lower())[:MOST]
        rows += [(ALL, name, wnid, wnid or name) for wnid, name in ordered]
        if len(found) > MOST:
            rows.append((ALL, f"… and {len(found) - MOST} more. Type to search.", "", None))
        number = text.removeprefix("class").strip()
        if not known and number.isdecimal():
            rows.append((ALL, f"class {int(number)}", "The class of this number", f"class {int(number)}"))
        self.finder.fill(rows or [("No matches", "", "", None)])


def _labels_in(file: Path) -> tuple[tuple[str, str], ...]:
    """The classes in a file of labels, none while it cannot be read: the engine says why."""
    with suppress(InputError):
        labels = read_labels(file)
        return tuple(zip(labels.wnids, labels.names, strict=True))
    return ()


def _matches(text: str, wnid: str, name: str) -> bool:
    return text in name.lower() or text in wnid


def _imagenet() -> tuple[tuple[str, str], ...]:
    labels = imagenet()
    return tuple(zip(labels.wnids, labels.names, strict=True))
