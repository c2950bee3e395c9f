"""A menu button that shortens its text to the available width."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

ARROW = "  ▾"
PADDING = 16
SLACK = 4
"""Tolerance in pixels, since the widths of text parts do not exactly add up to the width of the whole."""
LEAST = 64


class MenuButton(QToolButton):
    """A button with a menu and a name, which is elided if necessary."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    @property
    def name(self) -> str:
        """The full name."""
        return self._name

    def set_name(self, name: str) -> None:
        """Replace the name."""
        if name != self._name:
            self._name = name
            self.setAccessibleName(name)
            self.updateGeometry()
            self._fit()

    def sizeHint(self) -> QSize:
        self.ensurePolished()  # the font comes from the style sheet
        return QSize(self._width(self._name) + SLACK, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(min(LEAST, self._width(self._name)), super().sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.FontChange, QEvent.Type.StyleChange}:
            self.updateGeometry()
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _width(self, name: str) -> int:
        return self.fontMetrics().horizontalAdvance(name + ARROW) + PADDING

    def _fit(self) -> None:
        room = self.width() - self._width("")
        text = self.fontMetrics().elidedText(self._name, Qt.TextElideMode.ElideRight, max(0, room)) + ARROW
        if text != self.text():
            self.setText(text)
