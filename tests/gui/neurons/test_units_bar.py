"""Choosing layer and units by menu and by typing."""

from __future__ import annotations

import pytest
from fake import LAYERS
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from perturber.core.errors import InputError
from perturber.core.session.session import Session
from perturber.gui.neurons.units_bar import UnitsBar, changes_of
from perturber.gui.shell.desk import Desk


@pytest.fixture
def bar(desk: Desk, qtbot: QtBot) -> UnitsBar:
    qtbot.waitUntil(lambda: desk.neurons.units.layer.count() == len(LAYERS))
    return desk.neurons.units


def type_in(bar: UnitsBar, qtbot: QtBot, text: str) -> None:
    bar.entry.setFocus()
    bar.entry.selectAll()
    qtbot.keyClick(bar.entry, Qt.Key.Key_Delete)
    qtbot.keyClicks(bar.entry, text)
    qtbot.keyClick(bar.entry, Qt.Key.Key_Return)


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("222", {"probe.units": (222,), "probe.whole": False, "probe.count": 1}),
        ("3, 17, 222", {"probe.units": (3, 17, 222), "probe.whole": False, "probe.count": 3}),
        ("3 17;3", {"probe.units": (3, 17), "probe.whole": False, "probe.count": 2}),
        ("mixed4a:222", {"probe.layer": "mixed4a", "probe.units": (222,), "probe.whole": False, "probe.count": 1}),
        ("", {"probe.units": ()}),
    ],
)
def test_texts_are_read(text: str, changes: dict[str, object]) -> None:
    assert changes_of(text, tuple(LAYERS)) == changes


@pytest.mark.parametrize("text", ["dog", "1.5", "-3", "mixed9:1", "1,2,3,4,5,6,7,8,9", "99999999"])
def test_texts_that_mean_nothing_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        changes_of(text, tuple(LAYERS))


def test_typed_units_are_shown_in_their_order(desk: Desk, bar: UnitsBar, qtbot: QtBot) -> None:
    type_in(bar, qtbot, "222, 3, 17")
    assert desk.store.session.probe.units == (222, 3, 17)
    assert desk.store.session.probe.count == 3
    grid = desk.neurons.grids["slot1"]
    qtbot.waitUntil(lambda: grid.shown.units == (222, 3, 17))
    assert len(grid.tiles()) == 3


def test_all_that_was_typed_is_one_step(desk: Desk, bar: UnitsBar, qtbot: QtBot) -> None:
    type_in(bar, qtbot, "mixed3a:12, 34")
    assert desk.store.session.probe.layer == "mixed3a"
    desk.store.undo()
    assert desk.store.session == Session()
    assert not desk.store.can_undo
    assert bar.entry.text() == ""
    assert bar.layer.currentText() == "mixed4a"


def test_bad_text_stays_with_a_hint_and_changes_nothing(desk: Desk, bar: UnitsBar, qtbot: QtBot) -> None:
    type_in(bar, qtbot, "dog")
    assert desk.store.session == Session()
    assert bar.entry.text() == "dog"
    assert bar.hint.isVisible()
    assert "'dog'" in bar.hint.text()
    type_in(bar, qtbot, "7")
    assert not bar.hint.isVisible()
    assert desk.store.session.probe.units == (7,)


def test_a_unit_the_layer_does_not_have_is_named(desk: Desk, bar: UnitsBar, qtbot: QtBot) -> None:
    type_in(bar, qtbot, "508")
    assert "mixed4a has no unit 508" in bar.hint.text()
    assert "0 to 507" in bar.hint.text()
    assert 508 not in desk.store.session.probe.units


def test_the_menu_offers_the_networks_layers(desk: Desk, bar: UnitsBar) -> None:
    assert [bar.layer.itemText(i) for i in range(bar.layer.count())] == list(LAYERS)
    assert bar.layer.currentText() == "mixed4a"
    bar.layer.textActivated.emit("mixed5b")
    assert desk.store.session.probe.layer == "mixed5b"


def test_the_number_of_units_is_a_parameter_like_others(desk: Desk, bar: UnitsBar, qtbot: QtBot) -> None:
    desk.neurons.rows["probe.count"].edited.emit(8)
    grid = desk.neurons.grids["slot2"]
    qtbot.waitUntil(lambda: len(grid.tiles()) == 8)
    assert all(grid.rect().contains(tile) for tile in grid.tiles())
