"""The widget that paints the units of one slot as rounded pairs of activation map and feature image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QScrollBar, QSizePolicy, QWidget

from perturber.core.evaluation import Maps
from perturber.gui.base.view import ViewOptions
from perturber.gui.neurons.tiling import BAR, LABEL, SMALLEST, Tiling, fit, fit_overview
from perturber.gui.style.theme import Theme, font
from perturber.gui.widgets.charts.numerals import short
from perturber.gui.widgets.pictures.maps import images_of, paint_maps

ROUND = 6
"""Corner radius of a pair, in pixels."""
KEYS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


@dataclass(frozen=True, eq=False)
class Units:
    """The content of a grid: units of a layer, their activation maps if any, and the maps' divisor."""

    layer: str = ""
    units: tuple[int, ...] = ()
    maps: Maps | None = None
    divisor: float = 1.0
    whole: bool = False
    message: str = ""
    """Shown when there are no units."""


class PairPlace(NamedTuple):
    """The rectangles of one pair and its parts."""

    cell: QRect
    first: QRect
    second: QRect
    foot: QRect
    around: QRect

    @classmethod
    def of(cls, cell: QRect, tiling: Tiling) -> PairPlace:
        """Compute the parts of a cell."""
        foot = QRect(cell.left(), cell.bottom() + 1, cell.width(), LABEL)
        return cls(cell, tiling.first(cell), tiling.second(cell), foot, cell.adjusted(-2, -2, 2, LABEL + 2))


