"""The tools of the weight editor: presets, and saving the edited weights."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMenu, QToolButton, QWidget

from perturber.core.errors import InputError
from perturber.core.jobs.job import Answer, SaveWeights
from perturber.core.library.presets import OwnPresets, Preset, unknown
from perturber.core.session.edit import Edit
from perturber.gui.base.context import Context
from perturber.gui.models.identity import describe_edit
from perturber.gui.models.model_menu import add_caption
from perturber.gui.models.slot_head import EDIT, ENABLED
from perturber.gui.widgets.inputs.elided import MenuButton
from perturber.gui.widgets.inputs.naming import NameDialog

SUFFIX = ".safetensors"
Blocks = Callable[[], tuple[str, ...]]
"""Returns the blocks of Model 1 in order, or none while unknown."""


class PresetMenu(QMenu):
    """The menu of built-in and saved edits, filled when it opens.

    Choosing an edit also opens the editor.
    """

    def __init__(self, context: Context, own: OwnPresets, blocks: Blocks, parent: QWidget | None = None) -> None:
        super().__init__("Presets", parent)
        self._context, self._own, self._blocks = context, own, blocks
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """Rebuild the entries."""
        self.clear()
        upto = self.addMenu("Blocks from Model 2")
        for block in self._blocks():
            upto.addAction(f"Up to {block}", partial(self._mix_up_to, block))
        upto.setEnabled(not upto.isEmpty())
        presets = self._presets()
        if presets:
            add_caption(self, "Your Presets")
        for preset in presets:
            action = self.addAction(preset.name.replace("&", "&&"), partial(self.apply, preset))
            action.setToolTip(describe_edit(preset.edit))
        self.addSeparator()
        self.addAction("Save as Preset…", self.save).setEnabled(not self._edit.identity)
        for title, do in (("Rename", self.rename), ("Delete", self.delete)):
            menu = self.addMenu(title)
            for preset in presets:
                menu.addAction(preset.name.replace("&", "&&"), partial(do, preset.name))
            menu.setEnabled(bool(presets))

    @property
    def _edit(self) -> Edit:
        return self._context.store.session.models.edited.edit

    def _presets(self) -> tuple[Preset, ...]:
        try:
            presets = self._own.all()
        except InputError as error:
            self._context.report(str(error), "error")
            return ()
        if self._own.message:
            self._context.report(self._own.message, "error")
            self._own.message = ""
        return presets

    def _mix_up_to(self, block: str) -> None:
        self._show(self._edit.mixed_up_to(block, self._blocks()))

    def _show(self, edit: Edit) -> None:
        self._context.store.update({EDIT: edit, ENABLED: True})

    def apply(self, preset: Preset) -> None:
        """Apply a preset to the session, if Model 1 has its blocks."""
        blocks = self._blocks()
        missing = unknown(preset.edit, blocks) if blocks else ()
        if missing:
            text = f"{preset.name} does not match Model 1, which has no {', '.join(missing)}. Its blocks: "
            self._context.report(text + ", ".join(blocks), "error")
        else:
            self._show(preset.edit)

    def save(self) -> None:
        """Ask for a name and save the session's edit as a preset."""
        edit = self._edit
        use = partial(self._own.save, edit=edit)
        NameDialog("Save as Preset", describe_edit(edit), "", use, self._context_window()).open()

    def rename(self, name: str) -> None:
        """Ask for a new name for a preset."""
        use = partial(self._own.rename, name)
        NameDialog("Rename Preset", f"New name for {name}", name, use, self._context_window()).open()

    def delete(self, name: str) -> None:
        """Delete a preset; the session's edit stays."""
        try:
            self._own.delete(name)
        except InputError as error:
            self._context.report(str(error), "error")

    def _context_window(self) -> QWidget:
        parent = self.parentWidget()
        return parent.window() if parent is not None else self


class PresetButton(MenuButton):
    """The button that opens the presets."""

    def __init__(self, menu: PresetMenu) -> None:
        super().__init__()
        self.setObjectName("quiet")
        self.setToolTip("Built-in and saved edits")
        self.setMenu(menu)
        self.set_name("Presets")


class SaveButton(QToolButton):
    """The button that saves the edited weights to a file."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._question = context.question(self, retries=0)  # the user decides whether to write again
        self._question.answered.connect(self._on_answered)
        self._path = Path("edited.safetensors")
        self.setObjectName("quiet")
        self.setToolTip("Save the edited weights to a file that opens like any other checkpoint")
        self.clicked.connect(self.ask)
        self._say()

    def ask(self) -> None:
        """Ask for a file and save the weights."""
        name, _ = QFileDialog.getSaveFileName(
            self.window(), "Save Edited Weights", str(self._path), f"Weights (*{SUFFIX})"
        )
        if name:
            path = Path(name)
            self.save(path if path.suffix else path.with_suffix(SUFFIX))

    def save(self, path: Path) -> None:
        """Save the weights through the engine and report the outcome."""
        self._path = path
        self._question.ask(SaveWeights(file=str(path)))
        self._say()

    def _say(self) -> None:
        self.setText("Saving…" if self._question.is_open else "Save Weights…")
        self.setEnabled(not self._question.is_open)

    def _on_answered(self, answer: Answer) -> None:
        if not answer.finished:
            return
        self._say()
        if not answer.problem:
            self._context.report(f"Saved the edited weights to {self._path}", "info")
        elif self._path.name in answer.problem:
            self._context.report(answer.problem, "error")
        else:
            self._context.report(f"{self._path}: {answer.problem}", "error")
