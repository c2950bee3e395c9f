"""The menu bar and its shortcuts, made from the commands that the subjects declare."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from perturber.gui.base.holding import HoldKey
from perturber.gui.base.menu_command import (
    Command,
    Entry,
    HoldCommand,
    MenuTitle,
    Shortcut,
    SubjectCommands,
    Submenu,
    text_of,
)
from perturber.gui.shell.button_row import ButtonRow
from perturber.gui.shell.window import Window


class Menus(QObject):
    """Fills the menu bar; knows nothing of what the commands do. Two commands of one name raise ValueError."""

    def __init__(self, window: Window, subjects: Iterable[SubjectCommands]) -> None:
        super().__init__(window)
        self._window = window
        self._commands: dict[str, Command] = {}
        self.actions: dict[str, QAction] = {}
        """The actions by their commands' ids."""
        window.menuBar().clear()
        self._buttons = ButtonRow(window, window.theme)
        entries = [entry for subject in subjects for entry in subject.commands()]
        for title in MenuTitle:
            self._add_menu(title, entries)
        self._buttons.place(window)
        for entry in entries:
            hold = entry.hold if isinstance(entry, Command) else entry
            if isinstance(hold, HoldCommand):
                self._add_hold(hold)
        # Few have a state that changes, and it is read on every edit of the session.
        self._changing = [c for c in self._commands.values() if c.enabled or c.checked or callable(c.title)]
        window.view.changed.connect(self.follow)
        window.theme.changed.connect(self._follow_theme)
        self._follow_theme()

    def _add_menu(self, title: MenuTitle, entries: Iterable[Entry]) -> None:
        menu = self._window.menuBar().addMenu(title.value)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self.follow)
        mine = [entry for entry in entries if isinstance(entry, (Command, Submenu)) and entry.menu == title]
        group = None
        for entry in sorted(mine, key=lambda entry: entry.place):
            if group not in (None, entry.place.group):
                menu.addSeparator()
            group = entry.place.group
            if isinstance(entry, Submenu):
                inner = entry.make(self._window)
                inner.setTitle(entry.title)
                menu.addMenu(inner)
            else:
                self._add_command(menu, entry)

    def _add_command(self, menu: QMenu, command: Command) -> None:
        if command.id in self._commands:
            raise ValueError(f"two commands are named {command.id}")
        title = text_of(command.title)
        action = QAction(title if command.hold is None else f"{title}\t{command.hold.key}", self._window)
        action.setCheckable(command.checked is not None)
        action.setShortcuts(_sequences(command.shortcut))
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        tip = command.tip or title.replace("&", "").rstrip("…")
        action.setToolTip(tip + (f" ({keys})" if keys else ""))
        action.triggered.connect(lambda _on=False: self._run(command))
        menu.addAction(action)
        self._commands[command.id], self.actions[command.id] = command, action
        if command.icon:
            self._buttons.add(action, command.icon)

    def _add_hold(self, hold: HoldCommand) -> None:
        key = HoldKey(hold.key, self._window)
        key.pressed.connect(hold.press)
        key.released.connect(hold.release)

    def _run(self, command: Command) -> None:
        command.run()
        self.follow()  # Qt has turned the check mark, whatever came of it

    def follow(self) -> None:
        """Show what is possible and what is on at the moment."""
        for command in self._changing:
            action = self.actions[command.id]
            if command.enabled is not None:
                action.setEnabled(command.enabled())
            if command.checked is not None:
                action.setChecked(command.checked())
            if callable(command.title):
                action.setText(command.title())

    def _follow_theme(self) -> None:
        self._buttons.draw()
        self.follow()


def _sequences(shortcut: Shortcut) -> list[QKeySequence]:
    """The keys of a shortcut; several where the platform has several for the same."""
    if isinstance(shortcut, QKeySequence.StandardKey):
        return QKeySequence.keyBindings(shortcut)
    return [] if shortcut is None else [QKeySequence(shortcut)]
