"""Large pictures: a single image, and the frame under an activation map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from perturber.core.evaluation import Pixels
from perturber.gui.base.view import ViewOptions
from perturber.gui.style.theme import RADIUS, Colors, Theme, font


def render_veil(values: NDArray[np.float32], divisor: float, colors: Colors) -> QImage:
    """Convert a map (h × w) to an image: transparent at zero, opaque at ±``divisor``."""
    strength = np.clip(np.nan_to_num(values / (divisor or 1.0)), -1.0, 1.0)
    dense = np.rint(255 * np.abs(strength)).astype(np.uint32)
    bright = (colors.map_positive[1], colors.map_negative[1])
    red, blue = (np.uint32(QColor(c).rgb() & 0xFFFFFF) for c in bright)
    pixels = np.ascontiguousarray((dense << np.uint32(24)) | np.where(strength >= 0, red, blue))
    height, width = pixels.shape
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32).copy()


class Picture(QWidget):
    """A square image with rounded corners, as large as fits, or a message."""

    def __init__(self, theme: Theme, view: ViewOptions, side: int) -> None:
        super().__init__()
        self._theme, self._view, self._side = theme, view, side
        self._image: QImage | None = None
        self._message = ""
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMaximumWidth(2 * side)
        theme.changed.connect(self.update)
        view.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(self._side, self._side)

    def heightForWidth(self, width: int) -> int:
        return width

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 160)

    @property
    def image(self) -> QImage | None:
        return self._image

    def show_image(self, image: QImage | None, message: str = "") -> None:
        """Show an image, and a message over it."""
        self._image, self._message = image, message
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        side = min(self.width(), self.height())
        place = QRectF((self.width() - side) / 2, 0, side, side)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not self._view.pixel_exact)
        outline = QPainterPath()
        outline.addRoundedRect(place, RADIUS, RADIUS)
        painter.setClipPath(outline)
        painter.fillRect(place, QColor(self._theme.colors.control))
        if self._image is not None:
            painter.drawImage(place, self._image)
            self.paint_over(painter, place)
        if self._message:
            painter.setPen(QColor(self._theme.colors.muted))
            painter.setFont(font(12))
            where = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(place.adjusted(16, 16, -16, -16), where, self._message)

    def paint_over(self, painter: QPainter, place: QRectF) -> None:
        """Paint on top of the image; subclasses override."""


class Overlay(Picture):
    """The frame under a unit's activation map; ``alpha`` is the map's opacity at its maximum (0 to 1)."""

    def __init__(self, theme: Theme, view: ViewOptions, side: int) -> None:
        super().__init__(theme, view, side)
        self.alpha = 0.7
        self.veil: QImage | None = None

    def show_frame(self, pixels: Pixels, values: NDArray[np.float32] | None, divisor: float) -> None:
        """Show a frame (H × W × 3) and the unit's activation map (h × w), if any."""
        height, width = pixels.shape[:2]
        frame = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
        self.veil = None if values is None else render_veil(values, divisor, self._theme.colors)
        self.show_image(frame)

    def set_alpha(self, alpha: float) -> None:
        """Set the opacity of the map, from 0 (hidden) to 1."""
        self.alpha = alpha
        self.update()

    def paint_over(self, painter: QPainter, place: QRectF) -> None:
        if self.veil is not None:
            painter.setOpacity(self.alpha)
            painter.drawImage(place, self.veil)
            painter.setOpacity(1.0)
