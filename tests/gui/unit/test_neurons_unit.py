"""One unit large: everything is asked for when it opens, shown when it comes, given up when it closes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fake import FakeEngine
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from perturber import paths
from perturber.core.jobs.job import (
    Answer,
    Diversify,
    Example,
    Examples,
    FindExamples,
    FindInputs,
    Input,
    Job,
    Tune,
    TuningCurve,
)
from perturber.engine.process.client import RESTARTED
from perturber.gui.answers.question import RETRIES
from perturber.gui.shell.desk import Desk
from perturber.gui.unit.unit_window import UnitWindow

KINDS = (Diversify, FindInputs, FindExamples, Tune)


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "cache", lambda: tmp_path)


def last(engine: FakeEngine, kind: type[Job]) -> tuple[int, Job]:
    return next((token, job) for token, job in reversed(engine.jobs) if isinstance(job, kind))


def count(engine: FakeEngine, kind: type[Job]) -> int:
    return sum(isinstance(job, kind) for _, job in engine.jobs)


@pytest.fixture
def unit(desk: Desk, engine: FakeEngine, qtbot: QtBot) -> UnitWindow:
    """The window of mixed4a:2 of Model 1, opened by a click."""
    grid = desk.neurons.grids["slot1"]
    qtbot.waitUntil(lambda: len(grid.tiles()) == 4)
    qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=grid.tiles()[2].center())
    window = desk.neurons.unit
    assert window is not None
    qtbot.waitUntil(lambda: all(count(engine, kind) for kind in KINDS), timeout=3000)
    return window


def test_a_click_opens_a_unit_and_asks_everything_about_it(desk: Desk, unit: UnitWindow, engine: FakeEngine) -> None:
    model = desk.store.session.models.slot1.model
    assert unit.isVisible()
    assert not unit.isModal()
    assert "mixed4a:2" in unit.windowTitle()
    diversify, inputs, examples, tune = (last(engine, kind)[1] for kind in KINDS)
    assert (diversify.wanted.model, diversify.wanted.layer, diversify.wanted.unit) == (model, "mixed4a", 2)
    assert (inputs.slot, inputs.layer, inputs.unit) == ("slot1", "mixed4a", 2)
    assert (examples.model, examples.unit, examples.folder) == (model, 2, "")
    assert (tune.layer, tune.unit, tune.parameter) == ("mixed4a", 2, "scene.camera.yaw")
    assert [count(engine, kind) for kind in KINDS] == [1, 1, 1, 1]


def test_closing_stops_what_is_under_way(unit: UnitWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    token, _ = last(engine, FindInputs)
    engine.computed.emit(token, Answer(1, 1, ()))
    qtbot.waitUntil(lambda: unit.inputs.note.text() == "no inputs")
    qtbot.keyClick(unit, Qt.Key.Key_Escape)
    assert not unit.isVisible()
    assert sorted(engine.lanes) == ["diversity", "examples", "tuning"]
    before = len(engine.jobs)
    qtbot.wait(250)
    assert len([job for _, job in engine.jobs[before:] if isinstance(job, KINDS)]) == 0


def test_a_restart_of_the_engine_costs_a_question_nothing_but_time(
    unit: UnitWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    for asked in range(1, RETRIES + 2):
        qtbot.waitUntil(lambda asked=asked: count(engine, FindExamples) == asked)
        assert unit.examples.note.text() != RESTARTED
        engine.computed.emit(last(engine, FindExamples)[0], Answer(problem=RESTARTED, interrupted=True))
    qtbot.waitUntil(lambda: unit.examples.note.text() == RESTARTED)  # it may be what the engine dies of
    assert count(engine, FindExamples) == RETRIES + 1


def test_arrow_keys_go_on_to_the_neighbors(unit: UnitWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.keyClick(unit, Qt.Key.Key_Right)
    qtbot.keyClick(unit, Qt.Key.Key_Left)
    assert unit.head.title.text() == "mixed4a:4"
    qtbot.waitUntil(lambda: last(engine, FindInputs)[1].unit == 4, timeout=3000)
    assert count(engine, FindInputs) == 2  # not for those that were only passed
    assert unit.show_unit.isVisible()  # its map is not computed
    unit.show_unit.click()
    qtbot.waitUntil(lambda: unit.overlay.veil is not None)
    for _ in range(9):
        qtbot.keyClick(unit, Qt.Key.Key_Left)
    assert unit.head.title.text() == "mixed4a:0"


def test_what_is_found_is_shown(unit: UnitWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    patch = np.full((8, 8, 3), 50, np.uint8)
    found = Examples((Example("a.png", 3.25, patch, (0, 0, 8, 8)),), ("bad.png: it is empty",), 12)
    kernel = np.array([[0.5, -1.0], [0.0, 0.25]], np.float32)
    inputs = (Input("mixed3b", 17, -0.25, kernel), Input("mixed3b", 3, 0.1, kernel))
    curve = TuningCurve("scene.camera.yaw", (-180.0, 0.0), {"slot1": (1.0, 2.0), "slot2": (0.5, 0.0)})
    answers = {
        Diversify: Answer(4, 9, partial=(patch,) * 4),
        FindInputs: Answer(1, 1, inputs),
        FindExamples: Answer(12, 12, found),
        Tune: Answer(2, 25, partial=curve),
    }
    for kind, answer in answers.items():
        engine.computed.emit(last(engine, kind)[0], answer)
    qtbot.waitUntil(lambda: len(unit.tuning.curves.lines) == 2)
    assert len(unit.diversity.gallery.items) == 4
    assert unit.diversity.bar.isVisible()
    assert [item.caption for item in unit.examples.gallery.items] == ["3.25"]
    assert "bad.png: it is empty" in unit.examples.note.toolTip()
    assert "17" in unit.inputs.gallery.items[0].caption
    qtbot.waitUntil(lambda: any(w.layer == "mixed3b" for w in unit._context.features.watched()))
    qtbot.mouseClick(unit.inputs.gallery, Qt.MouseButton.LeftButton, pos=unit.inputs.gallery.place(0).center())
    assert unit.head.title.text() == "mixed3b:17"


def test_a_problem_stands_where_the_answer_would(unit: UnitWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.computed.emit(last(engine, FindExamples)[0], Answer(problem="the folder is gone"))
    qtbot.waitUntil(lambda: unit.examples.note.text() == "the folder is gone")
    assert not unit.examples.bar.isVisible()
    unit.examples.use_folder("/somewhere/photos")
    assert last(engine, FindExamples)[1].folder == "/somewhere/photos"
    assert unit.examples.source.name == "photos"


def test_the_curve_sets_its_parameter_and_follows_the_scene(
    desk: Desk, unit: UnitWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    curves, yaw = unit.tuning.curves, desk.store.session.scene.camera.yaw
    asked = count(engine, Tune)
    qtbot.mouseClick(curves, Qt.MouseButton.LeftButton, pos=curves.rect().center())
    assert desk.store.session.scene.camera.yaw != yaw
    desk.store.undo()
    assert desk.store.session.scene.camera.yaw == yaw
    qtbot.wait(600)
    assert count(engine, Tune) == asked  # along the parameter itself nothing is new
    desk.store.set("post.color.hue", 0.3)
    qtbot.waitUntil(lambda: count(engine, Tune) == asked + 1, timeout=3000)
    unit.tuning.menu.setCurrentIndex(unit.tuning.menu.findData("post.color.hue"))
    unit.tuning.menu.activated.emit(unit.tuning.menu.currentIndex())
    assert last(engine, Tune)[1].parameter == "post.color.hue"


def test_a_unit_is_ablated_in_the_edited_model(desk: Desk, unit: UnitWindow, qtbot: QtBot) -> None:
    unit.editing.ablate.click()
    edited = desk.store.session.models.edited
    assert edited.enabled
    assert edited.edit.scale_of("mixed4a", 2) == 0
    unit.editing.invert.click()
    assert desk.store.session.models.edited.edit.scale_of("mixed4a", 2) == -1
    assert unit.editing.slider.number == -1
    qtbot.waitUntil(unit.head.slots["edited"].isVisible)
    unit.head.slots["edited"].click()
    assert unit.subject is not None
    assert unit.subject.model.kind == "edited"
    desk.store.undo()
    desk.store.undo()
    assert not desk.store.session.models.edited.enabled
    qtbot.waitUntil(lambda: unit.subject is not None and unit.subject.slot == "slot1")


def test_another_checkpoint_is_another_subject(desk: Desk, unit: UnitWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    unit.head.slots["slot2"].click()
    tuned = desk.store.session.models.slot2.model.model_copy(update={"checkpoint": "s100"})
    desk.store.set("models.slot2.model", tuned)
    qtbot.waitUntil(lambda: last(engine, FindExamples)[1].model == tuned, timeout=3000)
