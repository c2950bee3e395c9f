"""The top classes of one slot in one painted widget: the leader large, then a bar for each."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from perturber.core.evaluation import Prediction
from perturber.gui.theme import SPACE, Theme, font
from perturber.gui.view import View

LEADER = 44
LEADER_SIZES = (20, 18, 16, 14)
"""Of the leading class; the largest in which its name fits."""
BAR = 26
PITCH = 32
NAME_SHARE = 0.42


def written(prediction: Prediction, logits: bool) -> str:
    """A class's number for people."""
    return f"{prediction.logit:.2f}" if logits else f"{100 * prediction.probability:.1f} %"


def lengths(top: tuple[Prediction, ...], logits: bool) -> list[float]:
    """Bar lengths from 0 to 1: each value over the largest; nothing for values not above zero."""
    values = [p.logit if logits else p.probability for p in top]
    largest = max(values, default=0.0)
    return [max(0.0, v / largest) if largest > 0 else 0.0 for v in values]


class Bars(QWidget):
    """Paints up to five predictions in a slot's colour, or the reason why there are none."""

    def __init__(self, slot: str, theme: Theme, view: View, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._slot, self._theme, self._view = slot, theme, view
        self._top: tuple[Prediction, ...] = ()
        self._message = ""
        self._leaders = [font(pixels, bold=True) for pixels in LEADER_SIZES]
        self._small, self._digits = font(13), font(12, bold=True, numbers=True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)
        view.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(280, LEADER + 5 * PITCH)

    def minimumSizeHint(self) -> QSize:
        return QSize(180, LEADER + 5 * PITCH)

    def show_top(self, top: tuple[Prediction, ...], message: str = "") -> None:
        """Paint these classes, best first; without any the message."""
        before = self._shown()
        self._top, self._message = top, message
        if self._shown() != before:  # a repaint that changes nothing costs the frame half a millisecond
            self.update()

    def _shown(self) -> tuple[object, ...]:
        """All that can be seen: names, written numbers, and the bars' lengths in pixels."""
        room = self.width() * (1 - NAME_SHARE)
        bars = [round(room * length) for length in lengths(self._top, self._view.logits)] if self._top else []
        return (self._message, *((p.name, written(p, self._view.logits)) for p in self._top), *bars)

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = self._theme.colors
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colors.card))
        if not self._top:
            painter.setPen(QColor(colors.muted))
            painter.setFont(self._small)
            where = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(0, SPACE, 0, 0), where, self._message)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_leader(painter)
        for number, length in enumerate(lengths(self._top, self._view.logits)):
            self._paint_bar(painter, number, length)

    def _paint_leader(self, painter: QPainter) -> None:
        place = QRectF(0, 0, self.width(), LEADER - SPACE)
        number = written(self._top[0], self._view.logits)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(self._theme.colors.text))
        painter.setFont(self._leaders[0])
        painter.drawText(place, middle | Qt.AlignmentFlag.AlignRight, number)
        room = self.width() - QFontMetrics(self._leaders[0]).horizontalAdvance(number) - 2 * SPACE
        name = self._top[0].name
        fitting = (f for f in self._leaders if QFontMetrics(f).horizontalAdvance(name) <= room)
        face = next(fitting, self._leaders[-1])
        painter.setFont(face)
        shown = QFontMetrics(face).elidedText(name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(place, middle | Qt.AlignmentFlag.AlignLeft, shown)

    def _paint_bar(self, painter: QPainter, number: int, length: float) -> None:
        colors, prediction = self._theme.colors, self._top[number]
        top = LEADER + number * PITCH + (PITCH - BAR) / 2
        split = round(self.width() * NAME_SHARE)
        painter.setFont(self._small)
        painter.setPen(QColor(colors.text if number == 0 else colors.muted))
        name = QFontMetrics(self._small).elidedText(prediction.name, Qt.TextElideMode.ElideRight, split - SPACE)
        painter.drawText(QRectF(0, top, split - SPACE, BAR), Qt.AlignmentFlag.AlignVCenter, name)
        room = self.width() - split
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors.control))
        painter.drawRoundedRect(QRectF(split, top, room, BAR), 4, 4)
        fill = colors.slot(self._slot)
        fill.setAlphaF(1.0 if number == 0 else 0.72)
        painter.setBrush(fill)
        painter.drawRoundedRect(QRectF(split, top, max(3.0, room * length), BAR), 4, 4)
        self._paint_number(
            painter, QRectF(split, top, room, BAR), room * length, written(prediction, self._view.logits)
        )

    def _paint_number(self, painter: QPainter, place: QRectF, filled: float, text: str) -> None:
        """Inside the filled part where it fits, else right behind it."""
        width = QFontMetrics(self._digits).horizontalAdvance(text) + 2 * SPACE
        inside = width <= filled
        painter.setFont(self._digits)
        colors = self._theme.colors
        painter.setPen(colors.on_slot(self._slot) if inside else QColor(colors.text))
        left = place.left() + (filled - width if inside else max(3.0, filled))
        painter.drawText(QRectF(left, place.top(), width, place.height()), Qt.AlignmentFlag.AlignCenter, text)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = int((event.pos().y() - LEADER) // PITCH) if event.pos().y() >= LEADER else 0
            if 0 <= number < len(self._top):
                p = self._top[number]
                text = f"<b>{p.name}</b><br>{p.wnid}<br>probability {p.probability:.4f}<br>logit {p.logit:.3f}"
                QToolTip.showText(event.globalPos(), text, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)
