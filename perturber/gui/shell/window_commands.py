"""Commands on the window itself: its theme, its size, its end."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QApplication

from perturber.gui.base.context import Report
from perturber.gui.base.menu_command import Command, Entry, MenuPlace, MenuTitle, SubjectCommands
from perturber.gui.shell.window import Window


class WindowCommands(SubjectCommands):
    """Acts on the window."""

    def __init__(self, window: Window, report: Report) -> None:
        self._window, self._report = window, report

    def commands(self) -> Iterable[Entry]:
        """Return the commands for theme, screen, messages and the end."""
        window, view, at = self._window, MenuTitle.VIEW, MenuPlace
        yield Command("quit", "&Quit", MenuTitle.FILE, at(3, 1), window.close, shortcut="Ctrl+Q")
        yield Command(
            "copy_window",
            "Copy Picture of the &Window",
            MenuTitle.EDIT,
            at(2, 2),
            self.copy,
            shortcut="Ctrl+Alt+C",
        )
        yield Command(
            "theme",
            lambda: f"{self._other_theme().title()} Theme",
            view,
            at(1, 1),
            self.switch_theme,
            shortcut="Ctrl+T",
            tip="Dark or light theme",
            icon=self._other_theme,
        )
        yield Command(
            "full",
            "Full Screen",
            view,
            at(3, 1),
            self.switch_full_screen,
            shortcut=QKeySequence.StandardKey.FullScreen,
            checked=window.isFullScreen,
        )
        yield Command("dismiss", "Close Message", view, at(3, 2), self.dismiss, shortcut="Esc")

    def dismiss(self) -> None:
        """Close the message that is shown."""
        self._window.banner.dismiss()

    def copy(self) -> None:
        """Put a picture of the whole window on the clipboard."""
        QGuiApplication.clipboard().setImage(self._window.grab().toImage())
        self._report("A picture of the window is on the clipboard", "info")

    def _other_theme(self) -> str:
        return "light" if self._window.theme.name == "dark" else "dark"

    def switch_theme(self) -> None:
        """Change from dark to light or back."""
        application = QApplication.instance()
        if isinstance(application, QApplication):
            self._window.theme.choose(self._other_theme(), application)

    def switch_full_screen(self) -> None:
        """Fill the screen, or stop filling it."""
        if self._window.isFullScreen():
            self._window.showNormal()
        else:
            self._window.showFullScreen()
