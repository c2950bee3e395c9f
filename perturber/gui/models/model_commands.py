"""Commands on the models: which one stands in a slot, and which weights there are."""

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

WEIGHTS = "Download, verify and remove networks whose weights others publish"


class ModelCommands(SubjectCommands):
    """Makes the menus of models, and the windows behind them."""

    def __init__(self, context: Context, documents: Documents, tasks: Tasks, window: QWidget) -> None:
        self._context, self._documents, self._window = context, documents, window
        self.architectures: tuple[str, ...] = ()
        """Those that the engine knows; none while it starts."""
        self.weights = LateWindow(lambda: WeightsDialog(context.resources, tasks, parent=window))
        context.bridge.status.connect(self._on_status)

    def commands(self) -> Iterable[Entry]:
        """Return a menu for each slot, and the command for published weights."""
        models = MenuTitle.MODELS
        for number, slot in enumerate(self._context.slots, 1):
            yield Submenu(title_of(slot), models, MenuPlace(1, number), partial(self.menu, slot))
        yield Command("weights", "Manage &Weights…", models, MenuPlace(2, 1), self.weights.bring, tip=WEIGHTS)

    def menu(self, slot: str, parent: QWidget) -> ModelMenu:
        """Return a menu of the models that can stand in a slot."""
        return ModelMenu(slot, self._context, self.choose_architecture, parent)

    def choose_architecture(self, slot: str) -> None:
        """Let a person put any architecture into a slot."""
        dialog = ArchitectureDialog(slot, self.architectures, self._window)
        dialog.chosen.connect(lambda name, weights: self._documents.open_model(slot, name, weights))
        dialog.open()

    def close(self) -> None:
        """End a download."""
        if self.weights.window is not None:
            self.weights.window.errand.close()

    def _on_status(self, status: Status) -> None:
        self.architectures = status.architectures
