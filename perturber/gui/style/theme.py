"""Colors, sizes and fonts of the window.

Saturated colors are reserved for data: blue, light blue and yellow for the slots, red and blue for the
sign of an activation. Everything else is gray.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont, QPalette

from perturber.gui.style.style_sheet import style_sheet

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication, QWidget

SPACE = 8
"""The unit of all spacing, in logical pixels."""
RADIUS = 8
"""Corner radius of cards, in logical pixels."""
ROW = 28
"""Height of a parameter row, in logical pixels."""


@dataclass(frozen=True)
class Colors:
    """The named colors of one theme, as #rrggbb."""

    window: str
    panel: str
    card: str
    control: str
    hover: str
    line: str
    text: str
    muted: str
    faint: str
    track: str
    fill: str
    handle: str
    slot1: str
    slot2: str
    edited: str
    ink: str
    """Text on the color of edited models."""
    error: str
    error_card: str
    good: str
    map_zero: str
    map_positive: tuple[str, ...]
    map_negative: tuple[str, ...]
    """Colors of activations, from near zero to full scale."""

    def slot(self, name: str) -> QColor:
        """Return the color of a slot; unknown slots get the color of edited models."""
        return QColor(getattr(self, name, self.edited))


DARK = Colors(
    window="#0f1216",
    panel="#161a20",
    card="#1c2128",
    control="#262c36",
    hover="#313945",
    line="#2b323c",
    text="#e9ecf1",
    muted="#a0aaba",
    faint="#6f7a8a",
    track="#2e3641",
    fill="#8b99ad",
    handle="#d9dfe8",
    slot1="#3f74e6",
    slot2="#7cc4ff",
    edited="#f6c945",
    ink="#171b21",
    error="#ff7b72",
    error_card="#3a2024",
    good="#58c98b",
    map_zero="#0a0c0f",
    map_positive=("#6d1419", "#d7322f", "#ff8a6b"),
    map_negative=("#12327a", "#2f6fe0", "#7db8ff"),
)
LIGHT = Colors(
    window="#eceef2",
    panel="#f8f9fb",
    card="#ffffff",
    control="#eef0f4",
    hover="#e2e6ec",
    line="#d8dde5",
    text="#171b21",
    muted="#556070",
    faint="#8a94a3",
    track="#d9dee6",
    fill="#7a8798",
    handle="#ffffff",
    slot1="#1f57c8",
    slot2="#3d9fee",
    edited="#e3b010",
    ink="#171b21",
    error="#c4302b",
    error_card="#fdeceb",
    good="#2a9d62",
    map_zero="#fbfbfc",
    map_positive=("#f6b3a5", "#d93a33", "#7c0d13"),
    map_negative=("#aac9f7", "#2f6fe0", "#0d2a75"),
)
THEMES = {"dark": DARK, "light": LIGHT}


class Theme(QObject):
    """The current theme. Painted widgets read `colors` and repaint on `changed`."""

    changed = Signal()

    def __init__(self, name: str = "dark", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.name = name if name in THEMES else "dark"

    @property
    def colors(self) -> Colors:
        return THEMES[self.name]

    def choose(self, name: str, app: QApplication) -> None:
        """Switch the whole application to ``dark`` or ``light``."""
        self.name = name
        self.apply(app)
        self.match_platform(app)
        self.changed.emit()

    def match_platform(self, app: QApplication) -> None:
        """Ask the platform for matching title bars and native dialogs, where supported."""
        from PySide6.QtCore import Qt

        choose = getattr(app.styleHints(), "setColorScheme", None)
        if choose is not None:  # since Qt 6.8
            choose(Qt.ColorScheme.Dark if self.name == "dark" else Qt.ColorScheme.Light)

    def apply(self, app: QApplication) -> None:
        """Set the application's style, palette and style sheet."""
        app.setStyle("Fusion")
        app.setPalette(_palette(self.colors))
        app.setStyleSheet(style_sheet({f.name: getattr(self.colors, f.name) for f in fields(Colors)}))


def _palette(colors: Colors) -> QPalette:
    role = QPalette.ColorRole
    table = {
        role.Window: colors.window,
        role.WindowText: colors.text,
        role.Base: colors.control,
        role.AlternateBase: colors.card,
        role.Text: colors.text,
        role.PlaceholderText: colors.faint,
        role.Button: colors.control,
        role.ButtonText: colors.text,
        role.BrightText: colors.text,
        role.ToolTipBase: colors.card,
        role.ToolTipText: colors.text,
        role.Highlight: colors.fill,
        role.HighlightedText: colors.window,
        role.Link: colors.slot2,
        role.Mid: colors.line,
        role.Dark: colors.window,
        role.Light: colors.hover,
        role.Shadow: colors.window,
    }
    palette = QPalette()
    for which, color in table.items():
        palette.setColor(which, QColor(color))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(colors.faint))
    return palette


def restyle(widget: QWidget, name: str, value: bool) -> None:
    """Set a property that the style sheet refers to, and apply the style sheet again."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def font(pixels: int, bold: bool = False, numbers: bool = False) -> QFont:
    """Return the system font at a size in logical pixels; ``numbers`` requests digits of equal width."""
    made = QFont()
    made.setPixelSize(pixels)
    if bold:
        made.setWeight(QFont.Weight.DemiBold)
    if numbers:
        made.setFeature(QFont.Tag("tnum"), 1)
    return made
