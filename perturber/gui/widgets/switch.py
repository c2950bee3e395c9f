"""An on/off switch in the theme's colours, or in a slot's."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget
from superqt import QToggleSwitch

from perturber.gui.theme import Theme


class Switch(QToggleSwitch):  # type: ignore[misc]
    """``edited`` tells what a person does, never what `show_value` sets."""

    edited = Signal(object)
    began = Signal()
    ended = Signal()

    def __init__(self, theme: Theme, slot: str = "", text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._theme = theme
        self._slot = slot
        self.clicked.connect(lambda on: self.edited.emit(on))
        theme.changed.connect(self._recolor)
        self._recolor()

    def show_value(self, value: bool) -> None:
        """Show on or off without telling anyone."""
        self.setChecked(value)

    def _recolor(self) -> None:
        colors = self._theme.colors
        self.onColor = colors.slot(self._slot) if self._slot else QColor(colors.fill)
        self.offColor = QColor(colors.track)
        self.handleColor = QColor(colors.handle if self.isEnabled() else colors.faint)
