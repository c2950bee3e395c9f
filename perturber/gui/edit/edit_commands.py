"""Commands on the edited model: its editor, and presets of edits."""

from __future__ import annotations

from collections.abc import Iterable

from perturber.gui.base.context import Context
from perturber.gui.base.menu_command import Command, Entry, MenuPlace, MenuTitle, SubjectCommands, Submenu
from perturber.gui.edit.editing import Editing
from perturber.gui.models.slot_head import ENABLED

EDITOR = "Make a third model: mix the weights of both, prune, change single units"


class EditCommands(SubjectCommands):
    """Opens the editor and offers presets."""

    def __init__(self, context: Context, editing: Editing) -> None:
        self._store, self._editing = context.store, editing

    def commands(self) -> Iterable[Entry]:
        """Return the command for the editor, and the menu of presets."""
        menu = MenuTitle.EDIT
        yield Command(
            "weights_editor",
            "&Edit Weights",
            menu,
            MenuPlace(4, 1),
            self.toggle,
            shortcut="Ctrl+E",
            tip=EDITOR,
            checked=self._is_open,
        )
        yield Submenu("Weight &Presets", menu, MenuPlace(4, 2), self._editing.menu)

    def _is_open(self) -> bool:
        return self._store.session.models.edited.enabled

    def toggle(self) -> None:
        """Open or close the editor; the edit is kept."""
        self._store.set(ENABLED, not self._is_open())
