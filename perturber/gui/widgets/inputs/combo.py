"""A drop-down list with a thin arrow that ignores the mouse wheel."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from perturber.gui.style.icons import pixmap
from perturber.gui.style.theme import Theme

ARROW = 12


class Combo(QComboBox):
    """Drop-down list of texts; `textActivated` is emitted when the user chooses one."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMaxVisibleItems(24)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        arrow = pixmap("down", self._theme.colors.muted, ARROW, self.devicePixelRatioF())
        painter = QPainter(self)
        painter.drawPixmap(self.width() - ARROW - 6, (self.height() - ARROW) // 2, arrow)
