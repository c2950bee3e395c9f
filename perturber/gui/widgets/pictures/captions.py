"""Short captions in the corners of a picture, legible on any background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from perturber.gui.style.theme import font

Corner = Literal["top left", "top right", "bottom left", "bottom right"]
GROUND, INK, FAINT = QColor(10, 12, 16, 205), QColor(240, 243, 248), QColor(176, 186, 200)
"""The same in both themes, since the background is a picture."""
MARGIN, PAD, BAR, GAP = 8.0, 7.0, 4.0, 4.0
LARGE = 420
"""Captions are larger on pictures with at least this side, in pixels."""
RINGS = ((1.0, "Nyquist"), (0.5, "½"), (0.25, "¼"))


@dataclass(frozen=True)
class Caption:
    """A text in a corner, elided if necessary, followed by a value, which is never elided.

    ``note`` precedes them in a fainter color; ``color`` adds a bar in the color of a slot.
    """

    corner: Corner
    text: str
    note: str = ""
    color: str = ""
    value: str = ""

    @property
    def words(self) -> str:
        """The whole caption as one text."""
        return "  ".join(filter(None, (self.note, f"{self.text} {self.value}".strip())))


@dataclass(frozen=True)
class _CaptionFonts:
    note: QFont
    text: QFont

    def width(self, caption: Caption) -> float:
        """Return the width of the whole caption in one line."""
        note = QFontMetricsF(self.note).horizontalAdvance(caption.note + "  ") if caption.note else 0.0
        bar = BAR + 5 if caption.color else 0.0
        text = QFontMetricsF(self.text)
        return 2 * PAD + bar + note + text.horizontalAdvance(caption.text) + self.value_width(caption) + 2

    def value_width(self, caption: Caption) -> float:
        """Return the width of the value and the space before it."""
        return QFontMetricsF(self.text).horizontalAdvance(f" {caption.value}") if caption.value else 0.0


def paint_captions(painter: QPainter, place: QRectF, captions: Sequence[Caption]) -> None:
    """Paint captions into the corners of an area; captions of the same corner are stacked.

    Two captions side by side share the width; what does not fit is elided.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    size = 13 if place.width() >= LARGE else 12
    fonts = _CaptionFonts(font(size - 1), font(size, bold=True, numbers=True))
    height = QFontMetricsF(fonts.text).height() + 6
    room = place.width() - 2 * MARGIN
    for side in ("top", "bottom"):
        left = [c for c in captions if c.corner == f"{side} left"]
        right = [c for c in captions if c.corner == f"{side} right"]
        for row in range(max(len(left), len(right))):
            offset = MARGIN + row * (height + GAP)
            y = place.top() + offset if side == "top" else place.bottom() - offset - height
            a = fonts.width(left[row]) if row < len(left) else 0.0
            b = fonts.width(right[row]) if row < len(right) else 0.0
            wide, narrow = _share_width(a, b, room)
            if row < len(left):
                _paint(painter, QRectF(place.left() + MARGIN, y, wide, height), left[row], fonts)
            if row < len(right):
                _paint(painter, QRectF(place.right() - MARGIN - narrow, y, narrow, height), right[row], fonts)


def _share_width(a: float, b: float, room: float) -> tuple[float, float]:
    """Divide the width between two captions that want ``a`` and ``b``: the smaller one is served first."""
    free = room - (GAP if a and b else 0.0)
    if a + b <= free:
        return a, b
    half = free / 2
    if a <= half:
        return a, free - a
    return (free - b, b) if b <= half else (half, half)


def _paint(painter: QPainter, box: QRectF, caption: Caption, fonts: _CaptionFonts) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(GROUND)
    painter.drawRoundedRect(box, 5, 5)
    x = box.left() + PAD
    if caption.color:
        painter.setBrush(QColor(caption.color))
        painter.drawRoundedRect(QRectF(x - 2, box.top() + 4, BAR, box.height() - 8), 2, 2)
        x += BAR + 3
    flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    if caption.note:
        painter.setFont(fonts.note)
        painter.setPen(FAINT)
        note = caption.note + "  "
        painter.drawText(QRectF(x, box.top(), box.right() - x, box.height()), flags, note)
        x += QFontMetricsF(fonts.note).horizontalAdvance(note)
    painter.setFont(fonts.text)
    painter.setPen(INK)
    room = box.right() - PAD - x + 2 - fonts.value_width(caption)
    text = QFontMetricsF(fonts.text).elidedText(caption.text, Qt.TextElideMode.ElideRight, room)
    if caption.value:
        text += f" {caption.value}"
    painter.drawText(QRectF(x, box.top(), box.right() - x, box.height()), flags, text)


def paint_rings(painter: QPainter, place: QRectF) -> None:
    """Paint circles of equal frequency over a centered spectrum, with their labels."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font(11))
    for share, name in RINGS:
        radius = share * place.width() / 2
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(255, 255, 255, 110), 1, Qt.PenStyle.DashLine))
        painter.drawEllipse(place.center(), radius, radius)
        # On the diagonal, where the outermost ring leaves room.
        at = place.center() + QPointF(radius, -radius) * 0.7071
        box = QRectF(at.x() - 30, at.y() - 9, 60, 18)
        width = painter.fontMetrics().horizontalAdvance(name) + 10
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(GROUND)
        painter.drawRoundedRect(QRectF(at.x() - width / 2, box.top(), width, 18), 4, 4)
        painter.setPen(INK)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)
