"""Activation maps of one slot in one painted widget: red positive, blue negative, zero the ground."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from perturber.core.evaluation import Maps
from perturber.gui.theme import SPACE, Colors, Theme, font
from perturber.gui.view import View

LABEL = 18
GAP = SPACE
SMALLEST = 24


@lru_cache(maxsize=4)
def color_table(colors: Colors) -> NDArray[np.uint32]:
    """256 colours as 0xffRRGGBB: full negative at 0, zero at 128, full positive at 255."""
    stops = [*reversed(colors.map_negative), colors.map_zero, *colors.map_positive]
    at = np.linspace(0.0, 255.0, len(stops))
    at[len(stops) // 2] = 128.0
    table = np.full(256, 0xFF, np.uint32)
    for part in (QColor.red, QColor.green, QColor.blue):
        ramp = np.interp(np.arange(256), at, [part(QColor(c)) for c in stops])
        table = (table << np.uint32(8)) | np.rint(ramp).astype(np.uint32)
    return table


def paint_maps(values: NDArray[np.float32], divisor: float, colors: Colors) -> NDArray[np.uint32]:
    """Values (units × h × w) as pixels 0xffRRGGBB; ±``divisor`` reaches the ends of the colours."""
    scale = 127.0 / divisor if divisor > 0 else 0.0
    with np.errstate(invalid="ignore", over="ignore"):
        steps = np.nan_to_num(values * np.float32(scale), posinf=127.0, neginf=-127.0)
    index = np.clip(np.rint(steps), -128, 127).astype(np.int16) + 128
    pixels: NDArray[np.uint32] = color_table(colors)[index]
    return pixels


def arrange(count: int, size: QSize) -> tuple[int, int]:
    """Columns and side of a tile that show ``count`` square tiles, in rows as even as can be, largest."""
    best = (1, 0)
    for rows in range(1, count + 1):
        columns = -(-count // rows)
        wide = (size.width() - GAP * (columns - 1)) // columns
        high = (size.height() - GAP * (rows - 1)) // rows - LABEL
        best = max(best, (columns, min(wide, high)), key=lambda c: c[1])
    return best


class MapGrid(QWidget):
    """Paints the maps as large as fits; ``pointed`` tells the value under the mouse, in words."""

    pointed = Signal(str)

    def __init__(self, theme: Theme, view: View, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._view = theme, view
        self._maps: Maps | None = None
        self._divisor = 1.0
        self._pixels: NDArray[np.uint32] | None = None
        self._images: list[QImage] = []
        self._message = ""
        self.setMouseTracking(True)
        # It paints its own ground, so that a frame repaints nothing behind it.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(120, SMALLEST + LABEL)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self._render)
        view.changed.connect(self.update)

    def show_maps(self, maps: Maps | None, divisor: float, message: str = "") -> None:
        """Paint these maps, ±``divisor`` at full colour; without maps the message."""
        self._maps, self._divisor, self._message = maps, divisor, message
        self._render()

    def _render(self) -> None:
        self._images = []
        if self._maps is not None:
            pixels = np.ascontiguousarray(paint_maps(self._maps.values, self._divisor, self._theme.colors))
            height, width = pixels.shape[1:]
            self._pixels = pixels
            self._images = [QImage(tile.data, width, height, 4 * width, QImage.Format.Format_RGB32) for tile in pixels]
        self.update()

    def tiles(self) -> list[QRect]:
        """Where the maps are painted."""
        if not self._images:
            return []
        columns, side = arrange(len(self._images), self.size())
        side = max(side, SMALLEST)
        columns = min(columns, len(self._images))
        left = (self.width() - columns * side - (columns - 1) * GAP) // 2
        rows = -(-len(self._images) // columns)
        top = max(0, (self.height() - rows * (side + LABEL) - (rows - 1) * GAP) // 2)
        return [
            QRect(left + (i % columns) * (side + GAP), top + (i // columns) * (side + LABEL + GAP), side, side)
            for i in range(len(self._images))
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = self._theme.colors
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colors.card))
        painter.setFont(font(12, numbers=True))
        painter.setPen(QColor(colors.muted))
        if self._maps is None or not self._images:
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._message)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not self._view.pixel_exact)
        for place, image, unit in zip(self.tiles(), self._images, self._maps.units, strict=False):
            painter.drawImage(place, image)
            foot = QRect(place.left(), place.bottom() + 1, place.width(), LABEL)
            painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, str(unit))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointed.emit(self._value_at(event.position().toPoint()))

    def leaveEvent(self, event: object) -> None:
        self.pointed.emit("")

    def _value_at(self, point: QPoint) -> str:
        if self._maps is None:
            return ""
        height, width = self._maps.values.shape[1:]
        for number, place in enumerate(self.tiles()):
            if place.contains(point):
                x = min(width - 1, (point.x() - place.left()) * width // place.width())
                y = min(height - 1, (point.y() - place.top()) * height // place.height())
                value = float(self._maps.values[number, y, x])
                return f"{self._maps.layer}:{self._maps.units[number]} at {x}, {y}: {value:.3g}"
        return ""
