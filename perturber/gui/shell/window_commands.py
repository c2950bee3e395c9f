"""Commands on the window itself: theme, screenshot, full screen, quit."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QApplication

from perturber.gui.base.context import Report
from perturber.gui.base.menu_command import Command, Entry, MenuPlace, MenuTitle, SubjectCommands
from perturber.gui.shell.window import Window


class WindowCommands(SubjectCommands):
    """Commands on the window."""

    def __init__(self, window: Window, report: Report) -> None:
        self._window, self._report = window, report

    def commands(self) -> Iterable[Entry]:
        """Return the commands on the window."""
        window, view, at = self._window, MenuTitle.VIEW, MenuPlace
        yield Command("quit", "&Quit", MenuTitle.FILE, at(3, 1), window.close, shortcut="Ctrl+Q")
        yield Command(
            "copy_window",
            "Copy &Window Screenshot",
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
            tip="Switch between the dark and the light theme",
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
        """Close the message on screen."""
        self._window.banner.dismiss()

    def copy(self) -> None:
        """Copy a screenshot of the window to the clipboard."""
        QGuiApplication.clipboard().setImage(self._window.grab().toImage())
        self._report("Copied a screenshot of the window", "info")

    def _other_theme(self) -> str:
        return "light" if self._window.theme.name == "dark" else "dark"

    def switch_theme(self) -> None:
        """Switch between the dark and the light theme."""
        application = QApplication.instance()
        if isinstance(application, QApplication):
            self._window.theme.choose(self._other_theme(), application)

    def switch_full_screen(self) -> None:
        """Turn full screen on or off."""
        if self._window.isFullScreen():
            self._window.showNormal()
        else:
            self._window.showFullScreen()
