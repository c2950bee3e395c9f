"""Frames: the panel of a column with its title, and the card of a slot in its color."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from perturber.gui.style.theme import RADIUS, SPACE, Theme

HEAD = 28


class Panel(QFrame):
    """A column of the window: title, widgets at the right of the title, content below."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.heading = heading = QLabel(title)
        heading.setObjectName("title")
        heading.setMinimumHeight(HEAD)
        self.head = QHBoxLayout()
        self.head.setSpacing(SPACE)
        self.head.addWidget(heading)
        self.head.addStretch(1)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(12, 10, 12, 12)
        self.column.setSpacing(SPACE)
        self.column.addLayout(self.head)


class SlotCard(QWidget):
    """A card with a frame in the color of its slot."""

    def __init__(self, slot: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._slot, self._theme = slot, theme
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(12, 8, 12, 12)
        self.column.setSpacing(SPACE)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = self._theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(colors.card))
        painter.setPen(QPen(colors.slot(self._slot), 2))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
