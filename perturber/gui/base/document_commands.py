"""Commands on files and on the session as a whole: open, save, undo, redo."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from perturber.core.session.scene import MeshSubject
from perturber.core.storage.files import PICTURES
from perturber.gui.base.context import Context
from perturber.gui.base.documents import MESHES, SESSIONS, Documents
from perturber.gui.base.menu_command import Command, Entry, MenuPlace, MenuTitle, SubjectCommands, Submenu

KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "session": ("Open Session", SESSIONS),
    "mesh": ("Open Mesh", MESHES),
    "diffuse": ("Open Color Texture", PICTURES),
    "alpha": ("Open Opacity Texture", PICTURES),
    "background": ("Open Background", PICTURES),
    "photo": ("Open Photo", PICTURES),
}
"""Kinds of files: the title of the command that opens one, and the suffixes."""
TEXTURES = ("diffuse", "alpha")
Key = QKeySequence.StandardKey


class DocumentCommands(SubjectCommands):
    """Commands on files. ``previous`` is the file with the session of the window closed last; may not exist."""

    def __init__(self, context: Context, documents: Documents, previous: Path, window: QWidget) -> None:
        self._context, self._documents, self._previous, self._window = context, documents, previous, window
        self._has_previous = previous.is_file()

    def commands(self) -> Iterable[Entry]:
        """Return the commands for sessions, files of the scene, undo and redo."""
        file, edit = MenuTitle.FILE, MenuTitle.EDIT
        store = self._context.store
        ask, at = self.ask_for, MenuPlace
        yield Command("open", "&Open Session…", file, at(1, 1), lambda: ask("session"), shortcut=Key.Open, icon="open")
        yield Submenu("Open Recent", file, at(1, 2), self.recent_menu)
        yield Command(
            "previous",
            "Open &Previous Session",
            file,
            at(1, 3),
            self.open_previous,
            enabled=lambda: self._has_previous,
        )
        yield Command("save", "&Save Session", file, at(1, 5), self.save, shortcut=Key.Save, icon="save")
        yield Command("save_as", "Save Session As…", file, at(1, 6), self.save_as, shortcut="Ctrl+Shift+S")
        for number, kind in enumerate(KINDS, 1):
            if kind != "session":
                usable = self._has_mesh if kind in TEXTURES else None
                yield Command(kind, KINDS[kind][0] + "…", file, at(2, number), partial(ask, kind), enabled=usable)
        yield Command(
            "undo", "&Undo", edit, at(1, 1), store.undo, shortcut=Key.Undo, icon="undo", enabled=lambda: store.can_undo
        )
        yield Command(
            "redo", "&Redo", edit, at(1, 2), store.redo, shortcut=Key.Redo, icon="redo", enabled=lambda: store.can_redo
        )

    def _has_mesh(self) -> bool:
        return isinstance(self._context.store.session.scene.subject, MeshSubject)

    def ask_for(self, kind: str) -> None:
        """Ask for a file of a kind (a key of `KINDS`) and open it."""
        title, suffixes = KINDS[kind]
        pattern = " ".join(f"*{s}" for s in suffixes)
        name, _ = QFileDialog.getOpenFileName(self._window, title, "", f"{title[5:]} ({pattern});;All files (*)")
        if name:
            self._documents.open_file(kind, Path(name))

    def save(self) -> None:
        """Save the session to its file; ask for one if there is none."""
        path = self._documents.path
        if path is None:
            self.save_as()
        else:
            self._documents.save_session(path)

    def save_as(self) -> None:
        """Ask for a file and save the session to it."""
        start = str(self._documents.path or "session.json")
        name, _ = QFileDialog.getSaveFileName(self._window, "Save Session", start, "Session (*.json)")
        if name:
            path = Path(name)
            self._documents.save_session(path if path.suffix else path.with_suffix(".json"))

    def open_previous(self) -> None:
        """Open the session of the window that was closed last."""
        self._documents.restore_session(self._previous)

    def recent_menu(self, parent: QWidget) -> QMenu:
        """Return a menu of recent sessions that is filled when it opens."""
        menu = QMenu(parent)
        menu.aboutToShow.connect(lambda: self._fill_recent(menu))
        return menu

    def _fill_recent(self, menu: QMenu) -> None:
        menu.clear()
        for name in self._documents.recent:
            menu.addAction(name, partial(self._documents.open_session, Path(name)))
        if menu.isEmpty():
            menu.addAction("No recent sessions").setEnabled(False)
