"""A grid of thumbnails, one of which is chosen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QWidget
from superqt.utils import QFlowLayout

from perturber.gui.style.icons import pixmap
from perturber.gui.style.theme import Theme, font

LARGEST, SMALLEST = 56, 40
"""Range of a thumbnail's side in pixels; as large as allows the wanted number per row."""
EDGE, GAP = 3, 1
LABEL = 16


@dataclass(frozen=True)
class Choice:
    """One option; without a picture it shows an icon."""

    name: str
    label: str
    picture: Path | None = None
    icon: str = "plus"
    tip: str = ""


class ThumbnailTile(QAbstractButton):
    """A thumbnail with its label."""

    def __init__(self, choice: Choice, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice = choice
        self._theme = theme
        self._picture = QPixmap(str(choice.picture)) if choice.picture is not None else QPixmap()
        self.setText(choice.label)
        self.setToolTip(choice.tip or choice.label)
        self.setAccessibleName(choice.label)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_side(LARGEST)
        theme.changed.connect(self.update)

    def set_side(self, side: int) -> None:
        """Set the side of the picture, in pixels."""
        self._side = side
        self.setFixedSize(side + 2 * EDGE, side + LABEL + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = self._theme.colors
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        place = QRect(EDGE, 2, self._side, self._side)
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(place), 6, 6)
        painter.fillPath(outline, QColor(colors.hover if self.underMouse() else colors.control))
        if self._picture.isNull():
            drawn = pixmap(self.choice.icon, colors.muted, 22, self.devicePixelRatioF())
            painter.drawPixmap(place.center().x() - 10, place.center().y() - 10, drawn)
        else:
            painter.save()
            painter.setClipPath(outline)
            painter.setOpacity(1.0 if self.isChecked() or self.underMouse() else 0.8)
            painter.drawPixmap(place, self._picture)
            painter.restore()
        if self.isChecked() or self.hasFocus():
            painter.setPen(QPen(QColor(colors.text if self.isChecked() else colors.faint), 2))
            painter.drawRoundedRect(QRectF(place).adjusted(-1, -1, 1, 1), 7, 7)
        painter.setFont(font(10))
        painter.setPen(QColor(colors.text if self.isChecked() else colors.muted))
        foot = QRect(1, self._side + 4, self.width() - 2, LABEL)
        shown = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, foot.width())
        painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, shown)


class Thumbnails(QWidget):
    """A grid of thumbnails; ``chosen`` carries the name the user chose, and is not emitted by `show_choice`."""

    chosen = Signal(str)

    def __init__(self, choices: Iterable[Choice], theme: Theme, per_row: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self._per_row = max(1, per_row)
        self._tiles: dict[str, ThumbnailTile] = {}
        self._group = QButtonGroup(self)
        self._group.setExclusive(False)
        flow = QFlowLayout(self)
        flow.setContentsMargins(0, 0, 0, 0)
        flow.setHorizontalSpacing(GAP)
        flow.setVerticalSpacing(2)
        for choice in choices:
            tile = ThumbnailTile(choice, theme)
            self._tiles[choice.name] = tile
            self._group.addButton(tile)
            flow.addWidget(tile)
            tile.clicked.connect(lambda _on, name=choice.name: self._clicked(name))
        self._chosen = ""

    def show_choice(self, name: str, label: str = "") -> None:
        """Mark a choice; ``label`` replaces its label, for example with the name of a file."""
        self._chosen = name
        for key, tile in self._tiles.items():
            tile.setChecked(key == name)
            tile.setText(label if label and key == name else tile.choice.label)
            tile.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        side = self.width() // self._per_row - 2 * EDGE - GAP
        for tile in self._tiles.values():
            tile.set_side(min(LARGEST, max(SMALLEST, side)))

    def _clicked(self, name: str) -> None:
        self.show_choice(self._chosen, self._tiles[self._chosen].text() if self._chosen in self._tiles else "")
        self.chosen.emit(name)
