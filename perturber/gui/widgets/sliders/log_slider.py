"""A slider whose equal ways multiply by equal factors."""

from __future__ import annotations

from math import log10

from PySide6.QtWidgets import QWidget

from perturber.gui.style.theme import Theme
from perturber.gui.widgets.sliders.slider import Slider

PLACES = 0.005
"""Decades between two places."""
DIGITS = 3


class LogSlider(Slider):
    """As `Slider`, for positive numbers; a number below the lowest, such as 0, shows at the left end."""

    def __init__(self, theme: Theme, low: float, high: float, *, origin: float, parent: QWidget | None = None) -> None:
        self._least = low
        start = log10(max(origin, low))
        super().__init__(theme, log10(low), log10(high), origin=start, step=PLACES, parent=parent)
        self.setSingleStep(max(1, round(0.05 / PLACES)))

    @property
    def number(self) -> float:
        """The value, to three digits."""
        return float(f"{10 ** (self._low + self.value() * self._step):.{DIGITS}g}")

    def show_value(self, value: float) -> None:
        """Show a value without telling anyone; one out of range shows at the end."""
        super().show_value(log10(max(value, self._least)))
