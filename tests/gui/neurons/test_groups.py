"""Choosing units by group: what is offered, what is computed, what a person saves."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake import FakeEngine
from pytestqt.qtbot import QtBot

from perturber.core.jobs.job import Answer
from perturber.core.library.groups import OwnGroups, make_group
from perturber.core.parameters.parameter import replace_all
from perturber.core.session.models import ArchitectureModel
from perturber.core.session.session import Session
from perturber.gui.neurons.group_button import CHOOSE, GroupButton
from perturber.gui.neurons.group_choices import CIRCUITS, CLASSES, FRAME, OWN, GroupEntry
from perturber.gui.shell.desk import Desk
from perturber.gui.widgets.inputs.finder import ROLE
from perturber.gui.widgets.inputs.naming import NameDialog

ORIGINAL = replace_all(
    Session(), {"models.slot1.model": ArchitectureModel(name="inception_v1"), "probe.layer": "mixed3a"}
)


def ready(desk: Desk, qtbot: QtBot) -> GroupButton:
    button = desk.neurons.units.group
    qtbot.waitUntil(lambda: button.shown() is not None)
    return button


@pytest.fixture
def button(desk: Desk, qtbot: QtBot) -> GroupButton:
    return ready(desk, qtbot)


def rows(button: GroupButton) -> dict[str, list[GroupEntry]]:
    """What the open list shows, by heading."""
    found: dict[str, list[GroupEntry]] = {}
    for number in range(button.finder.list.count()):
        entry = button.finder.list.item(number).data(ROLE)
        if isinstance(entry, GroupEntry):
            found.setdefault(entry.section, []).append(entry)
    return found


def choose(button: GroupButton, section: str, label: str) -> None:
    button.open()
    entry = next(e for e in rows(button)[section] if e.label == label)
    button.finder.hide()
    button.finder.chosen.emit(entry)


def test_circuits_groups_are_offered_for_the_original_alone(make_desk, qtbot: QtBot) -> None:
    desk = make_desk(ORIGINAL)
    button = ready(desk, qtbot)
    button.open()
    assert len(rows(button)[CIRCUITS]) == 18
    button.finder.turned.emit("slot2")
    assert CIRCUITS not in rows(button)
    button.finder.hide()


def test_choosing_a_group_shows_its_first_units_as_one_step(make_desk, qtbot: QtBot) -> None:
    desk = make_desk(ORIGINAL)
    button = ready(desk, qtbot)
    choose(button, CIRCUITS, "High-Low Frequency")
    probe = desk.store.session.probe
    assert probe.units == (110, 180, 153, 106, 112, 186, 132, 136)
    assert probe.count == 8
    assert button.name == "High-Low Frequency"
    assert "15 units, shown are the first 8" in button.toolTip()
    desk.store.set("probe.layer", "conv2d2")
    assert button.name == CHOOSE
    desk.store.undo()
    assert button.name == "High-Low Frequency"
    desk.store.undo()
    assert desk.store.session == ORIGINAL
    assert button.name == CHOOSE


def test_typing_searches_and_finds_further_classes(make_desk, qtbot: QtBot) -> None:
    desk = make_desk(ORIGINAL)
    button = ready(desk, qtbot)
    button.open()
    qtbot.keyClicks(button.finder.search, "teap")
    assert [(e.label, e.query.wnid) for e in rows(button)[CLASSES] if e.query] == [("teapot", "n04398044")]
    button.finder.search.setText("curv")
    assert [e.label for e in rows(button)[CIRCUITS]] == ["Curves"]
    button.finder.search.setText("no such group")
    assert rows(button) == {}
    button.finder.hide()


def test_what_is_computed_is_shown_when_it_comes(
    desk: Desk, engine: FakeEngine, button: GroupButton, qtbot: QtBot
) -> None:
    choose(button, FRAME, "Most Active")
    assert button.name.startswith("Computing Most Active")
    qtbot.waitUntil(lambda: desk.store.session.probe.units == tuple(range(30, 22, -1)))
    query, _ = engine.queries[-1]
    assert (query.kind, query.slot, query.layers) == ("active", "slot1", ("mixed4a",))
    assert button.name == "Most Active"
    assert "30 (10)" in button.toolTip()


def test_classes_and_comparisons_are_asked_for(
    desk: Desk, engine: FakeEngine, button: GroupButton, qtbot: QtBot
) -> None:
    choose(button, FRAME, "Most Different from Model 2")
    button.keep_session()
    kept = desk.store.session
    desk.store.set("scene.camera.yaw", 50.0)
    choose(button, FRAME, "Most Changed since Reference")
    choose(button, FRAME, "Most Changed from Default")
    button.open()
    wnid = rows(button)[CLASSES][0].query.wnid
    button.choose(rows(button)[CLASSES][0])
    button.finder.hide()
    assert [query.kind for query, _ in engine.queries] == ["different", "changed", "changed", "class"]
    assert engine.queries[0][0].other == "slot2"
    assert engine.queries[1][1] == kept
    before = engine.queries[2][1]
    assert before is not None
    assert before.scene.camera.yaw == Session().scene.camera.yaw
    assert before.models == desk.store.session.models
    assert engine.queries[3][0].wnid == wnid


def test_class_units_can_come_from_a_folder_of_pictures(
    desk: Desk, engine: FakeEngine, button: GroupButton, tmp_path: Path
) -> None:
    button.open()
    button.use_photos(str(tmp_path))
    entry = rows(button)[CLASSES][0]
    assert tmp_path.name in entry.tip
    button.finder.hide()
    button.choose(entry)
    assert engine.queries[-1][0].photos == str(tmp_path)
    button.use_photos("")
    assert all(e.query is None or not e.query.photos for e in rows(button)[CLASSES])


def test_a_failure_is_a_message_and_changes_nothing(
    desk: Desk, engine: FakeEngine, button: GroupButton, qtbot: QtBot
) -> None:
    engine.answers = [Answer(problem="slot1 and slot2 hold the same model")]
    choose(button, FRAME, "Most Active")
    qtbot.waitUntil(lambda: "hold the same model" in desk.window.banner.text)
    assert desk.store.session == Session()
    assert button.name == CHOOSE


def test_work_can_be_stopped_and_its_late_answer_is_ignored(
    desk: Desk, engine: FakeEngine, button: GroupButton, qtbot: QtBot
) -> None:
    engine.answers = [Answer(1, 9)]
    choose(button, FRAME, "Most Active")
    qtbot.waitUntil(lambda: "1/9" in button.name)
    token = button._question._token
    button.open()
    button.finder._choose(button.finder.list.item(1))
    assert engine.stopped == 1
    assert button.name == CHOOSE
    desk.bridge.computed.emit(token, Answer(9, 9, {"mixed4a": make_group("Late", (1,))}))
    assert desk.store.session == Session()


def test_units_of_a_layer_no_longer_shown_are_not_used(
    desk: Desk, engine: FakeEngine, button: GroupButton, qtbot: QtBot
) -> None:
    engine.answers = [Answer(1, 9)]
    choose(button, FRAME, "Most Active")
    desk.store.set("probe.layer", "mixed5b")
    qtbot.waitUntil(lambda: button.shown() is not None and button.shown().layer == "mixed5b")
    desk.bridge.computed.emit(button._question._token, Answer(9, 9, {"mixed4a": make_group("Active", (1,))}))
    assert "no longer shown" in desk.window.banner.text
    assert desk.store.session.probe.units == ()


def dialog_of(desk: Desk) -> NameDialog:
    return desk.window.findChildren(NameDialog)[-1]


def test_units_are_saved_renamed_and_deleted(desk: Desk, button: GroupButton, qtbot: QtBot, tmp_path: Path) -> None:
    desk.store.update({"probe.units": (7, 9), "probe.count": 2})
    button.save_units()
    dialog = dialog_of(desk)
    dialog.entry.setText("Ears")
    dialog.accept()
    own = OwnGroups(tmp_path / "groups.json")
    key = button.shown().key
    assert [(g.name, g.units) for g in own.of(key, "mixed4a")] == [("Ears", (7, 9))]
    desk.store.set("probe.units", ())
    choose(button, OWN, "Ears")
    assert desk.store.session.probe.units == (7, 9)
    button.open()
    button.finder.list.setCurrentRow(button.finder.list.count() - 1)
    assert all(b.isEnabled() for b in button._owners)
    button.rename()
    dialog = dialog_of(desk)
    dialog.entry.setText("Dog Ears")
    dialog.accept()
    assert [g.name for g in own.of(key, "mixed4a")] == ["Dog Ears"]
    button.open()
    button.finder.list.setCurrentRow(button.finder.list.count() - 1)
    button.delete()
    assert own.of(key, "mixed4a") == ()
    assert OWN not in rows(button)
    button.finder.hide()


def test_a_refused_name_stays_with_the_reason(desk: Desk, button: GroupButton, tmp_path: Path) -> None:
    OwnGroups(tmp_path / "groups.json").save(button.shown().key, "mixed4a", make_group("Ears", (1,)))
    button.save_units()
    dialog = dialog_of(desk)
    dialog.entry.setText("Ears")
    dialog.accept()
    assert dialog.isVisible()
    assert dialog.entry.text() == "Ears"
    assert "already a group" in dialog.hint.text()
    dialog.reject()


def test_a_damaged_file_is_said_and_the_rest_still_offered(desk: Desk, button: GroupButton, tmp_path: Path) -> None:
    (tmp_path / "groups.json").write_text("{")
    button.open()
    assert "damaged" in desk.window.banner.text
    assert FRAME in rows(button)
    assert (tmp_path / "groups.damaged-1.json").read_text() == "{"
    button.finder.hide()
