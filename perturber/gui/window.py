"""The shell of the window: visible before anything heavy is imported, furnished afterwards.

Also of Qt it imports little: the namespace ``Qt`` alone takes a seventh of the time to the first pixel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMainWindow, QSplitter, QVBoxLayout, QWidget

from perturber.gui.settings import Settings
from perturber.gui.theme import SPACE, Theme
from perturber.gui.view import View
from perturber.gui.widgets.card import Panel

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent

    from perturber.gui.widgets.banner import Banner

COLUMNS = ("Scene", "Neurons", "Predictions")
FIRST_SIZES = (470, 710, 420)


class Window(QMainWindow):
    """Three columns between menu bar and status bar, and a banner over them."""

    closing = Signal()

    def __init__(self, settings: Settings, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.settings, self.theme = settings, theme
        self.view = View(settings.flag("view/pixel_exact", False), settings.flag("view/logits", False), self)
        self._banner: Banner | None = None
        self.setWindowTitle("Perturber")
        self.columns = QSplitter()
        self.columns.setChildrenCollapsible(False)
        self.columns.setHandleWidth(SPACE)
        for title in COLUMNS:
            self.columns.addWidget(Panel(title))
        frame = QWidget()
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(SPACE, 0, SPACE, 0)
        inside.addWidget(self.columns)
        self.setCentralWidget(frame)
        self.menuBar().addMenu("&File")
        self.statusBar()
        self.resize(1600, 1000)
        self.restoreGeometry(settings.layout("window/geometry"))
        self.columns.setSizes(FIRST_SIZES)
        self.columns.restoreState(settings.layout("window/columns"))

    @property
    def banner(self) -> Banner:
        """Where sentences for the person appear; made when there is one."""
        if self._banner is None:
            from perturber.gui.widgets.banner import Banner

            self._banner = Banner(self.theme, self)
        return self._banner

    def furnish(self, number: int, panel: QWidget) -> None:
        """Put a panel in the place of an empty column."""
        sizes = self.columns.sizes()
        empty = self.columns.replaceWidget(number, panel)
        panel.show()
        self.columns.setSizes(sizes)
        if empty is not None:
            empty.deleteLater()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.settings.put("window/geometry", self.saveGeometry())
        self.settings.put("window/columns", self.columns.saveState())
        self.settings.put("theme", self.theme.name)
        self.settings.put("view/pixel_exact", self.view.pixel_exact)
        self.settings.put("view/logits", self.view.logits)
        self.hide()
        self.closing.emit()
        self.settings.flush()
        super().closeEvent(event)
