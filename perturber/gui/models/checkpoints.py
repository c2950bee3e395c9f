"""The checkpoint slider of a slot: one position for each checkpoint of the variant."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from perturber.core.errors import InputError
from perturber.core.session.models import FamilyModel, ModelRef
from perturber.core.session.session import Session
from perturber.gui.base.context import Context
from perturber.gui.style.theme import SPACE, Theme
from perturber.gui.widgets.sliders.slider import Slider
from perturber.nets.families.family import Checkpoint, Family, Variant

PAUSE_MS = 350
"""Pause after the last key, so that holding an arrow key does not load every checkpoint on the way."""
TICK = 8.0


def variant_of(ref: ModelRef, families: Mapping[str, Family]) -> tuple[Family, Variant] | None:
    """Return the family and variant of a reference; None if they do not exist."""
    if not isinstance(ref, FamilyModel) or ref.family not in families:
        return None
    family = families[ref.family]
    return next(((family, variant) for variant in family.variants if variant.name == ref.variant), None)


def checkpoint_of(ref: ModelRef, families: Mapping[str, Family]) -> Checkpoint | None:
    """Return the checkpoint of a reference; None if it does not exist."""
    found = variant_of(ref, families)
    try:
        return found[1].checkpoint(ref.checkpoint) if found and isinstance(ref, FamilyModel) else None
    except InputError:
        return None


def describe_checkpoint(checkpoint: Checkpoint, variant: Variant, family: Family) -> str:
    """Return the step of a checkpoint as text, with the earlier variant that has the same weights, if any."""
    text = f"step {checkpoint.step}"
    for other in family.variants[: family.variants.index(variant)]:
        for twin in other.checkpoints:
            if twin.sha256 == checkpoint.sha256:
                last = twin == other.checkpoints[-1]
                return f"{text} = {other.label}" + ("" if last else f" at {twin.step}")
    return text


class StepSlider(Slider):
    """A slider with a few evenly spaced positions, each marked by a tick.

    ``moved`` carries the position under the handle immediately; ``settled`` follows when the user releases
    the handle or pauses after a key.
    """

    settled = Signal()
    frames_keys = False

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, 0, 1, origin=0, step=1, parent=parent)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.settled)
        self.ended.connect(self._settle)

    def show_place(self, place: int, last: int) -> None:
        """Show one of the positions 0 … ``last`` without emitting a signal; cancels a pending ``settled``."""
        self._pause.stop()
        super().show_place(place, last)

    def _settle(self) -> None:
        self._pause.stop()
        self.settled.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        before = self.value()
        super().keyPressEvent(event)
        if self.value() != before:
            self._pause.start()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self._pause.isActive():
            self._settle()

    def mouseDoubleClickEvent(self, event: object) -> None:
        """Ignore double clicks, since there is no default to reset to."""

    def _paint_ticks(self, painter: QPainter) -> None:
        painter.setBrush(QColor(self._theme.colors.faint))
        top = (self.height() - TICK) / 2
        for place in range(self._steps + 1):
            x = self._x(place / self._steps)
            painter.drawRoundedRect(QRectF(x - 1, top, 2, TICK), 1, 1)


class CheckpointBar(QWidget):
    """The slider and the step at its handle; visible only if the slot's variant has several checkpoints.

    Releasing the handle writes the checkpoint to the session as one undo step.
    """

    def __init__(self, slot: str, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self._path, self._slot, self._context = f"models.{slot}.model", slot, context
        self._found: tuple[Family, Variant] | None = None
        self.slider = StepSlider(context.theme)
        self.slider.setToolTip("Training step of the model. Release to load.")
        self.label = QLabel()
        self.label.setObjectName("caption")
        self.label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE)
        line.addWidget(self.slider, 1)
        line.addWidget(self.label)
        self.slider.moved.connect(self._on_moved)
        self.slider.settled.connect(self._load)
        context.store.changed.connect(self._on_changed)
        self._show(self._ref(context.store.session))

    def close_bar(self) -> None:
        """Stop listening to the store."""
        self._context.store.changed.disconnect(self._on_changed, missing_ok=True)

    def _ref(self, session: Session) -> ModelRef:
        return session.models.model(self._slot)

    def _on_changed(self, old: Session, new: Session) -> None:
        if self._ref(old) != self._ref(new):
            self._show(self._ref(new))

    def _show(self, ref: ModelRef) -> None:
        families = self._context.resources.families
        self._found = found = variant_of(ref, families)
        self.setVisible(found is not None and len(found[1].checkpoints) > 1)
        if found is None:
            return
        family, variant = found
        # Wide enough for every step, so that the slider does not move.
        self.label.ensurePolished()
        words = [describe_checkpoint(checkpoint, variant, family) for checkpoint in variant.checkpoints]
        self.label.setFixedWidth(max(map(self.label.fontMetrics().horizontalAdvance, words)) + 2)
        shown = checkpoint_of(ref, families)
        places = len(variant.checkpoints)
        self.slider.show_place(places - 1 if shown is None else variant.checkpoints.index(shown), places - 1)
        self._say("unknown" if shown is None else words[variant.checkpoints.index(shown)])

    def _on_moved(self, place: float) -> None:
        if self._found is not None:
            family, variant = self._found
            self._say(describe_checkpoint(variant.checkpoints[round(place)], variant, family))

    def _say(self, text: str) -> None:
        self.label.setText(text)
        self.slider.setAccessibleDescription(text)

    def _load(self) -> None:
        ref = self._ref(self._context.store.session)
        if self._found is None or not isinstance(ref, FamilyModel):
            return
        variant = self._found[1]
        wanted = variant.checkpoints[self.slider.value()]
        if wanted != checkpoint_of(ref, self._context.resources.families):
            self._context.store.set(self._path, ref.model_copy(update={"checkpoint": variant.reference(wanted)}))
