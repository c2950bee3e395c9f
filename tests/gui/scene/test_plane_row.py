"""The row of the plane with a feature image: typed units are proposed, accepted or refused, never lost."""

from __future__ import annotations

import pytest
from fake import LAYERS, FakeEngine
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from perturber.core.errors import InputError
from perturber.core.evaluation import Failure
from perturber.core.parameters.parameter import replace_all
from perturber.core.session.scene import FeaturePlane
from perturber.core.session.session import Session
from perturber.gui.scene.plane_row import PLANE, PlaneRow, parse_unit
from perturber.gui.shell.desk import Desk


@pytest.fixture
def row(desk: Desk, qtbot: QtBot) -> PlaneRow:
    qtbot.waitUntil(lambda: bool(desk.scene.plane._layers))
    return desk.scene.plane


def type_in(row: PlaneRow, qtbot: QtBot, text: str) -> None:
    row.entry.setFocus()
    row.entry.selectAll()
    qtbot.keyClicks(row.entry, text)
    qtbot.keyClick(row.entry, Qt.Key.Key_Return)


def plane(desk: Desk) -> FeaturePlane:
    return desk.store.session.scene.plane


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("mixed4a:12", {"scene.plane.layer": "mixed4a", "scene.plane.unit": 12}),
        (" mixed3a : 007 ", {"scene.plane.layer": "mixed3a", "scene.plane.unit": 7}),
        ("31", {"scene.plane.unit": 31}),
    ],
)
def test_texts_are_read(text: str, changes: dict[str, object]) -> None:
    assert parse_unit(text, tuple(LAYERS)) == changes


@pytest.mark.parametrize("text", ["", "dog", "mixed4a", "mixed4a:", ":4", "mixed4a:-1", "mixed4a:1.5", "mixed9:1", "²"])
def test_texts_that_mean_nothing_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_unit(text, tuple(LAYERS))


def test_a_typed_unit_is_shown_in_one_step_and_nothing_else_changes(desk: Desk, row: PlaneRow, qtbot: QtBot) -> None:
    before = desk.store.session
    type_in(row, qtbot, "mixed3a:12")
    qtbot.waitUntil(lambda: plane(desk).enabled)
    changes = {f"{PLANE}.enabled": True, f"{PLANE}.layer": "mixed3a", f"{PLANE}.unit": 12}
    assert desk.store.session == replace_all(before, changes)
    assert row.switch.isChecked()
    desk.store.undo()
    assert desk.store.session == before
    assert row.entry.text() == "mixed4a:222"


def test_typing_is_tried_after_a_pause(desk: Desk, row: PlaneRow, qtbot: QtBot) -> None:
    row.entry.setFocus()
    row.entry.selectAll()
    qtbot.keyClicks(row.entry, "conv2d0:5")
    assert plane(desk) == FeaturePlane()
    qtbot.waitUntil(lambda: plane(desk).unit == 5, timeout=3000)


def test_a_text_that_means_nothing_stays_with_a_hint(desk: Desk, row: PlaneRow, qtbot: QtBot) -> None:
    type_in(row, qtbot, "mixed9:4")
    assert "no layer 'mixed9'" in row.hint.text()
    assert row.hint.isVisibleTo(row)
    row.switch.click()
    assert (plane(desk).enabled, plane(desk).layer) == (True, "mixed4a")
    assert row.entry.text() == "mixed9:4"
    type_in(row, qtbot, "mixed3a:4")
    qtbot.waitUntil(lambda: plane(desk).layer == "mixed3a")
    assert not row.hint.text()


def test_a_unit_that_the_network_does_not_have_stays_with_the_reason(
    desk: Desk, row: PlaneRow, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine.refusals['"unit":999'] = Failure(Session(), f"{PLANE}.unit", "there is no unit 999; expected 0 to 255")
    type_in(row, qtbot, "mixed4a:999")
    qtbot.waitUntil(lambda: "0 to 255" in row.hint.text())
    assert plane(desk) == FeaturePlane()
    assert row.entry.text() == "mixed4a:999"


def test_the_menu_chooses_whose_image_it_is(desk: Desk, row: PlaneRow, qtbot: QtBot) -> None:
    assert not row.whose.isVisibleTo(row)
    row.switch.click()
    assert row.whose.isVisibleTo(row)
    names = [row.whose.itemText(i) for i in range(row.whose.count())]
    assert names == ["Model 1", "Model 2", "Model 1, naive", "Model 2, naive"]
    row.whose.activated.emit(3)
    qtbot.waitUntil(lambda: plane(desk).naive)
    assert plane(desk).slot == "slot2"
    assert row.whose.currentText() == "Model 2, naive"


def test_what_others_wish_to_be_shown_is_shown_in_the_row(desk: Desk, row: PlaneRow, qtbot: QtBot) -> None:
    type_in(row, qtbot, "nonsense")
    wish = {"enabled": True, "layer": "mixed5b", "unit": 3, "slot": "slot2", "naive": True}
    desk.store.update({f"{PLANE}.{name}": value for name, value in wish.items()})
    assert row.entry.text() == "mixed5b:3"
    assert row.whose.currentText() == "Model 2, naive"
    assert row.switch.isChecked()
    assert not row.hint.text()


def test_the_objects_own_parameters_rest_until_an_object_is_chosen(desk: Desk, row: PlaneRow) -> None:
    row.switch.click()
    rows = desk.scene.form.rows
    for path in ("scene.morph.overall", "scene.surface.lighting", "scene.subject.detail"):
        assert not rows[path].isEnabled()
    assert rows["scene.surface.blur"].isEnabled()
    assert rows["scene.camera.yaw"].isEnabled()
    desk.scene.objects.chosen.emit("truck_car")
    assert not plane(desk).enabled
    assert rows["scene.morph.overall"].isEnabled()
    desk.store.set("scene.photo", {"file": {"path": "cat.jpg"}})
    assert not row.isEnabled()
