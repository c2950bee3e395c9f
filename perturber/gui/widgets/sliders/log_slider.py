"""A slider with a logarithmic scale."""

from __future__ import annotations

from math import log10

from PySide6.QtWidgets import QWidget

from perturber.gui.style.theme import Theme
from perturber.gui.widgets.sliders.slider import Slider

PLACES = 0.005
"""Decades between two positions."""
DIGITS = 3
"""Significant digits of the numbers that the slider emits."""


class LogSlider(Slider):
    """A `Slider` for positive numbers; a number below the lowest, such as 0, is shown at the left end."""

    def __init__(self, theme: Theme, low: float, high: float, *, origin: float, parent: QWidget | None = None) -> None:
        self._least = low
        super().__init__(theme, low, high, origin=origin, step=PLACES, parent=parent)
        self.setSingleStep(max(1, round(0.05 / PLACES)))

    def _position(self, number: float) -> float:
        return log10(max(number, self._least))

    def _number(self, position: float) -> float:
        return float(f"{10**position:.{DIGITS}g}")
