"""The list of failures, smallest first: picture, classes before and after, and changed parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from perturber.gui.style.theme import SPACE, Theme, font

SIDE, PAD, ROUND = 76, 6, 6
LINES = (14, 12, 12)
"""Font sizes of the texts beside a picture, in pixels."""


@dataclass(frozen=True, eq=False)
class Card:
    """The texts and picture that show one failure."""

    image: QImage
    title: str
    about: str
    changes: str
    tip: str


class FlipRow(QWidget):
    """A row that shows one failure; a click, Return or Space chooses it."""

    chosen = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.card: Card | None = None
        self.current = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        return QSize(320, SIDE + 2 * PAD)

    def show_card(self, card: Card, current: bool) -> None:
        """Show a failure; ``current`` marks the one in the main window."""
        self.card, self.current = card, current
        self.setAccessibleName(f"{card.title}, {card.about}")
        self.setToolTip(card.tip)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        card, colors = self.card, self._theme.colors
        if card is None:
            return
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        lit = self.underMouse() or self.hasFocus() or self.current
        painter.setPen(QPen(QColor(colors.text if self.current else colors.line), 1))
        painter.setBrush(QColor(colors.hover if lit else colors.card))
        painter.drawRoundedRect(frame, ROUND, ROUND)
        place = QRectF(PAD, PAD, SIDE, SIDE)
        outline = QPainterPath()
        outline.addRoundedRect(place, ROUND - 2, ROUND - 2)
        painter.save()
        painter.setClipPath(outline)
        painter.drawImage(place, card.image)
        painter.restore()
        texts = ((card.title, colors.text, True), (card.about, colors.muted, False), (card.changes, colors.text, False))
        top = PAD + 4.0
        for (text, color, bold), height in zip(texts, LINES, strict=True):
            painter.setFont(font(height, bold=bold, numbers=True))
            painter.setPen(QColor(color))
            room = QRectF(SIDE + 3 * PAD, top, self.width() - SIDE - 5 * PAD, height + 8)
            words = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(room.width()))
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)
            top += height + 11

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit()
        else:
            super().keyPressEvent(event)


class FlipList(QScrollArea):
    """The scrolling list of failures; ``chosen`` carries the index of a row."""

    chosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.rows: list[FlipRow] = []
        inside = QWidget()
        inside.setObjectName("plain")
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(0, 0, SPACE, 0)
        self._list.setSpacing(SPACE // 2)
        self._list.addStretch(1)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(inside)

    def show_cards(self, cards: Sequence[Card], current: int) -> None:
        """Show these failures in order; ``current`` is the index of the marked one, or −1."""
        while len(self.rows) < len(cards):
            row, number = FlipRow(self._theme), len(self.rows)
            row.chosen.connect(lambda number=number: self.chosen.emit(number))
            self.rows.append(row)
            self._list.insertWidget(number, row)
        while len(self.rows) > len(cards):
            row = self.rows.pop()
            self._list.removeWidget(row)
            row.deleteLater()
        for number, (row, card) in enumerate(zip(self.rows, cards, strict=True)):
            row.show_card(card, number == current)
