"""The neurons panel: activation maps and feature images of one layer's units, for every slot."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QMenu, QToolButton, QWidget
from superqt import QFlowLayout

from perturber.core.evaluation import Evaluation, SlotResult
from perturber.core.jobs.feature_spec import FeatureSpec, shown_spec
from perturber.core.parameters.parameter import walk
from perturber.core.session.models import ModelRef, Probe
from perturber.core.session.session import Session
from perturber.gui.answers.feature_images import wanted_of
from perturber.gui.base.binding import Binding
from perturber.gui.base.context import Context
from perturber.gui.base.rows import InlineSwitchRow, Row, row_for
from perturber.gui.models.slot_head import SlotHead, title_of
from perturber.gui.neurons.pair_grid import PairGrid, Units
from perturber.gui.neurons.units_bar import UnitsBar
from perturber.gui.style.icons import icon
from perturber.gui.style.theme import SPACE
from perturber.gui.unit.unit_words import describe_reading, divisor_of
from perturber.gui.widgets.frames.card import Panel, SlotCard

if TYPE_CHECKING:
    from perturber.gui.unit.unit_window import UnitWindow

LABEL_FIRST = 100
"""Stretch factor with which a label reaches its full width before its slider grows."""
NARROW = 620
"""Width in pixels below which the sliders are stacked."""
CONTROLS, LOW = 240, 190
"""Height in pixels of the controls above the cards, and of a card below which its head becomes compact."""
WHOLE, NAIVE, COUNT = "probe.whole", "probe.naive", "probe.count"
LINE = 22
"""Height in pixels of a line of switches."""
OFF = "Activations are off."


class Neurons(Panel):
    """The controls for layer, units and display, above one card of map and feature image pairs per slot.

    ``added`` carries a slot whose card was created. Clicking a pair opens the unit's window.
    """

    added = Signal(str)

    def __init__(self, context: Context, menu: Callable[[str], QMenu], parent: QWidget | None = None) -> None:
        super().__init__("Neurons", parent)
        self._context = context
        self._binding = Binding(context.store, lambda text: context.report(text, "error"))
        self.heads: dict[str, SlotHead] = {}
        self.grids: dict[str, PairGrid] = {}
        self.cards: dict[str, SlotCard] = {}
        self.rows: dict[str, Row] = {}
        self._info: dict[str, str] = {}
        self._owners: dict[str, tuple[ModelRef, str, FeatureSpec]] = {}
        self._looked: dict[str, tuple[ModelRef, str, FeatureSpec, tuple[int, ...]]] = {}
        self.units = UnitsBar(context)
        self.column.addWidget(self.units)
        self._add_rows()
        self._peers: list[PairGrid] = []
        self._menu = menu
        for slot in dict(context.store.session.models.items()):
            self._add_card(slot)
        self._add_pixels()
        self.unit: UnitWindow | None = None
        self._last: Evaluation | None = None
        self.setMinimumWidth(280)
        context.features.changed.connect(self._show_features)
        context.store.changed.connect(self._on_changed)

    def _add_rows(self) -> None:
        """Add the switches in one wrapping line, and the sliders side by side below."""
        switches = QFlowLayout()
        switches.setContentsMargins(SPACE // 2, 0, 0, 0)
        switches.setHorizontalSpacing(2 * SPACE)
        switches.setVerticalSpacing(SPACE // 2)
        self._sliders = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._sliders.setSpacing(0)
        parameters = {p.path: p for p in walk(self._context.store.session.probe, "probe.")}
        parameters[NAIVE] = parameters.pop(NAIVE)  # the widest last: the others then share a line
        for parameter in parameters.values():
            row: Row
            if parameter.path == WHOLE:
                row = InlineSwitchRow(parameter, self._context.theme)
                self.units.add_end(row)
            elif parameter.kind == "bool":
                row = InlineSwitchRow(parameter, self._context.theme)
                row.setMinimumHeight(LINE)
                switches.addWidget(row)
            else:
                row = row_for(parameter, self._context.theme)
                row.label.ensurePolished()
                wide = row.label.fontMetrics().horizontalAdvance(parameter.label) + SPACE
                row.label.setMaximumWidth(wide)
                row.line.setStretch(0, LABEL_FIRST)
                self._sliders.addWidget(row, wide)
            self.rows[parameter.path] = row
            self._binding.bind(parameter.path, row)
        self.column.addLayout(switches)
        self.column.addLayout(self._sliders)

    def resizeEvent(self, event: QResizeEvent) -> None:
        direction = QBoxLayout.Direction
        self._sliders.setDirection(direction.TopToBottom if self.width() < NARROW else direction.LeftToRight)
        self._follow_height()

    def _follow_height(self) -> None:
        """Use compact heads if the cards are low."""
        count = sum(not card.isHidden() for card in self.cards.values())
        low = self.height() - CONTROLS < count * LOW
        for head in self.heads.values():
            head.set_low(low)

    def _add_card(self, slot: str) -> None:
        card = SlotCard(slot, self._context.theme)
        head = SlotHead(slot, "activations", self._context, self._binding, self._menu(slot))
        grid = PairGrid(self._context.theme, self._context.view, self._peers)
        grid.setAccessibleName(f"Units of {title_of(slot)}")
        grid.pointed.connect(lambda text: head.show_info(text or self._info.get(slot, "")))
        grid.hovered.connect(self._highlight)
        grid.scrolled.connect(self._scroll)
        grid.looked.connect(partial(self._look, slot))
        grid.chosen.connect(lambda unit: self.open_unit(slot, grid.shown.layer, unit))
        self.cards[slot], self.heads[slot], self.grids[slot] = card, head, grid
        card.column.addWidget(head)
        card.column.addWidget(grid, 1)
        self.column.addWidget(card, 1)
        self.added.emit(slot)

    def _add_pixels(self) -> None:
        button = QToolButton()
        button.setCheckable(True)
        button.setChecked(self._context.view.pixel_exact)
        button.setToolTip("Show pictures and maps without interpolation (P)")
        button.toggled.connect(self._context.view.set_pixel_exact)
        self._context.view.changed.connect(lambda: button.setChecked(self._context.view.pixel_exact))

        def recolor() -> None:
            button.setIcon(icon("pixels", self._context.theme.colors.muted))

        self._context.theme.changed.connect(recolor)
        recolor()
        self.head.addWidget(button)

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Show the units of every slot."""
        self.units.show_results(evaluation.slots)
        models, probe = evaluation.session.models, evaluation.session.probe
        self.rows[COUNT].setEnabled(not probe.whole)
        results = {result.slot: result for result in evaluation.slots}
        for slot in results:
            if slot not in self.cards:
                self._add_card(slot)
        for slot, card in self.cards.items():
            card.setVisible(slot in results)
        self._follow_height()
        for slot, result in results.items():
            self.heads[slot].show_model(models.model(slot))
            self._owners[slot] = (models.model(slot), result.layer, shown_spec(probe.naive))
            self._show(result, probe, bool(getattr(models, slot).activations))
        self._last = evaluation
        if self.unit is not None:
            self.unit.show_evaluation(evaluation)

    def _show(self, result: SlotResult, probe: Probe, on: bool) -> None:
        grid, maps, info = self.grids[result.slot], result.maps, ""
        if not result.layer or not on or result.problem:
            shown = Units(message=result.problem or (OFF if not on else "This network has no observable layers."))
        elif maps is not None:
            info = describe_reading(maps, probe)
            shown = Units(maps.layer, maps.units, maps, divisor_of(maps, probe), probe.whole)
        else:
            info = f"{result.layer}   {result.channels} units"
            shown = Units(result.layer, probe.shown(result.channels), whole=probe.whole)
        self._info[result.slot] = info
        self.heads[result.slot].show_info(info)
        grid.show_units(shown)
        self._fold(result.slot, not on)
        self._look(result.slot)

    def _fold(self, slot: str, folded: bool) -> None:
        """Collapse a card to its head while its activations are off."""
        if self.grids[slot].isHidden() != folded:
            self.grids[slot].setVisible(not folded)
            self.column.setStretchFactor(self.cards[slot], 0 if folded else 1)

    def open_unit(self, slot: str, layer: str, unit: int) -> None:
        """Show a unit in the unit window, creating the window on first use."""
        if self.unit is None:
            from perturber.gui.unit.unit_window import UnitWindow

            self.unit = UnitWindow(self._context, self.window())
        if self._last is not None:
            self.unit.show_evaluation(self._last)
        self.unit.open(slot, layer, unit)

    # Feature images.

    def _look(self, slot: str) -> None:
        """Request the feature images of the units that a slot currently shows, and only these."""
        if slot not in self._owners:
            return
        model, layer, spec = self._owners[slot]
        units = self.grids[slot].visible_units
        asked = (model, layer, spec, units)
        if asked != self._looked.get(slot):
            self._looked[slot] = asked
            self._context.features.watch(slot, wanted_of(model, layer, units, spec))
            self._show_images(slot)

    def _on_changed(self, old: Session, new: Session) -> None:
        """Prefetch the feature images of the next evaluation, to show both together."""
        if old.models is new.models and old.probe is new.probe:
            return
        for slot in (slot for slot in self._context.slots if slot in self._looked):
            _, layer, _, units = before = self._looked[slot]
            model, spec, units = new.models.model(slot), shown_spec(new.probe.naive), new.probe.units or units
            if (model, layer, spec, units) != before:
                self._context.features.fetch(wanted_of(model, layer, units, spec))

    def _show_features(self) -> None:
        for slot in self._looked:
            self._show_images(slot)

    def _show_images(self, slot: str) -> None:
        model, layer, spec, units = self._looked[slot]
        found = {w.unit: self._context.features.get(w) for w in wanted_of(model, layer, units, spec)}
        self.grids[slot].show_features({unit: image for unit, image in found.items() if image is not None})

    def _highlight(self, unit: int) -> None:
        for grid in self.grids.values():
            grid.highlight(unit)

    def _scroll(self, value: int) -> None:
        for grid in self.grids.values():
            grid.scroll_to(value)

    def close_panel(self) -> None:
        """Close the unit window and disconnect from all signals."""
        if self.unit is not None:
            self.unit.close_window()
        self._context.features.changed.disconnect(self._show_features)
        self._context.store.changed.disconnect(self._on_changed, missing_ok=True)
        self._binding.close()
        for head in self.heads.values():
            head.close_head()
        self.units.close_panel()
