"""The panel that explains which pixels support a class: method, network, class, and layer."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from perturber.core.errors import InputError
from perturber.core.evaluation import Evaluation
from perturber.core.parameters.parameter import Control, Parameter, plain_fields, walk
from perturber.core.parameters.plugin import kind_of, kinds
from perturber.core.session.attribution import AttributionMethod, Explain
from perturber.core.session.session import Session
from perturber.gui.attribution.comparing import Comparing
from perturber.gui.attribution.explaining import ALPHA, LAYER, METHOD, SLOT, TARGET, Explaining
from perturber.gui.base.binding import Binding
from perturber.gui.base.context import Context
from perturber.gui.base.image_file import save_image
from perturber.gui.base.plugin_rows import PluginRows
from perturber.gui.base.rows import Row, SwitchRow, row_for
from perturber.gui.models.class_button import ClassButton
from perturber.gui.models.slot_choice import SlotRow
from perturber.gui.models.slot_head import title_of
from perturber.gui.picture.legend import Legend, Words
from perturber.gui.picture.viewport import Viewport, image_of
from perturber.gui.style.theme import Theme
from perturber.gui.widgets.frames.section import Section
from perturber.gui.widgets.inputs.combo import Combo
from perturber.gui.widgets.pictures.map_strip import MapStrip, MapTile

NONE, LAST = "None", "Last"
LEADING = "Top Class"
COMPARE = "compare"
COMPARE_DOC = "Show all models' maps for the same class side by side, computed while the session is idle"
METHOD_DOC = "Method that computes which pixels support a class. Clicking a class's bar also explains it."


class MethodRow(Row):
    """The choice of method by its title; the first entry turns explanation off."""

    def fill(self) -> None:
        self.box = _narrow(Combo(self._theme))
        self.box.addItem(NONE, "")
        for kind, member in kinds(AttributionMethod).items():
            self.box.addItem(member.title, kind)
        self.box.activated.connect(lambda index: self.edited.emit(self.box.itemData(index)))
        self.setFocusProxy(self.box)
        self.line.addWidget(self.box, 8)

    def reset(self) -> None:
        self.edited.emit("")

    def text_of(self, value: AttributionMethod | None) -> str:
        return NONE if value is None else value.title

    def display(self, value: AttributionMethod | None) -> None:
        self.box.setCurrentIndex(self.box.findData("" if value is None else kind_of(type(value))))


class ClassRow(Row):
    """The choice of the explained class."""

    def __init__(self, parameter: Parameter, context: Context) -> None:
        self._context = context
        super().__init__(parameter, context.theme)

    def fill(self) -> None:
        self.button = ClassButton(self._context, LEADING, "Explain the top class of each frame")
        self.button.setObjectName("choice")
        self.button.chosen.connect(self.edited.emit)  # a Signal(str) cannot be chained to a Signal(object)
        self.setFocusProxy(self.button)
        place = QHBoxLayout()
        place.addWidget(self.button)
        place.addStretch(1)
        self.line.addLayout(place, 8)

    def text_of(self, value: str) -> str:
        return value or LEADING

    def display(self, value: str) -> None:
        self.button.show_class(self._context.store.session.attribution.slot, value)


class LayerRow(Row):
    """The choice of the layer whose activations are explained."""

    def fill(self) -> None:
        self.box = _narrow(Combo(self._theme))
        self.box.activated.connect(lambda index: self.edited.emit(self.box.itemData(index)))
        self.setFocusProxy(self.box)
        self.line.addWidget(self.box, 8)
        self.offer(())

    def text_of(self, value: str) -> str:
        return value or LAST

    def offer(self, layers: tuple[str, ...]) -> None:
        """List these taps after the entry for the last one."""
        value = self.box.currentData() or ""
        self.box.clear()
        self.box.addItem(LAST, "")
        for layer in layers:
            self.box.addItem(layer, layer)
        self.display(value)

    def display(self, value: str) -> None:
        if self.box.findData(value) < 0:
            self.box.addItem(value, value)
        self.box.setCurrentIndex(self.box.findData(value))


def _narrow(box: Combo) -> Combo:
    """Make a combo box ignore the length of its entries."""
    box.setSizeAdjustPolicy(Combo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(6)
    return box


def _list_parameters() -> dict[str, Parameter]:
    """Return the attribution's fields as parameters, adding controls to the fields without one."""
    found = {p.path: p for p in (*walk(Explain, "attribution."), *plain_fields(Explain, "attribution."))}
    for path, label in ((SLOT, "Model"), (TARGET, "Class"), (LAYER, "Layer")):
        found[path] = dataclasses.replace(found[path], control=Control(label))
    found[COMPARE] = Parameter(COMPARE, "bool", False, Control("All Models"), COMPARE_DOC, Explain.group)
    found[METHOD] = Parameter(METHOD, "text", None, Control("Method"), METHOD_DOC, Explain.group)
    return found


