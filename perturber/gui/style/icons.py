"""Line icons on a 24 × 24 grid, drawn in the theme's colors, sharp at every scale."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

STROKES = {
    "undo": "M9 6 4 11l5 5M4 11h9a6 6 0 0 1 6 6v1",
    "redo": "m15 6 5 5-5 5M20 11h-9a6 6 0 0 0-6 6v1",
    "open": "M3 18V6a1 1 0 0 1 1-1h5l2 3h8a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1z",
    "save": "M12 4v11M7.500 10.500 12 15l4.500-4.500M4 19h16",
    "copy": "M9 9h10v11H9zM5 15V4h10",
    "dark": "M19 14.500A8 8 0 0 1 9.500 5a7.500 7.500 0 1 0 9.500 9.500z",
    "light": "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.500 1.500M17.500 17.500 19 19"
    "M5 19l1.500-1.500M17.500 6.500 19 5",
    "reset": "M5 12a7 7 0 1 0 2.200-5.100M5 4v4h4",
    "close": "M6 6l12 12M18 6 6 18",
    "left": "m15 6-6 6 6 6",
    "right": "m9 6 6 6-6 6",
    "down": "m6 9 6 6 6-6",
    "plus": "M12 5v14M5 12h14",
    "minus": "M5 12h14",
    "alert": "M12 3.500 22 20H2zM12 10v4.500M12 17.400v.2",
    "info": "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM12 11v5.500M12 7.500v.2",
    "check": "m5 12.500 4.500 4.500L19 7.500",
    "upto": "M12 4v11M7.500 10.500 12 15l4.500-4.500M5 20h14",
    "play": "M8 5v14l11-7z",
    "pause": "M8.500 5v14M15.500 5v14",
    "step": "M6 5v14l9-7zM18 5v14",
    "pixels": "M4 4h16v16H4zM4 12h16M12 4v16",
    "explain": "M12 5a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM12 2v5M12 17v5M2 12h5M17 12h5M12 11.500v1",
    "camera": "M4 8h3.500L9 5.500h6L16.500 8H20v11H4zM12 10.200a3.100 3.100 0 1 1 0 6.200 3.100 3.100 0 0 1 0-6.200z",
}


def pixmap(name: str, color: str | QColor, size: int = 16, scale: float = 1.0) -> QPixmap:
    """Return an icon of ``size`` logical pixels, drawn for a device pixel ratio of ``scale``."""
    ink = QColor(color).name()
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="none" stroke-width="1.8" '
        f'stroke-linecap="round" stroke-linejoin="round" stroke="{ink}" d="{STROKES[name]}"/></svg>'
    )
    drawn = QPixmap(round(size * scale), round(size * scale))
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(drawn.rect()))
    painter.end()
    drawn.setDevicePixelRatio(scale)
    return drawn


def icon(name: str, color: str | QColor, off: str | QColor | None = None) -> QIcon:
    """Return an icon for screens of any pixel density; ``off`` is its color when disabled."""
    made = QIcon()
    for scale in (1.0, 2.0, 3.0):
        made.addPixmap(pixmap(name, color, 16, scale))
        if off is not None:
            made.addPixmap(pixmap(name, off, 16, scale), QIcon.Mode.Disabled)
    return made
