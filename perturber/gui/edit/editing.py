"""The edited model in the window: editor, presets, and live feature images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from perturber.core.evaluation import Evaluation
from perturber.core.library.presets import OwnPresets
from perturber.core.session.session import Session
from perturber.gui.base.context import Context
from perturber.gui.edit.editor_tools import PresetButton, PresetMenu, SaveButton
from perturber.gui.models.slot_head import EDITED
from perturber.gui.neurons.neurons import Neurons

if TYPE_CHECKING:
    from perturber.gui.edit.editor_live import LiveImages
    from perturber.gui.edit.editor_panel import EditorPanel

HEAD = "head"
"""The block after the last layer."""


class Editing(QObject):
    """The controller that opens and closes the editor with the edited model, creating parts on first use."""

    opened = Signal(QWidget)
    """Emitted with the editor when it opens."""
    closed = Signal()
    """Emitted when the editor closes."""

    def __init__(self, context: Context, presets_file: Path, window: QWidget) -> None:
        super().__init__(window)
        self._context, self._window = context, window
        self._own = OwnPresets(presets_file)
        self.blocks: tuple[str, ...] = ()
        self.panel: EditorPanel | None = None
        self.live: LiveImages | None = None
        self._last: Evaluation | None = None
        context.store.changed.connect(self._on_changed)

    def watch(self, neurons: Neurons) -> None:
        """Add the play button to the edited model's card, once that card exists."""
        neurons.added.connect(lambda slot: self._on_added(neurons, slot))
        for slot in tuple(neurons.heads):
            self._on_added(neurons, slot)

    def menu(self, parent: QWidget) -> PresetMenu:
        """Return a menu of presets."""
        return PresetMenu(self._context, self._own, lambda: self.blocks, parent)

    def _on_changed(self, old: Session, new: Session) -> None:
        if old.models.edited.enabled != new.models.edited.enabled:
            self.follow(new)

    def follow(self, session: Session) -> None:
        """Open the editor if the edited model is enabled, otherwise close it."""
        if not session.models.edited.enabled:
            self.closed.emit()
            return
        if self.panel is None:
            from perturber.gui.edit.editor_panel import EditorPanel  # late: the main window starts without it

            self.panel = EditorPanel(self._context, self._tools())
            self._show_last()
        self.opened.emit(self.panel)

    def _tools(self) -> list[QWidget]:
        return [PresetButton(self.menu(self._window)), SaveButton(self._context)]

    def _on_added(self, neurons: Neurons, slot: str) -> None:
        if slot == EDITED and self.live is None:
            from perturber.gui.edit.editor_live import LiveImages  # late, as above

            grid = neurons.grids[slot]
            self.live = LiveImages(self._context, lambda: (grid.shown.layer, grid.visible_units), self)
            neurons.heads[slot].tools.addWidget(self.live.button)
            grid.looked.connect(self.live.follow)

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Store the blocks of Model 1 and update the parts."""
        self._last = evaluation
        for result in evaluation.slots:
            if result.slot == "slot1" and result.layers:
                self.blocks = (*result.layers, HEAD)
        self._show_last()
        if self.live is not None:
            self.live.follow()

    def _show_last(self) -> None:
        if self.panel is not None and self._last is not None:
            self.panel.show_evaluation(self._last, self.blocks)

    def close(self) -> None:
        """Disconnect from the store and close the parts."""
        self._context.store.changed.disconnect(self._on_changed, missing_ok=True)
        if self.live is not None:
            self.live.close()
        if self.panel is not None:
            self.panel.close_panel()
