"""The widget that paints the top classes of one slot, each with picture, name, value and bar."""

from __future__ import annotations

import html
from base64 import b64encode
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QHelpEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from perturber.core.evaluation import Prediction
from perturber.gui.answers.picture_loading import ROUND, SMALL, ClassPicture
from perturber.gui.base.image_file import png_of
from perturber.gui.base.view import ViewOptions
from perturber.gui.style.icons import pixmap
from perturber.gui.style.theme import SPACE, Theme, font

ROWS = 5
PITCH = SMALL + 8
"""Height of a row, with or without a picture, which keeps rows in place when pictures arrive."""
LEFT = SMALL + 12
"""Left edge of names and bars."""
BAR, BAR_TOP = 12, 27
"""Height of a bar, and its top within the row."""
TEXT = 25
MARK = 16
"""Size of the icon beside the explained class."""
LEADER_SIZES = (18, 16, 14, 13)
"""Font sizes of the top class; the largest in which its name fits is used."""


def format_value(prediction: Prediction, logits: bool) -> str:
    """Format the logit or probability of a class."""
    return f"{prediction.logit:.2f}" if logits else f"{100 * prediction.probability:.1f} %"


def compute_lengths(top: tuple[Prediction, ...], logits: bool) -> list[float]:
    """Return bar lengths from 0 to 1: each value over the largest, and 0 for negative values."""
    values = [p.logit if logits else p.probability for p in top]
    largest = max(values, default=0.0)
    return [max(0.0, v / largest) if largest > 0 else 0.0 for v in values]


