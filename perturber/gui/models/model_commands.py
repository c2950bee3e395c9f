"""Commands on the models: choose the model of a slot, manage published weights."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from PySide6.QtWidgets import QWidget

from perturber.engine.process.wire import Status
from perturber.gui.answers.tasks import Tasks
from perturber.gui.base.context import Context
from perturber.gui.base.documents import Documents
from perturber.gui.base.menu_command import Command, Entry, MenuPlace, MenuTitle, SubjectCommands, Submenu
from perturber.gui.models.architecture_dialog import ArchitectureDialog
from perturber.gui.models.model_menu import ModelMenu
from perturber.gui.models.slot_head import title_of
from perturber.gui.models.weights_dialog import WeightsDialog
from perturber.gui.widgets.frames.late_window import LateWindow

WEIGHTS = "Download, verify and remove published weights"


class ModelCommands(SubjectCommands):
    """Builds the menus of models and owns the dialogs that they open."""

    def __init__(self, context: Context, documents: Documents, tasks: Tasks, window: QWidget) -> None:
        self._context, self._documents, self._window = context, documents, window
        self.architectures: tuple[str, ...] = ()
        """Architectures that the engine reported; empty until it has."""
        self.weights = LateWindow(lambda: WeightsDialog(context.resources, tasks, parent=window))
        self._open: ArchitectureDialog | None = None
        context.bridge.status.connect(self._on_status)

    def commands(self) -> Iterable[Entry]:
        """Return a menu for each slot, and the command for published weights."""
        models = MenuTitle.MODELS
        for number, slot in enumerate(self._context.slots, 1):
            yield Submenu(title_of(slot), models, MenuPlace(1, number), partial(self.menu, slot))
        yield Command("weights", "Manage &Weights…", models, MenuPlace(2, 1), self.weights.bring, tip=WEIGHTS)

    def menu(self, slot: str, parent: QWidget) -> ModelMenu:
        """Return a menu of the models available for a slot."""
        return ModelMenu(slot, self._context, self.choose_architecture, parent)

    def choose_architecture(self, slot: str) -> None:
        """Open the dialog that chooses an architecture for a slot."""
        dialog = ArchitectureDialog(slot, self.architectures, self._window)
        dialog.chosen.connect(partial(self._documents.open_model, slot))
        dialog.finished.connect(self._forget)
        self._open = dialog
        dialog.open()

    def close(self) -> None:
        """Stop a running download."""
        if self.weights.window is not None:
            self.weights.window.errand.close()

    def _on_status(self, status: Status) -> None:
        self.architectures = status.architectures
        if self._open is not None:
            self._open.list_names(self.architectures)

    def _forget(self) -> None:
        self._open = None
