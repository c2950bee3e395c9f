"""A grid of thumbnails, one of which is chosen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QWidget
from superqt.utils import QFlowLayout

from perturber.gui.style.icons import pixmap
from perturber.gui.style.theme import Theme, font

SIDE = 40
"""Side of a thumbnail in pixels."""
WIDEST = 92
"""Largest width of a tile in pixels; longer labels, such as names of files, are elided."""
EDGE, GAP = 3, 1
LINE, LINES = 13, 2
"""Height of a line of the label in pixels, and the number of lines."""


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
        self.show_label(choice.label)
        self.setAccessibleName(choice.label)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_width(SIDE + 2 * EDGE)
        theme.changed.connect(self.update)

    def show_label(self, label: str) -> None:
        """Replace the label; the tooltip holds all of it."""
        self.setText(label)
        own = label == self.choice.label
        tip = self.choice.tip or label
        self.setToolTip(tip if own else f"{label}\n{tip}")

    @property
    def wanted_width(self) -> int:
        """The width at which the label fits."""
        metrics = QFontMetrics(font(10))
        widths = range(SIDE + 2 * EDGE, WIDEST)
        return next((w for w in widths if not self._is_cut(metrics, w - 2)), WIDEST)

    def _is_cut(self, metrics: QFontMetrics, width: int) -> bool:
        lines = wrap(self.text(), metrics, width)
        return len(lines) > LINES or any(metrics.horizontalAdvance(line) > width for line in lines)

    def set_width(self, width: int) -> None:
        """Set the width of the tile, in pixels."""
        self.setFixedSize(width, SIDE + LINES * LINE + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = self._theme.colors
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        place = QRect((self.width() - SIDE) // 2, 2, SIDE, SIDE)
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
        self._paint_label(painter)

    def _paint_label(self, painter: QPainter) -> None:
        metrics, width = painter.fontMetrics(), self.width() - 2
        lines = wrap(self.text(), metrics, width)
        lines = [*lines[: LINES - 1], " ".join(lines[LINES - 1 :])] if lines[LINES - 1 :] else lines
        for number, line in enumerate(lines):
            foot = QRect(1, SIDE + 4 + number * LINE, width, LINE)
            shown = metrics.elidedText(line, Qt.TextElideMode.ElideRight, width)
            painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, shown)


def wrap(text: str, metrics: QFontMetrics, width: int) -> list[str]:
    """Return the lines of a text broken between words to a width in pixels; a longer word has a line of its own."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and metrics.horizontalAdvance(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


class Thumbnails(QWidget):
    """A grid of thumbnails; ``chosen`` carries the name the user chose, and is not emitted by `show_choice`."""

    chosen = Signal(str)

    def __init__(self, choices: Iterable[Choice], theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
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
        self.set_width(self.wanted_width)

    def show_choice(self, name: str, label: str = "") -> None:
        """Mark a choice; ``label`` replaces its label, for example with the name of a file."""
        self._chosen = name
        for key, tile in self._tiles.items():
            tile.setChecked(key == name)
            tile.show_label(label if label and key == name else tile.choice.label)
            tile.update()

    @property
    def wanted_width(self) -> int:
        """The width of a tile at which all labels fit."""
        return max((tile.wanted_width for tile in self._tiles.values()), default=SIDE)

    def set_width(self, width: int) -> None:
        """Set the width of all tiles, in pixels."""
        for tile in self._tiles.values():
            tile.set_width(width)

    def _clicked(self, name: str) -> None:
        self.show_choice(self._chosen, self._tiles[self._chosen].text() if self._chosen in self._tiles else "")
        self.chosen.emit(name)
