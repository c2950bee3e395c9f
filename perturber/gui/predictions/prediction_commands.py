"""Commands on the predictions: their units, and the pictures beside the classes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from perturber.gui.base.context import Context
from perturber.gui.base.documents import Documents
from perturber.gui.base.menu_command import Command, Entry, MenuPlace, MenuTitle, SubjectCommands

CLASSES = "Choose a folder with a picture for each class, named by WordNet id (n02123045.jpg) or sorted as in ImageNet"


class PredictionCommands(SubjectCommands):
    """Acts on how the predictions are shown."""

    def __init__(self, context: Context, documents: Documents, window: QWidget) -> None:
        self._view, self._documents, self._window = context.view, documents, window

    def commands(self) -> Iterable[Entry]:
        """Return the commands for logits and class pictures."""
        menu, view, documents, at = MenuTitle.VIEW, self._view, self._documents, MenuPlace
        yield Command(
            "logits",
            "Logits",
            menu,
            at(1, 3),
            lambda: view.set_logits(not view.logits),
            shortcut="L",
            tip="Show predictions as logits instead of probabilities",
            checked=lambda: view.logits,
        )
        yield Command("classes", "&Class Pictures…", menu, at(2, 1), self.choose_class_pictures, tip=CLASSES)
        yield Command(
            "no_classes",
            "&Forget Class Pictures",
            menu,
            at(2, 2),
            documents.forget_class_pictures,
            enabled=lambda: bool(documents.class_pictures),
        )

    def choose_class_pictures(self) -> None:
        """Let a person choose the folder whose pictures stand beside the classes."""
        start = self._documents.class_pictures
        name = QFileDialog.getExistingDirectory(self._window, "Class Pictures", start)
        if name:
            self._documents.open_class_pictures(Path(name))