class PairGrid(QWidget):
    """The grid of pairs: as large as fits, or small for a whole layer; all ``peers`` are aligned.

    ``pointed`` carries a text with the value under the mouse, ``hovered`` the unit there (−1: none),
    ``chosen`` a clicked unit, ``scrolled`` the scroll position in a whole layer. ``looked`` is emitted
    when other units become visible.
    """

    pointed = Signal(str)
    hovered = Signal(int)
    chosen = Signal(int)
    scrolled = Signal(int)
    looked = Signal()

    def __init__(self, theme: Theme, view: ViewOptions, peers: list[PairGrid], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._view, self._peers = theme, view, peers
        self.shown = Units()
        self._tiling: Tiling | None = None
        self._painted: range = range(0)
        self._pixels: NDArray[np.uint32] | None = None
        self._maps: list[QImage] = []
        self._features: Mapping[int, QImage] = {}
        self._scaled: dict[int, tuple[int, QPixmap]] = {}
        self._cover = QPixmap()
        self._places: list[PairPlace] = []
        self._hovered = -1
        self._mouse: QPoint | None = None
        self._cursor = 0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # Paints its own background: a new frame repaints nothing behind it.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(120, SMALLEST + LABEL)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._bar = QScrollBar(Qt.Orientation.Vertical, self)
        self._bar.setVisible(False)
        self._bar.valueChanged.connect(self._on_scrolled)
        theme.changed.connect(self._redraw)
        view.changed.connect(self._redraw)
        peers.append(self)

    # Content.

    def show_units(self, shown: Units) -> None:
        """Show these units; if only their maps differ, repaint only the maps."""
        old, self.shown = self.shown, shown
        same = (old.layer, old.units, old.whole, old.maps is None) == (
            shown.layer,
            shown.units,
            shown.whole,
            shown.maps is None,
        )
        if not same or (not shown.units and old.message != shown.message):
            self.relayout()
        else:
            self._paint_values()
            for place in self._places:
                self.update(place.first)
            if self._mouse is not None:
                self._point(self._mouse)

    def show_features(self, images: Mapping[int, QImage]) -> None:
        """Show feature images by unit; units without one keep an empty tile."""
        before, self._features = self._features, images
        for place in self._painted:
            unit = self.shown.units[place]
            old, new = before.get(unit), images.get(unit)
            if old is not new and (old is None or new is None or old.cacheKey() != new.cacheKey()):
                self.update(self.tiling.second(self._cell(place)))

    def highlight(self, unit: int) -> None:
        """Outline the pair of a unit; −1 outlines none."""
        if unit != self._hovered:
            for one in (self._hovered, unit):
                if one in self.shown.units:
                    self.update(self._cell(self.shown.units.index(one)).adjusted(-2, -2, 2, 2))
            self._hovered = unit

    def scroll_to(self, value: int) -> None:
        """Scroll to a position (pixels) in a whole layer."""
        self._bar.setValue(value)

    @property
    def visible_units(self) -> tuple[int, ...]:
        """The visible units, in order."""
        return tuple(self.shown.units[place] for place in self._painted)

    @property
    def tiling(self) -> Tiling:
        """The layout of the pairs; the lowest grid determines their size in all peers."""
        if self._tiling is None:
            count, paired = len(self.shown.units), self.shown.maps is not None
            low = min((p.height() for p in self._peers if p.isVisible() and p.shown.units), default=self.height())
            lowest = QSize(self.width(), min(low, self.height()))
            size = self.size() if self.shown.whole else lowest
            self._tiling = fit_overview(count, size, paired) if self.shown.whole else fit(max(1, count), size, paired)
        return self._tiling

    def tiles(self) -> list[QRect]:
        """Return the rectangles of the visible maps, or of the feature images if there are no maps."""
        return [place.first for place in self._places]

    def relayout(self) -> None:
        """Compute the layout again, here and in the peers aligned with this grid."""
        for grid in self._peers:
            if grid is self or not self.shown.whole:
                grid.place()

    def place(self) -> None:
        """Compute the layout of this grid again."""
        self._tiling = None
        self._scaled.clear()
        self._cover = QPixmap()
        tiling = self.tiling
        beyond = max(0, tiling.height - self.height()) if tiling.scrolls else 0
        self._bar.setVisible(beyond > 0)
        self._bar.setGeometry(self.width() - BAR, 0, BAR, self.height())
        self._bar.setRange(0, beyond)
        self._bar.setPageStep(self.height())
        self._bar.setSingleStep(tiling.pitch // 2)
        self._look()

    def _look(self) -> None:
        visible = self.tiling.visible(self._bar.value()) if self.shown.units else range(0)
        other = visible != self._painted
        self._painted = visible
        self._places = [PairPlace.of(self._cell(place), self.tiling) for place in visible]
        self._paint_values()
        self.update()
        if other or not self.shown.whole:
            self.looked.emit()

    def _paint_values(self) -> None:
        maps, seen = self.shown.maps, self._painted
        self._maps = []
        if maps is not None and len(seen):
            self._pixels = np.ascontiguousarray(
                paint_maps(maps.values[seen.start : seen.stop], self.shown.divisor, self._theme.colors)
            )
            self._maps = images_of(self._pixels)

    def _redraw(self) -> None:
        self.place()

    def _on_scrolled(self, value: int) -> None:
        self._look()
        self.scrolled.emit(value)

    def _cell(self, place: int) -> QRect:
        cell = self.tiling.cell(place).translated(0, -self._bar.value())
        if self.tiling.scrolls:
            return cell
        return cell.translated(0, max(0, self.height() - self.tiling.size.height()) // 2)

    # Painting.

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, seen = self._theme.colors, event.region()
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(colors.card))
        painter.setFont(font(12, numbers=True))
        painter.setPen(QColor(colors.muted))
        if not self.shown.units:
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.shown.message)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not self._view.pixel_exact)
        if self._cover.isNull():
            self._cover = _cover(self.tiling.body, QColor(colors.card), QColor(colors.line), self.devicePixelRatioF())
        alone = bool(self._maps) and not self.tiling.paired
        for number, place in enumerate(self._places):
            if not seen.intersects(place.around):
                continue
            unit = self.shown.units[self._painted[number]]
            if self._maps and seen.intersects(place.first):
                painter.drawImage(place.first, self._maps[number])
            if not alone and seen.intersects(place.second):
                self._paint_feature(painter, place.second, unit)
            painter.drawPixmap(place.cell.topLeft(), self._cover)
            if seen.intersects(place.foot):
                painter.drawText(place.foot, Qt.AlignmentFlag.AlignCenter, str(unit))
            self._paint_frame(painter, place.cell, self._painted[number])

    def _paint_feature(self, painter: QPainter, place: QRect, unit: int) -> None:
        image = self._features.get(unit)
        if image is None:
            painter.fillRect(place, QColor(self._theme.colors.control))
            painter.setPen(QColor(self._theme.colors.faint))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, "···")
            painter.setPen(QColor(self._theme.colors.muted))
            return
        key, pixmap = self._scaled.get(unit, (0, QPixmap()))
        if key != image.cacheKey():
            ratio = self.devicePixelRatioF()
            smooth = Qt.TransformationMode.SmoothTransformation
            mode = Qt.TransformationMode.FastTransformation if self._view.pixel_exact else smooth
            side = round(place.width() * ratio)
            pixmap = QPixmap.fromImage(image.scaled(side, side, Qt.AspectRatioMode.IgnoreAspectRatio, mode))
            pixmap.setDevicePixelRatio(ratio)
            self._scaled[unit] = (image.cacheKey(), pixmap)
        painter.drawPixmap(place.topLeft(), pixmap)

    def _paint_frame(self, painter: QPainter, cell: QRect, place: int) -> None:
        focused = self.hasFocus() and place == self._cursor
        if self.shown.units[place] != self._hovered and not focused:
            return
        colors = self._theme.colors
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colors.text if not focused else colors.fill), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(cell).adjusted(0, 0, 0, 0), ROUND, ROUND)
        painter.restore()

    # Mouse and keyboard.

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.relayout()

    def place_at(self, point: QPoint) -> int:
        """Return the index of the pair at a point, or −1."""
        found = (n for n, place in zip(self._painted, self._places, strict=True) if place.cell.contains(point))
        return next(found, -1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._mouse = event.position().toPoint()
        place = self._point(self._mouse)
        self.setCursor(Qt.CursorShape.ArrowCursor if place < 0 else Qt.CursorShape.PointingHandCursor)

    def _point(self, point: QPoint) -> int:
        """Report the unit and value at a point and return the index of the pair, or −1."""
        place = self.place_at(point)
        self.hovered.emit(-1 if place < 0 else self.shown.units[place])
        self.pointed.emit("" if place < 0 else self._words(place, point))
        return place

    def leaveEvent(self, event: object) -> None:
        self._mouse = None
        self.hovered.emit(-1)
        self.pointed.emit("")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and place >= 0:
            self._cursor = place
            self.chosen.emit(self.shown.units[place])

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self._bar.isVisible():
            self._bar.event(event)
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, count = Qt.Key(event.key()), len(self.shown.units)
        if key in KEYS and count:
            right, down = KEYS[key]
            self._cursor = min(count - 1, max(0, self._cursor + right + down * self.tiling.columns))
            if self.tiling.scrolls:
                top = self.tiling.cell(self._cursor).top()
                low, high = top + self.tiling.pitch - self.height(), top
                self._bar.setValue(min(max(self._bar.value(), low), high))
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._cursor < count:
            self.chosen.emit(self.shown.units[self._cursor])
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def _words(self, place: int, point: QPoint) -> str:
        """Describe the unit at a point and the value of its map there."""
        shown, tile = self.shown, self.tiling.first(self._cell(place))
        name = f"{shown.layer}:{shown.units[place]}"
        if shown.maps is None or not tile.contains(point):
            return name
        height, width = shown.maps.values.shape[1:]
        x = min(width - 1, (point.x() - tile.left()) * width // tile.width())
        y = min(height - 1, (point.y() - tile.top()) * height // tile.height())
        # The value comes first: a narrow card cuts off the end of the line.
        return f"{short(float(shown.maps.values[place, y, x]))}  at {x}, {y} of {name}"


def _cover(body: QSize, ground: QColor, line: QColor, ratio: float) -> QPixmap:
    """Draw the rounded corners and outline painted over each pair; much cheaper than clipping."""
    drawn = QPixmap(round(body.width() * ratio), round(body.height() * ratio))
    drawn.setDevicePixelRatio(ratio)
    drawn.fill(Qt.GlobalColor.transparent)
    whole, inside = QPainterPath(), QPainterPath()
    whole.addRect(QRectF(0, 0, body.width(), body.height()))
    inside.addRoundedRect(QRectF(0, 0, body.width(), body.height()), ROUND, ROUND)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillPath(whole.subtracted(inside), ground)
    painter.setPen(QPen(line, 1))
    painter.drawRoundedRect(QRectF(0.5, 0.5, body.width() - 1, body.height() - 1), ROUND, ROUND)
    painter.end()
    return drawn