class Bars(QWidget):
    """The bars of up to five predictions in a slot's color, or the reason why there are none.

    ``chosen`` carries the clicked prediction, whose explanation is to be turned on or off.
    """

    chosen = Signal(object)

    def __init__(self, slot: str, theme: Theme, view: ViewOptions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._slot, self._theme, self._view = slot, theme, view
        self._top: tuple[Prediction, ...] = ()
        self._pictures: tuple[ClassPicture | None, ...] = ()
        self._message = ""
        self._explained: str | None = None
        self._under = -1
        self._leaders = [font(pixels, bold=True) for pixels in LEADER_SIZES]
        self._small, self._digits, self._initial = font(13), font(13, numbers=True), font(17, bold=True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        theme.changed.connect(self.update)
        view.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(280, ROWS * PITCH)

    def minimumSizeHint(self) -> QSize:
        return QSize(180, ROWS * PITCH)

    def show_top(
        self, top: tuple[Prediction, ...], message: str = "", pictures: Sequence[ClassPicture | None] = ()
    ) -> None:
        """Show these classes, best first, with their pictures, or the message if there are none."""
        before = self._visible_content()
        self._top, self._message = top, message
        self._pictures = (*pictures, *[None] * (len(top) - len(pictures)))
        if self._visible_content() != before:  # a repaint that changes nothing costs the frame half a millisecond
            self.update()

    def show_explained(self, wnid: str | None) -> None:
        """Mark the class with this WordNet id as explained; None marks none."""
        if wnid != self._explained:
            self._explained = wnid
            self.update()

    @property
    def top(self) -> tuple[Prediction, ...]:
        """The shown predictions, best first."""
        return self._top

    @property
    def explained(self) -> int:
        """The index of the explained row, or −1."""
        return next((i for i, p in enumerate(self._top) if p.key == self._explained), -1)

    def _visible_content(self) -> tuple[object, ...]:
        """Return all visible content: pictures, names, formatted values, and bar lengths in pixels."""
        room = self.width() - LEFT
        bars = [round(room * length) for length in compute_lengths(self._top, self._view.logits)] if self._top else []
        texts = ((p.name, format_value(p, self._view.logits)) for p in self._top)
        return (self._message, *map(id, self._pictures), *texts, *bars)

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
        for number, length in enumerate(compute_lengths(self._top, self._view.logits)):
            painter.save()
            painter.translate(0, number * PITCH)
            self._paint_picture(painter, self._pictures[number], self._top[number].name)
            self._paint_words(painter, number)
            self._paint_bar(painter, number, length)
            painter.restore()

    def _paint_picture(self, painter: QPainter, picture: ClassPicture | None, name: str) -> None:
        """Paint the picture of the class, or its initial without one."""
        place = QRectF(0, (PITCH - SMALL) / 2, SMALL, SMALL)
        if picture is not None:
            painter.drawImage(place.topLeft(), picture.small)
            return
        colors = self._theme.colors
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors.control))
        painter.drawRoundedRect(place, ROUND * SMALL, ROUND * SMALL)
        painter.setPen(QColor(colors.faint))
        painter.setFont(self._initial)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, name[:1].upper())

    def _paint_words(self, painter: QPainter, number: int) -> None:
        """Paint the name at the left and the value at the right; the top class's name is larger."""
        colors, prediction = self._theme.colors, self._top[number]
        place = QRectF(LEFT, 0, self.width() - LEFT, TEXT)
        leads = number == 0
        painter.setPen(QColor(colors.text))
        painter.setFont(self._leaders[0] if leads else self._digits)
        value = format_value(prediction, self._view.logits)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(place, middle | Qt.AlignmentFlag.AlignRight, value)
        wide = painter.fontMetrics().horizontalAdvance(value)
        room = place.width() - wide - 2 * SPACE
        if number in {self.explained, self._under}:
            room -= MARK + SPACE // 2
            ink = colors.text if number == self.explained else colors.faint
            mark = pixmap("explain", ink, MARK, self.devicePixelRatioF())
            painter.drawPixmap(round(place.right() - wide - SPACE - MARK), (TEXT - MARK) // 2, mark)
        fitting = (f for f in self._leaders if QFontMetrics(f).horizontalAdvance(prediction.name) <= room)
        face = next(fitting, self._leaders[-1]) if leads else self._small
        painter.setFont(face)
        painter.setPen(QColor(colors.text if leads else colors.muted))
        name = QFontMetrics(face).elidedText(prediction.name, Qt.TextElideMode.ElideRight, round(room))
        painter.drawText(place, middle | Qt.AlignmentFlag.AlignLeft, name)

    def _paint_bar(self, painter: QPainter, number: int, length: float) -> None:
        room = self.width() - LEFT
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.colors.control))
        painter.drawRoundedRect(QRectF(LEFT, BAR_TOP, room, BAR), 4, 4)
        fill = self._theme.colors.slot(self._slot)
        fill.setAlphaF(1.0 if number == 0 else 0.72)
        painter.setBrush(fill)
        painter.drawRoundedRect(QRectF(LEFT, BAR_TOP, max(3.0, room * length), BAR), 4, 4)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = self._row(event.pos().y())
            if number >= 0:
                QToolTip.showText(event.globalPos(), self.tip(number), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def _row(self, y: float) -> int:
        """Return the row at a height in pixels, or −1."""
        number = int(y // PITCH)
        return number if 0 <= number < len(self._top) else -1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self._row(event.position().y()))

    def leaveEvent(self, event: QEvent) -> None:
        self._point(-1)

    def _point(self, number: int) -> None:
        if number != self._under:
            self._under = number
            self.setCursor(Qt.CursorShape.PointingHandCursor if number >= 0 else Qt.CursorShape.ArrowCursor)
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.setAccepted(event.button() == Qt.MouseButton.LeftButton)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        number = self._row(event.position().y())
        if event.button() == Qt.MouseButton.LeftButton and number >= 0 and self.rect().contains(event.pos()):
            self.chosen.emit(self._top[number])

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        number = self._row(event.pos().y())
        if number >= 0:
            self.menu(number).popup(event.globalPos())

    def menu(self, number: int) -> QMenu:
        """Build the context menu of a row."""
        made, prediction = QMenu(self), self._top[number]
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        text = f"Explain {prediction.name}" if number != self.explained else f"Stop Explaining {prediction.name}"
        made.addAction(text, lambda: self.chosen.emit(prediction))
        return made

    def tip(self, number: int) -> str:
        """Return the tooltip of a row as HTML, with the large picture."""
        p, picture = self._top[number], self._pictures[number]
        shown = (
            f'<img src="{_encode(picture.large)}" width="{_logical_width(picture)}"><br>' if picture is not None else ""
        )
        name = html.escape(p.name)
        action = "stop explaining it" if number == self.explained else "show which pixels support it"
        asked = f"<br><small>Click to {action}</small>"
        return f"{shown}<b>{name}</b><br>{p.wnid}<br>probability {p.probability:.4f}<br>logit {p.logit:.3f}{asked}"


def _logical_width(picture: ClassPicture) -> int:
    return round(picture.large.width() / picture.large.devicePixelRatio())


def _encode(image: QImage) -> str:
    """Encode an image as a data URL."""
    return "data:image/png;base64," + b64encode(png_of(image)).decode()
