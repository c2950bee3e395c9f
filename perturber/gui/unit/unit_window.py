"""The window on one unit: feature image, activation on the frame, and all sections about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from perturber.core.evaluation import Evaluation
from perturber.core.jobs.job import FeatureRequest
from perturber.core.session.session import Session
from perturber.gui.base.binding import changed_paths, parameters_differ
from perturber.gui.base.context import Context
from perturber.gui.models.identity import name_of
from perturber.gui.models.slot_head import title_of
from perturber.gui.style.theme import SPACE
from perturber.gui.unit.finding_part import UnitSubject
from perturber.gui.unit.overlay import Overlay, Picture
from perturber.gui.unit.unit_findings import DiversityPart, ExamplesPart, InputsPart, TuningPart
from perturber.gui.unit.unit_head import UnitEditing, UnitHead
from perturber.gui.unit.unit_words import divisor_of
from perturber.gui.widgets.charts.numerals import short
from perturber.gui.widgets.sliders.slider import Slider

OWNER = "unit"
SIDE = 288
SOON_MS, AGAIN_MS = 150, 500
"""Delays before the engine is asked: after a change of unit, and after a change of scene."""
TUNED = ("scene.", "post.", "models.")
"""Prefixes of the session paths that a tuning curve depends on."""
STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}


class UnitWindow(QDialog):
    """A dialog that stays open beside the main window; it uses the engine only while open."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("unit")
        self._context = context
        self.subject: UnitSubject | None = None
        self._asked: UnitSubject | None = None
        self._evaluation: Evaluation | None = None
        self._channels: dict[tuple[str, str], int] = {}
        self.head = UnitHead(context)
        self.feature = Picture(context.theme, context.view, SIDE)
        self.feature.setAccessibleName("Feature image")
        self.overlay = Overlay(context.theme, context.view, SIDE)
        self.overlay.setAccessibleName("Activation on the frame")
        self.value = QLabel()
        self.value.setObjectName("caption")
        self.show_unit = QPushButton("Show in Neurons")
        self.show_unit.setAutoDefault(False)
        self.show_unit.setToolTip("Add this unit to the main window, where its activation map follows every frame")
        self.show_unit.clicked.connect(self._watch_unit)
        self.editing = UnitEditing(context)
        self.diversity = DiversityPart(context)
        self.inputs = InputsPart(context)
        self.examples = ExamplesPart(context)
        self.tuning = TuningPart(context)
        self.parts = (self.diversity, self.inputs, self.examples, self.tuning)
        self._soon, self._again = QTimer(self), QTimer(self)
        for timer, pause, then in ((self._soon, SOON_MS, self._look), (self._again, AGAIN_MS, self.tuning.measure)):
            timer.setSingleShot(True)
            timer.setInterval(pause)
            timer.timeout.connect(then)
        self._lay_out()
        self._connect()
        self.resize(1040, 790)

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(SPACE)
        left.addWidget(self.feature)
        left.addWidget(self.overlay)
        self.alpha = Slider(self._context.theme, 0.0, 1.0, origin=self.overlay.alpha, step=0.01)
        self.alpha.show_value(self.overlay.alpha)
        self.alpha.setAccessibleName("Overlay opacity")
        self.alpha.setToolTip("Opacity of the activation map over the frame, from 0 to 1")
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        line.addWidget(self.value)
        line.addWidget(self.show_unit)
        line.addWidget(self.alpha, 1)
        left.addLayout(line)
        left.addWidget(self.editing)
        left.addStretch(1)
        inside = QWidget()
        inside.setObjectName("plain")
        right = QVBoxLayout(inside)
        right.setContentsMargins(0, 0, SPACE, 0)
        right.setSpacing(SPACE + SPACE // 2)
        for part in (self.diversity, self.inputs, self.examples, self.tuning):
            right.addWidget(part)
        right.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        body = QHBoxLayout()
        body.setSpacing(3 * SPACE)
        body.addLayout(left, 2)
        body.addWidget(area, 5)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(SPACE)
        column.addWidget(self.head)
        column.addLayout(body, 1)

    def _connect(self) -> None:
        self.head.stepped.connect(self.step)
        self.head.turned.connect(self.switch_slot)
        self.alpha.moved.connect(self.overlay.set_alpha)
        self.alpha.reset.connect(lambda: self.alpha.setValue(70))
        self.inputs.chosen.connect(self._go)
        self.inputs.listed.connect(self._watch)
        self._context.features.changed.connect(self._show_features)
        self._context.store.changed.connect(self._on_changed)

    # The unit.

    def open(self, slot: str, layer: str, unit: int) -> None:  # type: ignore[override]
        """Show a unit of a slot's network."""
        model = self._context.store.session.models.model(slot)
        subject = UnitSubject(slot, model, layer, unit)
        if not self.isVisible():
            self.tuning.fill_menu()
            self.show()
            self.setFocus()  # the window then receives the arrow keys
        if self._evaluation is not None:
            self.head.offer([result.slot for result in self._evaluation.slots].__contains__)
        self.raise_()
        self.activateWindow()
        self._show(subject)

    def _show(self, subject: UnitSubject) -> None:
        if subject == self._asked and not self._soon.isActive():
            return
        self.subject = subject
        name = name_of(subject.model, self._context.resources.families)
        self.setWindowTitle(f"{subject.name} — {title_of(subject.slot)}, {name}")
        self.head.show_unit(subject.name, f"{title_of(subject.slot)} · {name}", subject.slot)
        count = self._channels.get((subject.slot, subject.layer))
        self.head.before.setEnabled(subject.unit > 0)
        self.head.behind.setEnabled(count is None or subject.unit + 1 < count)
        self.editing.show_unit(subject.layer, subject.unit)
        self._watch()
        self._show_map()
        self._soon.start()

    @property
    def _naive(self) -> bool:
        return self._context.store.session.probe.naive

    def _look(self) -> None:
        """Start all sections on the unit."""
        if self.subject is None or not self.isVisible():
            return
        self._asked = self.subject
        for part in self.parts:
            part.show_subject(self.subject, self._naive)

    def step(self, step: int) -> None:
        """Show the unit ``step`` places further in the layer, if it exists."""
        if self.subject is None:
            return
        count = self._channels.get((self.subject.slot, self.subject.layer))
        unit = self.subject.unit + step
        if unit >= 0 and (count is None or unit < count):
            self._go(self.subject.layer, unit)

    def _go(self, layer: str, unit: int) -> None:
        if self.subject is not None:
            self.open(self.subject.slot, layer, unit)

    def switch_slot(self, slot: str) -> None:
        """Show the unit with the same index in another slot's network."""
        if self.subject is None:
            return
        results = {result.slot: result for result in (self._evaluation.slots if self._evaluation else ())}
        other, own = results.get(slot), results.get(self.subject.slot)
        layer = self.subject.layer
        if other is not None and layer not in other.layers:
            layer = other.layer if own is not None and own.layer == layer else other.layers[-1]
        self.open(slot, layer, self.subject.unit)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = STEPS.get(Qt.Key(event.key()), 0)
        if step:
            self.step(step)
        else:
            super().keyPressEvent(event)

    # Updates.

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Update the frame and the slot's model."""
        self._evaluation = evaluation
        self._channels |= {(result.slot, result.layer): result.channels for result in evaluation.slots}
        if not self.isVisible() or self.subject is None:
            return
        there = [result.slot for result in evaluation.slots]
        self.head.offer(there.__contains__)
        if self.subject.slot not in there:
            self.switch_slot(there[0])
            return
        model = evaluation.session.models.model(self.subject.slot)
        if model != self.subject.model:
            self._show(UnitSubject(self.subject.slot, model, self.subject.layer, self.subject.unit))
        else:
            self._show_map()

    def _show_map(self) -> None:
        if self._evaluation is None or self.subject is None:
            return
        subject, slots = self.subject, self._evaluation.slots
        result = next((r for r in slots if r.slot == subject.slot), None)
        maps = result.maps if result is not None else None
        shown = maps is not None and maps.layer == subject.layer and subject.unit in maps.units
        self.value.setVisible(shown)
        self.alpha.setEnabled(shown)
        self.show_unit.setVisible(not shown)
        if maps is None or not shown:
            self.overlay.show_frame(self._evaluation.pixels, None, 1.0)
            return
        values = maps.values[maps.units.index(subject.unit)]
        self.overlay.show_frame(self._evaluation.pixels, values, divisor_of(maps, self._evaluation.session.probe))
        self.value.setText(f"max {short(float(values.max()))}")

    def _watch_unit(self) -> None:
        """Add the unit to the units shown in the main window, as one undo step."""
        if self.subject is None:
            return
        probe, unit = self._context.store.session.probe, self.subject.unit
        kept = [u for u in probe.units if u != unit] if probe.layer == self.subject.layer else []
        units = (unit, *kept)[: max(1, probe.count)]
        changes = {"probe.layer": self.subject.layer, "probe.units": units, "probe.activations": True}
        self._context.store.update({**changes, f"models.{self.subject.slot}.activations": True})

    # Feature images.

    def _watch(self) -> None:
        wanted: list[FeatureRequest] = []
        if self.subject is not None and self.isVisible():
            wanted = [self.subject.feature_request(self._naive), *self.inputs.wanted]
        self._context.features.watch(OWNER, wanted)
        self._show_feature()

    def _show_feature(self) -> None:
        if self.subject is None:
            return
        wanted = self.subject.feature_request(self._naive)
        image = self._context.features.get(wanted)
        live = self.subject.slot == "edited"
        waiting = "Press ▷ in the edited model's card to compute this image" if live else "Computing the feature image…"
        self.feature.show_image(image, waiting if image is None else "")

    def _show_features(self) -> None:
        if self.isVisible():
            self._show_feature()
            self.inputs.repaint_items()

    def _on_changed(self, old: Session, new: Session) -> None:
        if not self.isVisible():
            return
        if old.models.edited is not new.models.edited:
            self.editing.follow(new)
        if old.probe.naive != new.probe.naive:
            self._watch()
            self._soon.start()
        if parameters_differ(old, new):
            self.tuning.fill_menu()
        self.tuning.show_now(new)
        changed = (path for path in changed_paths(old, new) if path.startswith(TUNED))
        if set(changed) - {self.tuning.parameter}:
            self._again.start()

    def done(self, result: int) -> None:
        """Cancel all requests and close."""
        for timer in (self._soon, self._again):
            timer.stop()
        for part in self.parts:
            part.stop()
        self._asked = None
        self._context.features.watch(OWNER, ())
        super().done(result)

    def close_window(self) -> None:
        """Close the window and disconnect from all signals."""
        self.close()
        self._context.features.changed.disconnect(self._show_features)
        self._context.store.changed.disconnect(self._on_changed, missing_ok=True)
        for part in self.parts:
            part.close_part()
