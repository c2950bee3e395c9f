"""Reports of damaged files and plug-ins in the window's banner."""

from __future__ import annotations

from contextlib import ExitStack

from PySide6.QtCore import QObject, Signal

from perturber.core.damage import hearing_damage
from perturber.gui.shell.window import Window

MOST = 3
"""Most reports shown at once."""


class DamageNotices(QObject):
    """Shows what was left out because it is damaged. Reports may come from any thread, and stay until closed."""

    reported = Signal(str)

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._reports: list[str] = []
        self.reported.connect(self._show)
        self._listening = ExitStack()
        self._listening.enter_context(hearing_damage(self.reported.emit))
        window.closing.connect(self._listening.close)

    def _show(self, report: str) -> None:
        banner = self._window.banner
        if not banner.text:  # closed since the last one
            self._reports.clear()
        self._reports.append(report)
        more = len(self._reports) - MOST
        lines = self._reports[:MOST] + ([f"… and {more} more"] if more > 0 else [])
        banner.say("\n".join(lines), error=True)
