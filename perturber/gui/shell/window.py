"""The main window: visible before anything heavy is imported, filled afterwards.

It imports little of Qt, too: the namespace ``Qt`` alone takes a seventh of the time to the first pixel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMainWindow, QSplitter, QVBoxLayout, QWidget

from perturber.gui.base.settings import Settings
from perturber.gui.base.view import ViewOptions
from perturber.gui.style.theme import SPACE, Theme
from perturber.gui.widgets.frames.card import Panel

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent

    from perturber.gui.widgets.frames.banner import Banner

COLUMNS = ("Scene", "Neurons", "Predictions")
FIRST_SIZES = (470, 710, 420)
EXTRA = 2
"""Index of the extra column."""
EXTRA_WIDTH = 330
STATES = {False: "window/columns", True: "window/columns_and_extra"}
"""Settings that store the column widths, without and with the extra column."""


class Window(QMainWindow):
    """Three columns between the menu bar and the status bar, with a banner over them."""

    closing = Signal()

    def __init__(self, settings: Settings, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.settings, self.theme = settings, theme
        self.view = ViewOptions(settings.flag("view/pixel_exact", False), settings.flag("view/logits", False), self)
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
        self.columns.restoreState(settings.layout(STATES[False]))
        self._extra: QWidget | None = None

    @property
    def banner(self) -> Banner:
        """The banner for messages, created on first use."""
        if self._banner is None:
            from perturber.gui.widgets.frames.banner import Banner

            self._banner = Banner(self.theme, self)
        return self._banner

    def set_column(self, number: int, panel: QWidget) -> None:
        """Replace an empty column by a panel; ``number`` counts from 0 at the left."""
        sizes = self.columns.sizes()
        empty = self.columns.replaceWidget(number, panel)
        panel.show()
        self.columns.setSizes(sizes)
        if empty is not None:
            empty.deleteLater()

    @property
    def has_extra(self) -> bool:
        """Whether the extra column is shown."""
        return self._extra is not None

    def show_extra(self, panel: QWidget) -> None:
        """Insert an extra column between the last two, as wide as it was last time."""
        if self.has_extra:
            return
        self.settings.put(STATES[False], self.columns.saveState())
        sizes = self.columns.sizes()
        self._extra = panel
        self.columns.insertWidget(EXTRA, panel)
        panel.show()
        if not self.columns.restoreState(self.settings.layout(STATES[True])):
            taken = min(EXTRA_WIDTH, sum(sizes) // 3)
            shrunk = [round(size * (sum(sizes) - taken) / max(1, sum(sizes))) for size in sizes]
            self.columns.setSizes([*shrunk[:EXTRA], taken, *shrunk[EXTRA:]])

    def hide_extra(self) -> None:
        """Remove the extra column and restore the widths of the others."""
        if self._extra is None:
            return
        self.settings.put(STATES[True], self.columns.saveState())
        self._extra.hide()
        self._extra.setParent(self)
        self._extra = None
        self.columns.restoreState(self.settings.layout(STATES[False]))

    def closeEvent(self, event: QCloseEvent) -> None:
        self.settings.put("window/geometry", self.saveGeometry())
        self.settings.put(STATES[self.has_extra], self.columns.saveState())
        self.settings.put("theme", self.theme.name)
        self.settings.put("view/pixel_exact", self.view.pixel_exact)
        self.settings.put("view/logits", self.view.logits)
        self.hide()
        self.closing.emit()
        self.settings.flush()
        super().closeEvent(event)
