"""A number field that ignores the mouse wheel."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from perturber.gui.style.theme import font, restyle

WIDTH = 58
STEPS = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_PageUp: 10, Qt.Key.Key_PageDown: -10}


def decimals_for(span: float) -> int:
    """Return the number of decimals that distinguishes about a thousand steps in a range of this width."""
    return 3 if span <= 2 else 2 if span <= 20 else 1


def parse(text: str, unit: str) -> float | None:
    """Parse a number with or without its unit, with a point or a comma, or a fraction such as 8/255.

    Returns None if the text is not a number.
    """
    bare = text.strip().removesuffix(unit).strip().replace(",", ".").replace("−", "-")
    above, _, below = bare.partition("/")
    try:
        value = float(above) / float(below) if below else float(bare)
    except (ValueError, ZeroDivisionError):
        return None
    return value if abs(value) < float("inf") else None


class NumberEntry(QLineEdit):
    """A number field; ``entered`` is emitted for input by the user, not for `show_value`.

    The range limits only the arrow keys; a typed number outside it is emitted, for the session to refuse
    with a reason.
    """

    entered = Signal(float)

    def __init__(self, low: float, high: float, decimals: int, unit: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._low, self._high, self._decimals, self._unit = low, high, decimals, unit
        self._value = 0.0
        self.setObjectName("number")
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setFont(font(12, numbers=True))
        self.setFixedWidth(WIDTH)
        self.editingFinished.connect(self._finish)
        self.returnPressed.connect(self.clearFocus)  # returns Ctrl+Z to the session
        self.set_quiet(True)

    def show_value(self, value: float) -> None:
        """Show a value without emitting a signal."""
        self._value = value
        text = self.text_of(value)
        if text != self.text():
            self.setText(text)

    def text_of(self, value: float) -> str:
        """Return a value as shown: the number with its unit."""
        space = "" if self._unit in {"", "°"} else " "
        return f"{self.written(value)}{space}{self._unit}"

    def written(self, value: float) -> str:
        """Return the number as text."""
        return f"{value:.{self._decimals}f}"

    def set_quiet(self, quiet: bool) -> None:
        """Show the number in a muted color, for a value at its default."""
        restyle(self, "quiet", quiet)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = STEPS.get(Qt.Key(event.key()))
        if steps is not None:
            self._emit(min(self._high, max(self._low, self._value + steps * self._step())))
        elif event.key() == Qt.Key.Key_Escape and self.isModified():
            self.show_value(self._value)
        else:
            super().keyPressEvent(event)

    def _step(self) -> float:
        return 1.0 if self._decimals == 0 else 10.0 ** (1 - self._decimals)

    def _finish(self) -> None:
        if not self.isModified():
            return
        self.setModified(False)
        value = parse(self.text(), self._unit)
        if value is None:
            self.reject()
        else:
            self._emit(value)

    def reject(self) -> None:
        """Discard text that is not a number and show the previous value."""
        self.show_value(self._value)

    def _emit(self, value: float) -> None:
        value = round(value, 9)
        if value != self._value:
            self.entered.emit(value)
        else:
            self.show_value(value)
