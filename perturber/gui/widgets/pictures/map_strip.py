"""A row of small pictures, each with a frame in the color of its slot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from perturber.gui.style.theme import SPACE, Theme, font

LARGEST, CAPTION = 200, 18
LEAST = 3
"""Smallest number of places, so that one or two pictures are not larger than three would be."""


@dataclass(frozen=True, eq=False)
class MapTile:
    """One picture, or the reason why there is none."""

    slot: str
    caption: str
    image: QImage | None = None
    note: str = ""


class MapStrip(QWidget):
    """A row of pictures whose height follows from its width."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tiles: tuple[MapTile, ...] = ()
        self._small = font(11)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    @property
    def tiles(self) -> tuple[MapTile, ...]:
        """The tiles on screen."""
        return self._tiles

    def show_tiles(self, tiles: Sequence[MapTile]) -> None:
        """Show tiles; an empty sequence hides the strip."""
        self._tiles = tuple(tiles)
        self.setVisible(bool(tiles))
        self._fit()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def _side(self) -> int:
        count = max(LEAST, len(self._tiles))
        return max(1, min(LARGEST, (self.width() - SPACE * (count - 1)) // count))

    def _fit(self) -> None:
        height = self._side() + CAPTION + SPACE
        if self.height() != height:
            self.setFixedHeight(height)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        side = self._side()
        for number, tile in enumerate(self._tiles):
            place = QRectF(number * (side + SPACE), SPACE / 2, side, side)
            self._paint(painter, tile, place)

    def _paint(self, painter: QPainter, tile: MapTile, place: QRectF) -> None:
        colors = self._theme.colors
        painter.fillRect(place, QColor(colors.control))
        painter.setFont(self._small)
        if tile.image is not None:
            painter.drawImage(place, tile.image)
        else:
            painter.setPen(QColor(colors.muted))
            where = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(place.adjusted(6, 6, -6, -6), where, tile.note)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colors.slot(tile.slot), 2))
        painter.drawRect(place.adjusted(1, 1, -1, -1))
        painter.setPen(QColor(colors.muted))
        caption = QFontMetrics(self._small).elidedText(tile.caption, Qt.TextElideMode.ElideRight, round(place.width()))
        below = QRectF(place.left(), place.bottom() + 2, place.width(), CAPTION)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, caption)
