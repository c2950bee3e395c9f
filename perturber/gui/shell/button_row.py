"""The row of buttons beside the menus."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QToolButton, QWidget

from perturber.gui.base.menu_command import Text, text_of
from perturber.gui.style.icons import icon
from perturber.gui.style.theme import Theme


class ButtonRow(QWidget):
    """Buttons with icons alone, in the corner of the menu bar; in a tool bar where the system has the menu bar."""

    def __init__(self, window: QMainWindow, theme: Theme) -> None:
        bar = window.menuBar()
        super().__init__(bar)
        self._theme = theme
        self._icons: list[tuple[QAction, Text]] = []
        self.setObjectName("plain")
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(0, 2, 8, 2)
        self._line.setSpacing(2)

    def place(self, window: QMainWindow) -> None:
        """Put the finished row into the window."""
        bar = window.menuBar()
        if bar.isNativeMenuBar():
            tools = window.addToolBar("Tools")
            tools.setMovable(False)
            tools.addWidget(self)
        else:
            self.move(bar.width(), 0)  # or it would appear under a pointer in the corner for a moment
            bar.setCornerWidget(self, Qt.Corner.TopRightCorner)
            self.show()

    def add(self, action: QAction, name: Text) -> None:
        """Add a button for an action, with the icon of this name."""
        self._icons.append((action, name))
        button = QToolButton()
        button.setDefaultAction(action)
        button.setIconSize(QSize(16, 16))
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self._line.addWidget(button)

    def draw(self) -> None:
        """Draw the icons in the theme's colors."""
        colors = self._theme.colors
        for action, name in self._icons:
            action.setIcon(icon(text_of(name), colors.muted, colors.line))
            action.setIconVisibleInMenu(False)
