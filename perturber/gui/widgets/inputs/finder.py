"""A searchable list that opens over the window, with headings, tabs and buttons."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from perturber.gui.style.theme import SPACE, font

WIDTH, HEIGHT = 340, 440
ROLE = Qt.ItemDataRole.UserRole
MOVES = {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}
Row = tuple[str, str, str, Any]
"""Heading, text, tooltip, and the value it stands for; an empty text makes a heading only."""


class Finder(QFrame):
    """A list of rows under headings; typing searches, Return or a click chooses."""

    searched = Signal(str)
    """Emitted with the search text in lower case; the owner then calls `fill`."""
    chosen = Signal(object)
    moved = Signal(object)
    """Emitted with the value of the current row; None if there is none."""
    turned = Signal(str)
    """Emitted with the name of the chosen tab."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("panel")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda text: self.searched.emit(text.strip().lower()))
        self.search.installEventFilter(self)
        self.list = QListWidget()
        self.list.itemClicked.connect(self._choose)
        self.list.itemActivated.connect(self._choose)
        self.list.currentItemChanged.connect(lambda item, _: self.moved.emit(item.data(ROLE) if item else None))
        self._tabs, self._buttons = QHBoxLayout(), QHBoxLayout()
        self._group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 8)
        column.setSpacing(SPACE)
        for part in (self._tabs, self.search, self.list, self._buttons):
            column.addWidget(part) if isinstance(part, QWidget) else column.addLayout(part)
        self._tabs.addStretch(1)
        self._buttons.addStretch(1)
        self.resize(WIDTH, HEIGHT)

    def add_tab(self, name: str, text: str, on: bool) -> QToolButton:
        """Add a tab above the list and return its button."""
        tab = QToolButton()
        tab.setObjectName("segment")
        tab.setText(text)
        tab.setCheckable(True)
        tab.setChecked(on)
        tab.clicked.connect(lambda: self.turned.emit(name))
        self._group.addButton(tab)
        self._tabs.insertWidget(len(self._group.buttons()) - 1, tab)
        return tab

    def add_corner(self, widget: QWidget) -> None:
        """Add a widget at the right of the tabs."""
        self._tabs.addWidget(widget)

    def add_button(self, text: str, tip: str, do: Callable[[], None]) -> QToolButton:
        """Add a button below the list and return it."""
        button = QToolButton()
        button.setObjectName("quiet")
        button.setText(text)
        button.setToolTip(tip)
        button.clicked.connect(do)
        self._buttons.insertWidget(self._buttons.count() - 1, button)
        return button

    def fill(self, rows: Iterable[Row]) -> None:
        """Show rows, grouped by heading; the first becomes the current one."""
        self.list.clear()
        heading = ""
        for head, text, tip, data in rows:
            if head != heading:
                heading = head
                self._add(head, "", None)
            if text:
                self._add(text, tip, data)
        first = next((i for i in range(self.list.count()) if self.list.item(i).data(ROLE) is not None), -1)
        self.list.setCurrentRow(first)

    def _add(self, text: str, tip: str, data: Any) -> None:
        item = QListWidgetItem(text)
        item.setToolTip(tip)
        item.setData(ROLE, data)
        if data is None:
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            item.setFont(font(11, bold=True))
        self.list.addItem(item)

    def open_below(self, widget: QWidget) -> None:
        """Open the list below a widget, within its screen."""
        place = widget.mapToGlobal(QPoint(0, widget.height() + 2))
        area = widget.screen().availableGeometry()
        self.move(
            max(area.left(), min(place.x(), area.right() - self.width())),
            max(area.top(), min(place.y(), area.bottom() - self.height())),
        )
        self.search.clear()
        self.show()
        self.search.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the keys that move in the list work while the user types."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in MOVES:
                self.list.event(event)
                return True
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self._choose(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _choose(self, item: QListWidgetItem | None) -> None:
        data = item.data(ROLE) if item is not None else None
        if data is not None:
            self.hide()
            self.chosen.emit(data)
