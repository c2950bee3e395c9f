"""The window that plots how far an attack moves the activations of every layer."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Literal

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from perturber.core.evaluation import Evaluation
from perturber.core.jobs.analysis import Distances, Diverge, Divergence
from perturber.core.jobs.job import Answer
from perturber.core.session.picture import PictureKey
from perturber.core.session.session import Session
from perturber.gui.base.context import Context
from perturber.gui.models.slot_head import title_of
from perturber.gui.style.theme import SPACE
from perturber.gui.widgets.charts.blocks import Blocks, LayerLine
from perturber.gui.widgets.frames.resting import RestingDialog
from perturber.gui.widgets.frames.text_labels import wrapped_label
from perturber.gui.widgets.inputs.combo import Combo

Measure = Literal["relative", "cosine"]
MEASURES: dict[Measure, tuple[str, str]] = {
    "relative": ("Relative Distance", "‖a − b‖ / ‖b‖: 1 means that the difference is as large as the activations"),
    "cosine": ("Cosine Distance", "1 − cos of the angle between a and b: 0 means the same direction, at any magnitude"),
}
SOON_MS = 60
"""Delay in milliseconds after a frame before the engine is asked, which gives dragging priority."""
NO_ATTACK = "No attack: only the models are compared, on the clean frame. Press A to take an attack step."
SAME = "Press A to take an attack step"
SOLID, DASHED = "━━", ("╍╍", "⋯⋯", "╍·╍")


class DivergenceWindow(RestingDialog):
    """A dialog that stays open beside the main window and follows the frame, using the engine when idle.

    ``show_changed`` shows the units of a slot that the attack changed most.
    """

    def __init__(self, context: Context, show_changed: Callable[[str], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Attack Divergence")
        self._context = context
        self._frame: Session | None = None
        """The session of the last frame, with the attack steps that the frame contains."""
        self._asked: Session | None = None
        self._shown: tuple[Session, Divergence] | None = None
        self.question = context.question(self)
        self.about, self.legend, self.under, self.notes = (wrapped_label("caption") for _ in range(4))
        self.measure = Combo(context.theme)
        for measure, (label, tip) in MEASURES.items():
            self.measure.addItem(label, measure)
            self.measure.setItemData(self.measure.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.changed = QPushButton("Show Most Changed Units")
        self.changed.setAutoDefault(False)
        self.changed.clicked.connect(lambda: show_changed(context.store.session.attack.slot))
        self.chart = Blocks(context.theme)
        self.chart.setAccessibleName("Distance by layer")
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self._ask)
        self._lay_out()
        self._connect()
        self.setMinimumSize(600, 400)
        self.resize(800, 440)

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        line.addWidget(self.measure)
        line.addStretch(1)
        line.addWidget(self.changed)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(SPACE)
        column.addWidget(self.about)
        column.addLayout(line)
        column.addWidget(self.legend)
        column.addWidget(self.chart, 1)
        column.addWidget(self.under)
        column.addWidget(self.notes)
        self.chart.fill_height(120)

    def _connect(self) -> None:
        self.question.answered.connect(self._on_answer)
        self.measure.activated.connect(lambda _: self._paint())
        self.chart.pointed.connect(self._point)
        self.chart.chosen.connect(lambda tap: self._context.store.set("probe.layer", tap))
        self._context.bridge.evaluated.connect(self.show_evaluation)
        self._context.store.changed.connect(self._on_changed)
        self._context.theme.changed.connect(self._paint)

    # Updates.

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Update to a new frame."""
        session, result = evaluation.session, evaluation.attack
        taken = result.taken if result is not None else 0
        attack = session.attack.model_copy(update={"taken": taken})
        self._frame = session.model_copy(update={"attack": attack})
        self.changed.setEnabled(taken > 0)
        self.changed.setToolTip("Show the most changed units of the layer in the Neurons panel" if taken else SAME)
        if self.isVisible() and not self._soon.isActive():
            self._soon.start()

    def _ask(self) -> None:
        """Ask about the frame unless already asked, one question at a time, which frames never interrupt."""
        frame = self._frame
        if frame is None or not self.isVisible() or self.question.is_open:
            return
        if self._asked is None or _dependencies(frame) != _dependencies(self._asked):
            self._asked = frame
            self.question.ask(Diverge(), frame)

    def _on_answer(self, answer: Answer) -> None:
        if not answer.finished or self._asked is None:
            return
        if isinstance(answer.value, Divergence):
            self._shown = self._asked, answer.value
            self._paint()
        else:
            self._shown = None
            self.chart.show_lines((), answer.problem)
            for label in (self.about, self.legend, self.notes):
                label.setText("")
        self._soon.start()  # a newer frame may have arrived

    def _on_changed(self, old: Session, new: Session) -> None:
        if old.probe.layer != new.probe.layer:
            self.chart.mark(new.probe.layer)

    # Display.

    def _paint(self) -> None:
        if self._shown is None:
            return
        session, found = self._shown
        lines = self._lines(found)
        moved = "The models have the same weights." if found.between else "Nothing to compare."
        self.chart.show_lines(lines, "" if lines else moved)
        self.chart.mark(self._context.store.session.probe.layer)
        self.about.setText(_describe_attack(session) if found.attacked else NO_ATTACK)
        self.legend.setText("&nbsp;&nbsp;&nbsp; ".join(self._legend_entry(line) for line in lines))
        apart = [f"{title_of(one)} and {title_of(two)}: {why}" for (one, two), why in found.unlike.items()]
        broken = [f"{title_of(slot)}: {why}" for slot, why in found.problems.items()]
        self.notes.setText("\n".join([*apart, *broken]))
        self.notes.setVisible(bool(apart or broken))
        self._point("")

    def _lines(self, found: Divergence) -> list[LayerLine]:
        lines = [
            LayerLine(title_of(slot), moved.taps, self._values(moved), slot=slot)
            for slot, moved in found.attacked.items()
        ]
        for number, ((one, two), apart) in enumerate(found.between.items()):
            if any(apart.relative):
                lines.append(
                    LayerLine(f"{title_of(one)} ↔ {title_of(two)}", apart.taps, self._values(apart), dash=number)
                )
        return lines

    def _values(self, found: Distances) -> tuple[float, ...]:
        return found.relative if self.measure.currentData() == "relative" else found.cosine

    def _legend_entry(self, line: LayerLine) -> str:
        colors = self._context.theme.colors
        color, glyph = (colors.slot(line.slot).name(), SOLID) if line.slot else (colors.muted, DASHED[line.dash])
        name = line.name.replace(" ", "&nbsp;")
        return f'<span style="color: {color}">{glyph}</span>&nbsp;{name}'

    def _point(self, text: str) -> None:
        usual = MEASURES[self.measure.currentData()][1] + ". Click a layer to show its units."
        self.under.setText(text or usual)

    # Opening and closing.

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._soon.start()

    def rest(self) -> None:
        """Cancel the pending question."""
        self._soon.stop()
        if self.question.is_open:
            self._asked = None
            self.question.cancel()

    def close_window(self) -> None:
        """Close the window and disconnect from all signals."""
        self.close()
        self.question.close()
        self._context.bridge.evaluated.disconnect(self.show_evaluation)
        self._context.store.changed.disconnect(self._on_changed, missing_ok=True)
        self._context.theme.changed.disconnect(self._paint)


def _dependencies(session: Session) -> Hashable:
    """Return everything that an answer depends on."""
    models = tuple((slot, shown.model) for slot, shown in session.models.items())
    return PictureKey.of(session), models


def _describe_attack(session: Session) -> str:
    """Describe the attack on the frame, and the lines of the plot."""
    attack = session.attack
    steps = f"{attack.taken} step{'s' * (attack.taken != 1)}"
    method = attack.method.title or type(attack.method).__name__
    lines = "Solid: distance of each layer from its activations on the clean frame."
    return f"{method} on {title_of(attack.slot)}, {steps}. {lines} Dashed: distance between the models on this frame."