class ExplainPanel(QWidget):
    """The section below the picture, which also controls the overlay and legend on the picture."""

    def __init__(self, context: Context, viewport: Viewport, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self._context, self._viewport = context, viewport
        self.explaining = Explaining(context, self)
        self.comparing = Comparing(context, self.explaining, self)
        self.shown = True
        self.legend = Legend(viewport, context.theme, viewport.picture_rect)
        self._binding = Binding(context.store, lambda text: context.report(text, "error"))
        self._layers: dict[str, tuple[str, ...]] = {}
        self._offered: tuple[str, ...] = ()
        self.section = Section(Explain.group, context.theme, resettable=False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.section)
        self._add_rows(_list_parameters(), context.theme)
        self.explaining.changed.connect(self.paint)
        self.comparing.changed.connect(self._paint_strip)
        context.view.changed.connect(self.paint)
        context.store.changed.connect(self._on_changed)
        self._follow(context.store.session)

    def _add_rows(self, parameters: dict[str, Parameter], theme: Theme) -> None:
        context = self._context
        self.method = MethodRow(parameters[METHOD], theme)
        self.method.edited.connect(self.explaining.choose)
        self.slot = SlotRow(parameters[SLOT], theme)
        self.target = ClassRow(parameters[TARGET], context)
        self.layer = LayerRow(parameters[LAYER], theme)
        self.alpha = row_for(parameters[ALPHA], theme)
        self.fields = PluginRows(METHOD, context)
        self.compare = SwitchRow(parameters[COMPARE], theme)
        self.compare.show_value(False)
        self.compare.edited.connect(self.compare_slots)
        self.strip = MapStrip(theme)
        for path, row in ((SLOT, self.slot), (TARGET, self.target), (LAYER, self.layer), (ALPHA, self.alpha)):
            self._binding.bind(path, row)
        parts = (self.method, self.slot, self.target, self.layer, self.fields, self.alpha, self.compare, self.strip)
        for number, part in enumerate(parts):
            self.section.place(number, part)

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Show the frame's map over it, now or when it arrives."""
        self._layers = {result.slot: result.layers for result in evaluation.slots}
        self.target.button.show_evaluation(evaluation)
        self._offer(self._context.store.session)
        self.explaining.show_evaluation(evaluation)

    def paint(self) -> None:
        """Paint the overlay and legend over the picture."""
        # The map belongs to the attacked frame, not to the other pictures.
        shown = self.shown and (self._context.view.look == "attacked" or not self.explaining.attacked)
        overlay = self.explaining.overlay() if shown else None
        self._viewport.show_overlay(None if overlay is None else image_of(overlay))
        self.legend.show_words(self._words() if shown else None)

    def compare_slots(self, on: bool) -> None:
        """Show or hide the maps of all slots side by side."""
        self.compare.show_value(on)
        self.comparing.switch(on)

    def _paint_strip(self) -> None:
        tiles = []
        for part in self.comparing.list_compared():
            overlay = None if part.result is None else self.explaining.overlay(part.result)
            image = None if overlay is None else image_of(overlay)
            tiles.append(MapTile(part.slot, title_of(part.slot), image, part.note))
        self.strip.show_tiles(tiles)

    def toggle(self) -> None:
        """Show or hide the overlay; if nothing is explained, explain the top class."""
        explaining = self.explaining
        if self._context.store.session.attribution.method is None:
            self.shown = True
            method = explaining.default_method()
            explaining.choose(kind_of(type(method)) if method is not None else "")
        else:
            self.shown = not self.shown
            self.paint()

    def save(self) -> None:
        """Ask for a file and save the picture with the map over it."""
        overlay = self.explaining.overlay()
        if overlay is None:
            self._context.report("No attribution map to save. Choose a method in Explain first.", "info")
            return
        start = f"{self.legend.words.title} {self.legend.words.name}".strip().replace(" ", "_").lower() + ".png"
        name, _ = QFileDialog.getSaveFileName(self.window(), "Save Overlay", start, "Picture (*.png)")
        if name:
            path = Path(name) if Path(name).suffix else Path(name).with_suffix(".png")
            try:
                save_image(image_of(overlay), path)
            except InputError as error:
                self._context.report(str(error), "error")

    def close_panel(self) -> None:
        """Disconnect from all signals and cancel the requests."""
        self._context.store.changed.disconnect(self._on_changed, missing_ok=True)
        self._context.view.changed.disconnect(self.paint)
        self._binding.close()
        self.fields.close_panel()
        self.comparing.close()
        self.explaining.close()

    def _words(self) -> Words | None:
        explaining, explain = self.explaining, self._context.store.session.attribution
        result = explaining.result
        if explain.method is None or (result is None and explaining.progress is None):
            return None
        title = explaining.method_title()
        note = "" if explaining.progress is None else f"computing {100 * explaining.progress:.0f} %"
        if result is None:
            return Words(explain.slot, title, self._class(), note, colors=False)
        there = not result.problem
        return Words(result.slot, title, result.name or self._class(), result.problem or note, there, result.signed)

    def _class(self) -> str:
        target = self._context.store.session.attribution.target
        return self.target.button.name_of(target) if target else ""

    def _on_changed(self, old: Session, new: Session) -> None:
        before, after = old.attribution, new.attribution
        if (before.method, before.slot, before.target) != (after.method, after.slot, after.target):
            self.shown = True  # a new request implies showing its result
        if before is not after or old.models is not new.models:
            self._follow(new)

    def _follow(self, session: Session) -> None:
        explain = session.attribution
        method = explain.method
        self.method.show_value(method)
        self.target.display(explain.target)
        self.slot.choice.offer(name for name, _ in session.models.items())
        for part in (self.slot, self.target, self.alpha, self.compare):
            part.setVisible(method is not None)
        self.layer.setVisible(method is not None and method.layered)
        self._offer(session)

    def _offer(self, session: Session) -> None:
        """List the taps of the explained network."""
        layers = self._layers.get(session.attribution.slot, ())
        if layers != self._offered:
            self._offered = layers
            self.layer.offer(layers)
