"""An on/off switch in the colors of the theme or of a slot."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget
from superqt import QToggleSwitch

from perturber.gui.style.theme import Theme


class Switch(QToggleSwitch):
    """An on/off switch; ``edited`` is emitted for edits by the user, not for `show_value`."""

    edited = Signal(object)
    began = Signal()
    ended = Signal()

    def __init__(self, theme: Theme, slot: str = "", text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._theme = theme
        self._slot = slot
        self.switchWidth, self.switchHeight, self.handleSize = 28, 16, 12
        self.clicked.connect(self._tell)
        theme.changed.connect(self._recolor)
        self._recolor()

    def show_value(self, value: bool) -> None:
        """Show on or off without emitting a signal."""
        self.setChecked(value)

    def _tell(self) -> None:
        self.edited.emit(self.isChecked())

    def drawGroove(self, painter: QPainter, rect: QRectF, option: Any) -> None:
        super().drawGroove(painter, rect.translated(0, -option.margin), option)

    def drawHandle(self, painter: QPainter, rect: QRectF, option: Any) -> None:
        super().drawHandle(painter, rect.translated(0, -option.margin), option)

    def _recolor(self) -> None:
        colors = self._theme.colors
        self.onColor = colors.slot(self._slot) if self._slot else QColor(colors.fill)
        self.offColor = QColor(colors.track)
        self.handleColor = QColor(colors.handle if self.isEnabled() else colors.faint)
