"""The command that opens the search for failures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from perturber.core.evaluation import Evaluation
from perturber.gui.base.context import Context
from perturber.gui.base.menu_command import Command, Entry, MenuPlace, MenuTitle, SubjectCommands
from perturber.gui.widgets.frames.late_window import LateWindow

if TYPE_CHECKING:
    from perturber.gui.failures.failures_window import FailuresWindow

FAILURES = "Search for the smallest change to the scene that changes what a model predicts"


class FailureCommands(SubjectCommands):
    """Opens the window; ``shown`` returns the evaluation that is on screen."""

    def __init__(self, context: Context, shown: Callable[[], Evaluation | None], window: QWidget) -> None:
        self._context, self._shown, self._window = context, shown, window
        self.search = LateWindow(self._make)

    def commands(self) -> Iterable[Entry]:
        """Return the command for the window."""
        title, place = "Find a &Failure…", MenuPlace(1, 2)
        run = self.search.bring
        yield Command("failures", title, MenuTitle.TOOLS, place, run, shortcut="Ctrl+Shift+F", tip=FAILURES)

    def close(self) -> None:
        """Close the window for good."""
        if self.search.window is not None:
            self.search.window.close_window()

    def _make(self) -> FailuresWindow:
        from perturber.gui.failures.failures_window import FailuresWindow  # late: the window starts without

        window = FailuresWindow(self._context, self._window)
        shown = self._shown()
        if shown is not None:
            window.show_evaluation(shown)
        return window
