"""Menus, shortcuts and the row of buttons beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QMenu, QToolButton, QWidget

from perturber.gui.style.icons import icon
from perturber.gui.style.theme import Theme

Do = Callable[[], None]
Shortcut = QKeySequence.StandardKey | str | None


@dataclass(frozen=True)
class Command:
    """One entry of a menu. ``icon`` also puts it into the row of buttons."""

    name: str
    text: str
    do: Do
    shortcut: Shortcut = None
    icon: str = ""
    tip: str = ""
    checkable: bool = False


SEPARATOR = None
Entry = Command | QMenu | None


class Actions:
    """Builds the menu bar from tables of commands and keeps the actions by name."""

    def __init__(self, window: QMainWindow, theme: Theme, menus: dict[str, list[Entry]]) -> None:
        self._window, self._theme = window, theme
        self._icons: list[tuple[QAction, str]] = []
        self.by_name: dict[str, QAction] = {}
        bar = window.menuBar()
        bar.clear()
        buttons = QWidget(bar)
        buttons.setObjectName("plain")
        self._line = QHBoxLayout(buttons)
        self._line.setContentsMargins(0, 2, 8, 2)
        self._line.setSpacing(2)
        for title, entries in menus.items():
            menu = bar.addMenu(title)
            menu.setToolTipsVisible(True)
            for entry in entries:
                self._add(menu, entry)
        if bar.isNativeMenuBar():
            tools = window.addToolBar("Tools")
            tools.setMovable(False)
            tools.addWidget(buttons)
        else:
            buttons.move(bar.width(), 0)  # or it would appear under a pointer in the corner for a moment
            bar.setCornerWidget(buttons, Qt.Corner.TopRightCorner)
            buttons.show()
        theme.changed.connect(self.recolor)
        self.recolor()

    def _add(self, menu: QMenu, entry: Entry) -> None:
        if entry is None:
            menu.addSeparator()
        elif isinstance(entry, QMenu):
            menu.addMenu(entry)
        else:
            self._command(menu, entry)

    def _command(self, menu: QMenu, command: Command) -> None:
        action = QAction(command.text, self._window)
        action.setCheckable(command.checkable)
        if command.shortcut is not None:
            action.setShortcuts(
                QKeySequence.keyBindings(command.shortcut)
                if isinstance(command.shortcut, QKeySequence.StandardKey)
                else [QKeySequence(command.shortcut)]
            )
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip((command.tip or command.text.rstrip("…")) + (f" ({keys})" if keys else ""))
        action.triggered.connect(lambda _on=False: command.do())
        menu.addAction(action)
        self.by_name[command.name] = action
        if command.icon:
            self._icons.append((action, command.icon))
            button = QToolButton()
            button.setDefaultAction(action)
            button.setIconSize(QSize(16, 16))
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            self._line.addWidget(button)

    def set_icon(self, name: str, which: str) -> None:
        """Give an action another icon."""
        self._icons = [(a, which if a is self.by_name[name] else i) for a, i in self._icons]
        self.recolor()

    def recolor(self) -> None:
        """Draw the icons in the theme's colors."""
        colors = self._theme.colors
        for action, name in self._icons:
            action.setIcon(icon(name, colors.muted, colors.line))
            action.setIconVisibleInMenu(False)
