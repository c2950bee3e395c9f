"""A grid of small pictures with captions, painted in one widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from perturber.gui.style.theme import SPACE, Theme, font

LABEL = 18
ROUND = 6
LARGEST = 104


@dataclass(frozen=True, eq=False)
class Item:
    """One picture, or two side by side, with a caption below."""

    image: QImage | None
    caption: str = ""
    tip: str = ""
    second: QImage | None = None
    """Second picture, shown without smoothing."""
    fill: str = ""
    """Color shown if there is no image."""


class Gallery(QWidget):
    """Shows items in ``columns``; places without an item are gray. ``chosen`` carries the index of a clicked item."""

    chosen = Signal(int)

    def __init__(self, theme: Theme, columns: int, places: int, *, double: bool = False, label: int = LABEL) -> None:
        super().__init__()
        self._theme, self._columns, self._places, self._double = theme, columns, places, double
        self._label = label
        self.items: tuple[Item, ...] = ()
        self.clickable = False
        self._over = self._cursor = -1
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)
        self._fit()

    def show_items(self, items: Sequence[Item]) -> None:
        """Show items in order."""
        self.items = tuple(items)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if self.clickable and items else Qt.FocusPolicy.NoFocus)
        self.update()

    def place(self, number: int) -> QRect:
        """Return the area of the pictures of an item."""
        row, column = divmod(number, self._columns)
        side = self._side()
        wide = side * (2 if self._double else 1)
        return QRect(column * (wide + SPACE), row * (side + self._label + SPACE // 2), wide, side)

    def _side(self) -> int:
        room = (self.width() + SPACE) // self._columns - SPACE
        return max(24, min(LARGEST, room // (2 if self._double else 1)))

    def _fit(self) -> None:
        rows = -(-self._places // self._columns)
        self.setFixedHeight(rows * (self._side() + self._label + SPACE // 2))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = self._theme.colors
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.setFont(font(11, numbers=True))
        for number in range(max(self._places, len(self.items))):
            place = self.place(number)
            item = self.items[number] if number < len(self.items) else None
            self._paint_pictures(painter, place, item)
            if item is None:
                continue
            painter.setPen(QColor(colors.muted))
            foot = QRect(place.left(), place.bottom() + 1, place.width(), self._label)
            words = painter.fontMetrics().elidedText(item.caption, Qt.TextElideMode.ElideMiddle, foot.width())
            painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, words)
            if self.clickable and number == (self._cursor if self.hasFocus() else self._over):
                painter.setPen(QPen(QColor(colors.text), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(QRectF(place).adjusted(1, 1, -1, -1), ROUND, ROUND)

    def _paint_pictures(self, painter: QPainter, place: QRect, item: Item | None) -> None:
        painter.save()
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(place), ROUND, ROUND)
        painter.setClipPath(outline)
        painter.fillRect(place, QColor(self._theme.colors.control))
        side = place.height()
        first = QRect(place.left(), place.top(), side, side)
        if item is not None and item.image is not None:
            painter.drawImage(first, item.image)
        elif item is not None and item.fill:
            painter.fillRect(first, QColor(item.fill))
        if item is not None and item.second is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.drawImage(QRect(place.left() + side, place.top(), side, side), item.second)
        painter.restore()
        painter.setPen(QPen(QColor(self._theme.colors.line), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(place).adjusted(0.5, 0.5, -0.5, -0.5), ROUND, ROUND)

    def number_at(self, point: QPoint) -> int:
        """Return the index of the item at a point; -1 if there is none."""
        return next((n for n in range(len(self.items)) if self.place(n).contains(point)), -1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._over = self.number_at(event.position().toPoint())
        pointing = self.clickable and self._over >= 0
        self.setCursor(Qt.CursorShape.PointingHandCursor if pointing else Qt.CursorShape.ArrowCursor)
        self.update()

    def leaveEvent(self, event: object) -> None:
        self._over = -1
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        number = self.number_at(event.position().toPoint())
        if self.clickable and number >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if step and self.items:
            self._cursor = min(len(self.items) - 1, max(0, self._cursor + step))
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._cursor >= 0:
            self.chosen.emit(min(self._cursor, len(self.items) - 1))
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._cursor = max(0, self._cursor)
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = self.number_at(event.pos())
            QToolTip.showText(event.globalPos(), self.items[number].tip if number >= 0 else "", self)
            return True
        return super().event(event)
