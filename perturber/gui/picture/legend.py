"""A legend in the corner of the picture: what the overlay shows and what its colors mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from perturber.core.coloring import ramp
from perturber.gui.style.theme import Theme, font

GROUND, INK, FAINT = (10, 12, 16, 205), (240, 243, 248), (176, 186, 200)
"""The same in both themes, since the background is a picture."""
MARGIN, PAD, DOT, LINE, BAR = 8, 8, 8, 17, 7
LEAST = 190
ENDS = {False: ("none", "most"), True: ("against", "for")}


@dataclass(frozen=True)
class Words:
    """The content of a legend; it is empty without ``name`` and ``note``."""

    slot: str = "slot1"
    title: str = ""
    """Name of the method."""
    name: str = ""
    """Name of the class."""
    note: str = ""
    """Text below: progress of the map, or why there is none."""
    colors: bool = True
    """Whether to show the color bar."""
    signed: bool = False


class Legend(QWidget):
    """Overlay in the upper left corner of a region of another widget; lets mouse events through."""

    def __init__(self, over: QWidget, theme: Theme, place: Callable[[], QRect]) -> None:
        super().__init__(over)
        self._theme, self._where = theme, place
        self._words = Words()
        self._bold, self._small = font(12, bold=True), font(11)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        over.installEventFilter(self)
        theme.changed.connect(self.update)

    @property
    def words(self) -> Words:
        """The content on screen."""
        return self._words

    def show_words(self, words: Words | None) -> None:
        """Show this content; None hides the legend."""
        if words is None:
            self.hide()
            return
        if words != self._words or self.isHidden():
            self._words = words
            self.show()
            self.update()
        self._arrange()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow size changes of the widget below."""
        if event.type() == QEvent.Type.Resize and not self.isHidden():
            self._arrange()
        return False

    def _arrange(self) -> None:
        place = self._where()
        room = place.width() - 2 * MARGIN
        wide = QFontMetrics(self._bold).horizontalAdvance(self._heading()) + 3 * PAD + DOT + 2
        width = min(room, max(LEAST, wide, self._note_width()))
        self.setGeometry(place.left() + MARGIN, place.top() + MARGIN, width, self._height(width))

    def _note_width(self) -> int:
        return QFontMetrics(self._small).horizontalAdvance(self._words.note) + 2 * PAD + 2

    def _top(self) -> int:
        """Return the y coordinate at which the note begins."""
        return PAD // 2 + LINE * (1 + self._words.colors)

    def _height(self, width: int) -> int:
        if not self._words.note:
            return self._top() + PAD // 2
        room = QRect(0, 0, width - 2 * PAD, 10_000)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
        return self._top() + QFontMetrics(self._small).boundingRect(room, flags, self._words.note).height() + PAD - 1

    def _heading(self) -> str:
        return "  ·  ".join(filter(None, (self._words.title, self._words.name)))

    def paintEvent(self, event: QPaintEvent) -> None:
        words, width = self._words, self.width()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(*GROUND))
        painter.drawRoundedRect(self.rect(), 5, 5)
        painter.setBrush(self._theme.colors.slot(words.slot))
        painter.drawEllipse(QPointF(PAD + DOT / 2, PAD / 2 + LINE / 2), DOT / 2, DOT / 2)
        painter.setPen(QColor(*INK))
        painter.setFont(self._bold)
        left = 2 * PAD + DOT
        room = width - left - PAD
        text = QFontMetrics(self._bold).elidedText(self._heading(), Qt.TextElideMode.ElideRight, room)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRectF(left, PAD / 2, room + 2, LINE), middle, text)
        painter.setFont(self._small)
        if words.colors:
            self._paint_bar(painter, QRectF(PAD, PAD / 2 + LINE, width - 2 * PAD, LINE))
        painter.setPen(QColor(*FAINT))
        below = QRect(PAD, self._top() + 1, width - 2 * PAD, self.height() - self._top())
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap, words.note)

    def _paint_bar(self, painter: QPainter, place: QRectF) -> None:
        """Paint the color bar between the labels of its ends."""
        low, high = ENDS[self._words.signed]
        metrics = QFontMetrics(self._small)
        painter.setPen(QColor(*FAINT))
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, low)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, high)
        left, right = metrics.horizontalAdvance(low) + 6, metrics.horizontalAdvance(high) + 6
        colors = ramp(self._words.signed)
        line = QImage(colors.tobytes(), len(colors), 1, 3 * len(colors), QImage.Format.Format_RGB888)
        bar = QRectF(place.left() + left, place.center().y() - BAR / 2 + 1, place.width() - left - right, BAR)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(bar, line)
