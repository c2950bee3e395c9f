"""A small code editor: monospaced, with line numbers and a mark on an invalid line."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontDatabase,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextCharFormat,
    QTextFormat,
    QWheelEvent,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from perturber.gui.style.theme import Theme
from perturber.gui.widgets.inputs.highlight import GlslHighlighter

PIXELS = 12
TAB = 4


class CodeEditor(QPlainTextEdit):
    """Code editor; ``submitted`` is emitted on Ctrl+Enter."""

    submitted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bad_line = 0
        face = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        face.setPixelSize(PIXELS)
        self.setFont(face)
        self.setStyleSheet(f"QPlainTextEdit {{ font-family: '{face.family()}'; font-size: {PIXELS}px; }}")
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabStopDistance(TAB * self.fontMetrics().horizontalAdvance(" "))
        self.setFixedHeight(132)
        self._gutter = Gutter(self)
        self._highlighter = GlslHighlighter(self.document(), theme)
        self.blockCountChanged.connect(self._fit)
        self.updateRequest.connect(self._scroll_gutter)
        theme.changed.connect(self._mark)
        self._fit()

    def gutter_width(self) -> int:
        """Return the width needed for the largest line number."""
        return 16 + self.fontMetrics().horizontalAdvance("9") * max(2, len(str(self.blockCount())))

    def set_bad_line(self, line: int | None) -> None:
        """Mark an invalid line, counted from 1; None removes the mark."""
        self._bad_line = line or 0
        self._mark()

    @property
    def bad_line(self) -> int | None:
        return self._bad_line or None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.submitted.emit()
        elif event.key() == Qt.Key.Key_Tab:
            self.insertPlainText(" " * TAB)
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        inside = self.contentsRect()
        self._gutter.setGeometry(QRect(inside.left(), inside.top(), self.gutter_width(), inside.height()))

    def _fit(self) -> None:
        self.setViewportMargins(self.gutter_width(), 0, 0, 0)

    def _scroll_gutter(self, rect: QRect, dy: int) -> None:
        if dy:
            self._gutter.scroll(0, dy)
        else:
            self._gutter.update(0, rect.y(), self._gutter.width(), rect.height())

    def _mark(self) -> None:
        selections = []
        block = self.document().findBlockByNumber(self._bad_line - 1) if self._bad_line else QTextBlock()
        if block.isValid():
            selection = QTextEdit.ExtraSelection()
            selection.cursor = self.textCursor()
            selection.cursor.setPosition(block.position())
            shape = QTextCharFormat()
            shape.setBackground(QColor(self._theme.colors.error_card))
            shape.setProperty(QTextFormat.Property.FullWidthSelection, True)
            selection.format = shape
            selections.append(selection)
        self.setExtraSelections(selections)
        self._gutter.update()

    def paint_gutter(self, event: QPaintEvent) -> None:
        """Paint the line numbers; that of the invalid line in red with a bar."""
        colors = self._theme.colors
        painter = QPainter(self._gutter)
        painter.fillRect(event.rect(), QColor(colors.panel))
        painter.setFont(self.font())
        block = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid() and top <= event.rect().bottom():
            height = self.blockBoundingRect(block).height()
            bad = block.blockNumber() + 1 == self._bad_line
            place = QRect(0, round(top), self._gutter.width(), round(height))
            if bad:
                painter.fillRect(place, QColor(colors.error_card))
                painter.fillRect(QRect(0, place.top(), 3, place.height()), QColor(colors.error))
            painter.setPen(QColor(colors.error if bad else colors.faint))
            painter.drawText(place.adjusted(0, 0, -8, 0), Qt.AlignmentFlag.AlignRight, str(block.blockNumber() + 1))
            top += height
            block = block.next()


class Gutter(QWidget):
    """The column of line numbers; the editor paints it."""

    def __init__(self, editor: CodeEditor) -> None:
        super().__init__(editor)
        self._editor = editor

    def sizeHint(self) -> QSize:
        return QSize(self._editor.gutter_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._editor.paint_gutter(event)
