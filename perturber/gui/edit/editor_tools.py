"""What the weight editor keeps and gives away: presets, and the edited weights as a file."""

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
from perturber.gui.models.identity import described
from perturber.gui.models.model_menu import add_caption
from perturber.gui.models.slot_head import EDIT, ENABLED
from perturber.gui.widgets.inputs.elided import MenuButton
from perturber.gui.widgets.inputs.naming import NameDialog

SUFFIX = ".safetensors"
Blocks = Callable[[], tuple[str, ...]]
"""The blocks of Model 1, in order; none while they are unknown."""


class PresetMenu(QMenu):
    """Edits to choose: blocks up to one from Model 2, and a person's own. Filled when it opens.

    What is chosen is shown: it opens the editor.
    """

    def __init__(self, context: Context, own: OwnPresets, blocks: Blocks, parent: QWidget | None = None) -> None:
        super().__init__("Presets", parent)
        self._context, self._own, self._blocks = context, own, blocks
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """Make the entries again."""
        self.clear()
        upto = self.addMenu("Blocks from Model 2")
        for block in self._blocks():
            upto.addAction(f"Up to {block} from Model 2", partial(self._mix_up_to, block))
        upto.setEnabled(not upto.isEmpty())
        presets = self._presets()
        if presets:
            add_caption(self, "Yours")
        for preset in presets:
            action = self.addAction(preset.name.replace("&", "&&"), partial(self.apply, preset))
            action.setToolTip(described(preset.edit))
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
        """Make a preset the session's edit, if Model 1 has its blocks."""
        blocks = self._blocks()
        missing = unknown(preset.edit, blocks) if blocks else ()
        if missing:
            text = f"{preset.name} is for another network: Model 1 has no {', '.join(missing)}; it has "
            self._context.report(text + ", ".join(blocks), "error")
        else:
            self._show(preset.edit)

    def save(self) -> None:
        """Ask for a name for the session's edit."""
        edit = self._edit
        use = partial(self._own.save, edit=edit)
        NameDialog("Save as Preset", described(edit), "", use, self._context_window()).open()

    def rename(self, name: str) -> None:
        """Ask for another name of a preset."""
        use = partial(self._own.rename, name)
        NameDialog("Rename Preset", f"Another name for {name}", name, use, self._context_window()).open()

    def delete(self, name: str) -> None:
        """Forget a preset; the session's edit stays."""
        try:
            self._own.delete(name)
        except InputError as error:
            self._context.report(str(error), "error")

    def _context_window(self) -> QWidget:
        parent = self.parentWidget()
        return parent.window() if parent is not None else self


class PresetButton(MenuButton):
    """Opens the presets."""

    def __init__(self, menu: PresetMenu) -> None:
        super().__init__()
        self.setObjectName("quiet")
        self.setToolTip("Built-in and saved edits")
        self.setMenu(menu)
        self.set_name("Presets")


class SaveButton(QToolButton):
    """Asks for a file and has the engine write the edited weights to it."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._question = context.question(self, retries=0)  # a person decides whether to write again
        self._question.answered.connect(self._on_answered)
        self._path = Path("edited.safetensors")
        self.setObjectName("quiet")
        self.setToolTip("Save the edited weights as a file, to open as any other model")
        self.clicked.connect(self.ask)
        self._say()

    def ask(self) -> None:
        """Let a person choose a file, and write it."""
        name, _ = QFileDialog.getSaveFileName(
            self.window(), "Save Edited Weights", str(self._path), f"Weights (*{SUFFIX})"
        )
        if name:
            path = Path(name)
            self.save(path if path.suffix else path.with_suffix(SUFFIX))

    def save(self, path: Path) -> None:
        """Have the weights written; how it ended is said."""
        self._path = path
        self._question.ask(SaveWeights(file=str(path)))
        self._say()

    def _say(self) -> None:
        self.setText("Saving…" if self._question.is_open else "Save…")
        self.setEnabled(not self._question.is_open)

    def _on_answered(self, answer: Answer) -> None:
        if not answer.finished:
            return
        self._say()
        if not answer.problem:
            self._context.report(f"The edited weights are saved as {self._path}", "info")
        elif self._path.name in answer.problem:
            self._context.report(answer.problem, "error")
        else:
            self._context.report(f"{self._path}: {answer.problem}", "error")
