"""What happens inside: activation maps of a few units of one layer, for every slot."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QGridLayout, QMenu, QToolButton, QWidget

from perturber.core.evaluation import Evaluation, Maps, SlotResult
from perturber.core.models import Probe
from perturber.core.parameter import walk
from perturber.gui.binding import Binding
from perturber.gui.context import Context
from perturber.gui.icons import icon
from perturber.gui.panels.slots import SlotHead
from perturber.gui.panels.units import UnitsBar
from perturber.gui.rows import Row, row_for
from perturber.gui.widgets.card import Panel, SlotCard
from perturber.gui.widgets.maps import MapGrid

LARGE = 1000


def divisor_of(maps: Maps, probe: Probe) -> float:
    """What maps are divided by: four standard deviations of the layer, or a power of ten."""
    return 4.0 * maps.sigma if probe.normalization == 0 else float(10.0**probe.normalization)


def words_for(maps: Maps, probe: Probe) -> str:
    """The divisor for people."""
    how = "4σ = " if probe.normalization == 0 else ""
    divisor = divisor_of(maps, probe)
    number = f"{divisor:.0f}" if divisor >= LARGE else f"{divisor:.3g}"
    return f"{maps.layer}   ÷ {how}{number}"


class Neurons(Panel):
    """Layer, units and normalization above; one framed row of maps per slot below."""

    def __init__(self, context: Context, menu: Callable[[str], QMenu], parent: QWidget | None = None) -> None:
        super().__init__("Neurons", parent)
        self._context = context
        self._binding = Binding(context.store, lambda text: context.report(text, "error"))
        self.heads: dict[str, SlotHead] = {}
        self.grids: dict[str, MapGrid] = {}
        self.rows: dict[str, Row] = {}
        self._info: dict[str, str] = {}
        self.units = UnitsBar(context)
        self.column.addWidget(self.units)
        self._add_rows()
        for slot in context.slots:
            self.column.addWidget(self._card(slot, menu), 1)
        self._add_pixels()
        self.setMinimumWidth(280)

    def _add_rows(self) -> None:
        place = QGridLayout()
        place.setContentsMargins(0, 0, 0, 0)
        place.setVerticalSpacing(0)
        for number, parameter in enumerate(walk(self._context.store.session.probe, "probe.")):
            row = row_for(parameter, self._context.theme)
            self.rows[parameter.path] = row
            self._binding.bind(parameter.path, row)
            place.addWidget(row, number, 0)
        self.column.addLayout(place)

    def _card(self, slot: str, menu: Callable[[str], QMenu]) -> SlotCard:
        card = SlotCard(slot, self._context.theme)
        head = SlotHead(slot, "activations", self._context, self._binding, menu(slot))
        grid = MapGrid(self._context.theme, self._context.view)
        grid.pointed.connect(lambda text: head.show_info(text or self._info.get(slot, "")))
        self.heads[slot], self.grids[slot] = head, grid
        card.column.addWidget(head)
        card.column.addWidget(grid, 1)
        return card

    def _add_pixels(self) -> None:
        button = QToolButton()
        button.setCheckable(True)
        button.setChecked(self._context.view.pixel_exact)
        button.setToolTip("Show pictures and maps as hard pixels (P)")
        button.toggled.connect(self._context.view.set_pixel_exact)
        self._context.view.changed.connect(lambda: button.setChecked(self._context.view.pixel_exact))

        def recolor() -> None:
            button.setIcon(icon("pixels", self._context.theme.colors.muted))

        self._context.theme.changed.connect(recolor)
        recolor()
        self.head.addWidget(button)

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Paint the maps of each slot."""
        self.units.show_results(evaluation.slots)
        for result in evaluation.slots:
            if result.slot in self.grids:
                self.heads[result.slot].show_model(evaluation.session.models.model(result.slot))
                self._show(result, evaluation.session.probe)

    def _show(self, result: SlotResult, probe: Probe) -> None:
        head, grid = self.heads[result.slot], self.grids[result.slot]
        if result.maps is None:
            self._info[result.slot] = ""
            grid.show_maps(None, 1.0, result.problem or "Activations are off.")
        else:
            self._info[result.slot] = words_for(result.maps, probe)
            grid.show_maps(result.maps, divisor_of(result.maps, probe))
        head.show_info(self._info[result.slot])

    def close_panel(self) -> None:
        """Stop listening to the store."""
        self._binding.close()
        for head in self.heads.values():
            head.close_head()
        self.units.close_panel()
