"""How results are displayed: choices that are not part of the session."""

from __future__ import annotations

from typing import Literal, get_args

from PySide6.QtCore import QObject, Signal

Look = Literal["attacked", "original", "change", "spectrum"]
LOOKS: tuple[Look, ...] = get_args(Look)


class ViewOptions(QObject):
    """Display options; ``changed`` is emitted when one of them changes."""

    changed = Signal()

    def __init__(self, pixel_exact: bool = False, logits: bool = False, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pixel_exact = pixel_exact
        """Whether pictures and maps are enlarged without smoothing."""
        self.logits = logits
        """Whether predictions are shown as logits instead of probabilities."""
        self.look: Look = "attacked"
        """What is painted for an attacked frame."""
        self.gain = 0.0
        """Factor that amplifies an attack's perturbation for display; 0 chooses it automatically."""

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
