"""The top five: bars, numbers, the reason when there are none."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QBoxLayout
from pytestqt.qtbot import QtBot

from perturber.core.evaluation import Prediction
from perturber.core.session.models import ArchitectureModel
from perturber.gui.base.view import ViewOptions
from perturber.gui.predictions.bars import BAR, BAR_TOP, LEFT, PITCH, Bars, compute_lengths, format_value
from perturber.gui.predictions.predictions import SIDE_BY_SIDE
from perturber.gui.shell.desk import Desk
from perturber.gui.style.theme import Theme

TOP = tuple(
    Prediction(f"n0000000{i}", name, logit, share)
    for i, (name, logit, share) in enumerate((("dog", 8.0, 0.5), ("cat", 4.0, 0.25), ("car", -2.0, 0.01)))
)


def test_bars_are_normalized_by_the_largest() -> None:
    assert compute_lengths(TOP, logits=False) == [1.0, 0.5, 0.02]
    assert compute_lengths(TOP, logits=True) == [1.0, 0.5, 0.0]
    assert compute_lengths((), logits=True) == []
    assert compute_lengths(TOP[2:], logits=True) == [0.0]


def test_numbers_are_written_as_asked() -> None:
    assert format_value(TOP[0], logits=False) == "50.0 %"
    assert format_value(TOP[2], logits=True) == "-2.00"


@pytest.mark.parametrize("slot", ["slot1", "slot2", "edited"])
def test_bars_are_painted_in_the_slots_color_to_their_length(qtbot: QtBot, theme: Theme, slot: str) -> None:
    bars = Bars(slot, theme, ViewOptions())
    qtbot.addWidget(bars)
    bars.resize(400, bars.sizeHint().height())
    bars.show_top(TOP)
    image = bars.grab().toImage()
    first = BAR_TOP + BAR // 2
    assert image.pixelColor(LEFT + 20, first) == theme.colors.slot(slot)
    half = LEFT + (400 - LEFT) // 2
    second = first + PITCH
    assert image.pixelColor(half + 6, second).name() == theme.colors.control
    assert image.pixelColor(half - 6, second).name() not in {theme.colors.control, theme.colors.card}


def test_a_switch_silences_its_slot_alone(desk: Desk, qtbot: QtBot) -> None:
    desk.predictions.heads["slot1"].switch.click()
    qtbot.waitUntil(lambda: desk.predictions.bars["slot1"]._top == ())
    assert desk.predictions.bars["slot1"]._message == "Predictions are off."
    assert len(desk.predictions.bars["slot2"]._top) == 5


def test_a_slots_problem_stands_where_its_bars_would(desk: Desk, qtbot: QtBot) -> None:
    desk.store.set("models.slot2.model", ArchitectureModel(name="broken"))
    qtbot.waitUntil(lambda: desk.predictions.bars["slot2"]._message == "the weights do not fit")
    assert desk.neurons.grids["slot2"].shown.message == "the weights do not fit"
    assert len(desk.predictions.bars["slot1"]._top) == 5


def test_cards_stand_side_by_side_when_there_is_room(desk: Desk) -> None:
    panel = desk.predictions
    assert panel._cards.direction() == QBoxLayout.Direction.TopToBottom
    panel.resize(SIDE_BY_SIDE, 600)
    assert panel._cards.direction() == QBoxLayout.Direction.LeftToRight


def test_logits_are_a_way_of_looking_not_of_the_session(desk: Desk) -> None:
    before = desk.store.session
    desk.menus.actions["logits"].trigger()
    assert desk.window.view.logits
    desk.window.view.set_logits(False)
    assert not desk.menus.actions["logits"].isChecked()
    assert desk.store.session is before


def test_the_models_name_is_shown_in_both_panels(desk: Desk, qtbot: QtBot) -> None:
    desk.store.set("models.slot1.model", desk.store.session.models.slot2.model)
    qtbot.waitUntil(lambda: desk.predictions.heads["slot1"].model.name == "Tuned")
    qtbot.waitUntil(lambda: desk.neurons.heads["slot1"].model.name == "Tuned")


def test_names_are_whole_where_there_is_room_and_shortened_where_there_is_none(desk: Desk) -> None:
    button = desk.neurons.heads["slot1"].model
    assert button.text().startswith(button.name)
    button.set_name("a_very_long_name_" * 10)
    assert "…" in button.text()
    assert button.width() <= desk.neurons.heads["slot1"].width()
    assert button.accessibleName() == button.name
