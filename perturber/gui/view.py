"""How results are looked at: choices of the viewer's that are no part of the session."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class View(QObject):
    """``changed`` is emitted when one of the choices is another."""

    changed = Signal()

    def __init__(self, pixel_exact: bool = False, logits: bool = False, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pixel_exact = pixel_exact
        """Pictures and maps as hard pixels instead of smoothly enlarged."""
        self.logits = logits
        """Predictions as logits instead of probabilities."""

    def set_pixel_exact(self, on: bool) -> None:
        self._set("pixel_exact", on)

    def set_logits(self, on: bool) -> None:
        self._set("logits", on)

    def _set(self, name: str, on: bool) -> None:
        if getattr(self, name) != on:
            setattr(self, name, on)
            self.changed.emit()
