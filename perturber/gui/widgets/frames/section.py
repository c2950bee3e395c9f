"""A collapsible section with a heading."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from perturber.gui.style.icons import icon
from perturber.gui.style.theme import Theme


class Section(QWidget):
    """A collapsible section; ``reset`` is emitted when the user asks for the defaults of all its values."""

    reset = Signal()

    def __init__(self, title: str, theme: Theme, resettable: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("plain")
        self._head = QToolButton()
        self._head.setObjectName("section")
        self._head.setText(title)
        self._head.setCheckable(True)
        self._head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._head.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._head.setIconSize(QSize(14, 14))
        self._head.toggled.connect(self.set_open)
        self._back = QToolButton()
        self._back.setObjectName("tiny")
        self._back.setIconSize(QSize(14, 14))
        self._back.setFixedSize(20, 20)
        self._back.setToolTip("Reset this group")
        self._back.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._back.clicked.connect(self.reset)
        self._back.setVisible(resettable)
        line = QHBoxLayout()
        line.setContentsMargins(0, 4, 0, 0)
        line.addWidget(self._head, 1)
        line.addWidget(self._back)
        self._body = QWidget()
        self._body.setObjectName("plain")
        self._rows = QVBoxLayout(self._body)
        self._rows.setContentsMargins(16, 0, 0, 4)
        self._rows.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(line)
        column.addWidget(self._body)
        theme.changed.connect(self._recolor)
        self.set_open(True)

    @property
    def is_open(self) -> bool:
        return self._head.isChecked()

    def set_open(self, on: bool) -> None:
        """Show or hide the content of the section."""
        self._head.setChecked(on)
        self._body.setVisible(on)
        self._recolor()

    @property
    def title(self) -> str:
        return self._head.text()

    def set_title(self, title: str) -> None:
        """Replace the heading."""
        self._head.setText(title)

    def place(self, number: int, widget: QWidget) -> None:
        """Insert a widget at a position of the section, counted from 0."""
        self._rows.insertWidget(number, widget)

    def _recolor(self) -> None:
        colors = self._theme.colors
        self._head.setIcon(icon("down" if self.is_open else "right", colors.muted))
        self._back.setIcon(icon("reset", colors.faint))
