"""Commands on the scene as a whole."""

from __future__ import annotations

from collections.abc import Iterable

from perturber.gui.base.context import Context
from perturber.gui.base.documents import reset_scene
from perturber.gui.base.menu_command import Command, Entry, MenuPlace, MenuTitle, SubjectCommands


class SceneCommands(SubjectCommands):
    """Acts on all parameters of scene and effects at once."""

    def __init__(self, context: Context) -> None:
        self._store = context.store

    def commands(self) -> Iterable[Entry]:
        """Return the command that resets the scene."""
        title, place = "Reset All &Parameters", MenuPlace(3, 2)
        yield Command("reset", title, MenuTitle.EDIT, place, self.reset, shortcut="Ctrl+Shift+0")

    def reset(self) -> None:
        """Set all parameters of scene and effects to their defaults, as one step."""
        self._store.replace(reset_scene(self._store.session))
