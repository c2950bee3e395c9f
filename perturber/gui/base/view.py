"""How results are looked at: choices of the viewer's that are no part of the session."""

from __future__ import annotations

from typing import Literal, get_args

from PySide6.QtCore import QObject, Signal

Look = Literal["attacked", "original", "change", "spectrum"]
LOOKS: tuple[Look, ...] = get_args(Look)


class ViewOptions(QObject):
    """``changed`` is emitted when one of the choices is another."""

    changed = Signal()

    def __init__(self, pixel_exact: bool = False, logits: bool = False, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pixel_exact = pixel_exact
        """Pictures and maps as hard pixels instead of smoothly enlarged."""
        self.logits = logits
        """Predictions as logits instead of probabilities."""
        self.look: Look = "attacked"
        """What is painted of an attacked frame."""
        self.gain = 0.0
        """By what an attack's change is multiplied to be seen; 0 chooses it by the change."""

    def set_pixel_exact(self, on: bool) -> None:
        self._set("pixel_exact", on)

    def set_logits(self, on: bool) -> None:
        self._set("logits", on)

    def set_look(self, look: Look) -> None:
        self._set("look", look)

    def set_gain(self, gain: float) -> None:
        self._set("gain", gain)

    def _set(self, name: str, value: object) -> None:
        if getattr(self, name) != value:
            setattr(self, name, value)
            self.changed.emit()
