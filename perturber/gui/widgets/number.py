"""Entry fields for numbers that leave the wheel to whoever scrolls."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QWidget

from perturber.gui.theme import font


def decimals_for(span: float) -> int:
    """How many decimals distinguish about a thousand steps in a range of this width."""
    return 3 if span <= 2 else 2 if span <= 20 else 1


class NumberEntry(QDoubleSpinBox):
    """A typed number. ``entered`` tells what a person typed, never what `show_value` sets."""

    entered = Signal(float)

    def __init__(self, low: float, high: float, decimals: int, unit: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("number")
        self.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.setLocale(QLocale.c())
        self.setDecimals(decimals)
        self.setRange(low, high)
        self.setSingleStep(10.0**-decimals * (10 if decimals else 1))
        if unit:
            self.setSuffix(unit if unit == "°" else f" {unit}")
        self.setKeyboardTracking(False)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setFont(font(12, numbers=True))
        self.setFixedWidth(68)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.valueChanged.connect(self.entered)

    def show_value(self, value: float) -> None:
        """Show a value without telling anyone."""
        blocked = self.blockSignals(True)
        self.setValue(value)
        self.blockSignals(blocked)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
