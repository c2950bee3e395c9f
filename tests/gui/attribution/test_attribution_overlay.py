"""The attribution over the picture: chosen, painted, waited for, and never over another frame."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from fake import FakeEngine, attribution, evaluate
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from perturber.core.evaluation import AttributionResult
from perturber.core.jobs.job import Answer, Attribute
from perturber.core.parameters.plugin import kind_of, make
from perturber.core.session.attribution import AttributionMethod
from perturber.core.session.picture import clean
from perturber.gui.predictions.bars import PITCH
from perturber.gui.shell.desk import Desk

CHEAP, SLOW = "grad_cam", "rise"


def explain(desk: Desk, kind: str, **fields: object) -> None:
    changes = {f"attribution.{name}": value for name, value in fields.items()}
    desk.store.update({"attribution.method": make(AttributionMethod, kind), **changes})


def wait_for_overlay(desk: Desk, qtbot: QtBot) -> QImage:
    qtbot.waitUntil(lambda: desk.scene.viewport.overlay is not None)
    overlay = desk.scene.viewport.overlay
    assert overlay is not None
    return overlay


def rgb(image: QImage) -> np.ndarray:
    view = image.convertToFormat(QImage.Format.Format_RGB888)
    lines = np.frombuffer(view.constBits(), np.uint8).reshape(view.height(), view.bytesPerLine())
    return lines[:, : 3 * view.width()].reshape(view.height(), view.width(), 3).copy()


def asked(engine: FakeEngine, qtbot: QtBot, count: int) -> int:
    """Token of the newest question for a map, once there have been so many."""
    qtbot.waitUntil(lambda: sum(isinstance(job, Attribute) for _, job in engine.jobs) >= count)
    return engine.jobs[-1][0]


def test_a_method_that_is_chosen_paints_its_map_over_the_frame(desk: Desk, qtbot: QtBot) -> None:
    panel, viewport = desk.scene.explain, desk.scene.viewport
    assert panel.slot.isHidden()
    assert panel.legend.isHidden()
    box = panel.method.box
    box.activated.emit(box.findData(CHEAP))
    method = desk.store.session.attribution.method
    assert method is not None
    assert kind_of(type(method)) == CHEAP
    overlay = rgb(wait_for_overlay(desk, qtbot))
    middle, corner = overlay[112, 112].astype(int), overlay[2, 2].astype(int)
    assert middle[0] > middle[2] + 60  # hot: red and green without blue
    assert np.ptp(corner) < np.ptp(rgb(viewport.image)[2, 2].astype(int)) + 8  # pale: nothing speaks here
    grabbed = viewport.grab().toImage().pixelColor(viewport.picture_rect().center())
    assert abs(grabbed.red() - middle[0]) < 12  # it is painted, not only kept
    top = desk.predictions.bars["slot1"].top[0]
    assert (panel.legend.words.slot, panel.legend.words.name) == ("slot1", top.name)
    assert not panel.legend.isHidden()
    assert not panel.layer.isHidden()
    assert panel.layer.box.findText("mixed4a") > 0


def test_without_alpha_there_is_the_plain_picture(desk: Desk, qtbot: QtBot) -> None:
    explain(desk, CHEAP, alpha=0.0)
    overlay = wait_for_overlay(desk, qtbot)
    assert np.array_equal(rgb(overlay), evaluate(desk.store.session).pixels)


def test_a_click_on_a_bar_explains_its_class_and_another_click_ends_it(desk: Desk, qtbot: QtBot) -> None:
    bars = desk.predictions.bars["slot2"]
    wnid = bars.top[2].wnid
    place = QPoint(80, 2 * PITCH + PITCH // 2)
    qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=place)
    chosen = desk.store.session.attribution
    assert chosen.method is not None
    assert kind_of(type(chosen.method)) == CHEAP
    assert (chosen.slot, chosen.target) == ("slot2", wnid)
    assert bars.explained == 2
    assert desk.predictions.bars["slot1"].explained == -1
    assert bars.menu(1).actions()[0].text() == f"Explain {bars.top[1].name}"
    wait_for_overlay(desk, qtbot)
    qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=place)
    assert desk.store.session.attribution.method is None
    assert bars.explained == -1
    qtbot.waitUntil(lambda: desk.scene.viewport.overlay is None)
    assert desk.scene.explain.legend.isHidden()


def test_a_slow_method_is_asked_for_when_the_session_rests_and_paints_as_it_comes(
    desk: Desk, engine: FakeEngine, qtbot: QtBot
) -> None:
    legend = desk.scene.explain.legend
    explain(desk, SLOW)
    token = asked(engine, qtbot, 1)
    assert desk.scene.viewport.overlay is None
    session = desk.store.session
    map_ = attribution(session, evaluate(session).slots, slow=True)
    engine.computed.emit(token, Answer(40, 100, partial=map_))
    wait_for_overlay(desk, qtbot)
    assert legend.words.note == "computing 40 %"
    engine.computed.emit(token, Answer(100, 100, map_))
    qtbot.waitUntil(lambda: legend.words.note == "")
    desk.store.set("probe.count", 3)  # another way of looking, the same frame: the map stays
    qtbot.waitUntil(lambda: desk.scene.viewport.overlay is not None and engine.submitted[-1].probe.count == 3)
    qtbot.wait(250)
    assert desk.scene.viewport.overlay is not None
    assert sum(isinstance(job, Attribute) for _, job in engine.jobs) == 1


def test_an_attack_that_cannot_begin_is_left_out_of_the_question(desk: Desk, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.trouble = "there is no such class"
    desk.store.set("attack.taken", 4)
    explain(desk, SLOW)
    asked(engine, qtbot, 1)
    assert engine.about[-1] == clean(desk.store.session)


def test_a_map_is_never_shown_over_another_frame(desk: Desk, engine: FakeEngine, qtbot: QtBot) -> None:
    explain(desk, SLOW)
    first = asked(engine, qtbot, 1)
    session = desk.store.session
    map_ = attribution(session, evaluate(session).slots, slow=True)
    desk.store.set("scene.camera.yaw", 40.0)
    assert engine.lanes[-1] == Attribute.lane  # at once, before the new frame comes
    engine.computed.emit(first, Answer(50, 100, partial=map_))
    second = asked(engine, qtbot, 2)
    assert desk.scene.viewport.overlay is None
    engine.computed.emit(second, Answer(100, 100, map_))
    wait_for_overlay(desk, qtbot)
    desk.store.set("scene.camera.yaw", 50.0)
    qtbot.waitUntil(lambda: desk.scene.viewport.overlay is None)


@pytest.mark.parametrize("kind", [CHEAP, SLOW])
def test_why_there_is_no_map_is_said_in_its_place(
    desk: Desk, engine: FakeEngine, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    result = AttributionResult("slot1", kind, problem="the network has no such layer")
    monkeypatch.setattr("fake.attribution", lambda session, slots: result if kind == CHEAP else None)
    explain(desk, kind)
    if kind == SLOW:
        engine.computed.emit(asked(engine, qtbot, 1), Answer(problem=result.problem))
    qtbot.waitUntil(lambda: desk.scene.explain.legend.words.note == result.problem)
    assert desk.scene.viewport.overlay is None


def test_the_settings_of_a_method_come_back_with_it(desk: Desk) -> None:
    panel = desk.scene.explain
    panel.explaining.choose(SLOW)
    desk.store.set("attribution.method.masks", 77)
    assert panel.fields.rows["attribution.method.masks"].entry.text().startswith("77")  # type: ignore[attr-defined]
    panel.explaining.choose(CHEAP)
    assert panel.fields.rows == {}
    panel.explaining.choose("")
    panel.explaining.choose(SLOW)
    method = desk.store.session.attribution.method
    assert method is not None
    assert method.model_dump()["masks"] == 77


def test_a_class_is_found_by_typing(desk: Desk) -> None:
    explain(desk, CHEAP)
    button = desk.scene.explain.target.button
    button.open()
    button.finder.search.setText("malin")
    item = button.finder.list.currentItem()
    button.finder._choose(item)
    assert desk.store.session.attribution.target == "n02105162"
    assert button.name == "malinois"


def test_all_models_are_explained_beside_each_other(desk: Desk, engine: FakeEngine, qtbot: QtBot) -> None:
    panel = desk.scene.explain
    explain(desk, CHEAP, slot="slot2")
    wait_for_overlay(desk, qtbot)
    panel.compare.switch.click()
    token = asked(engine, qtbot, 1)
    about = engine.about[-1].attribution
    assert (about.slot, about.target) == ("slot1", desk.predictions.bars["slot2"].top[0].wnid)
    assert [tile.image is None for tile in panel.strip.tiles] == [True, False]
    session = desk.store.session
    other = attribution(session, evaluate(session).slots)
    assert other is not None
    engine.computed.emit(token, Answer(1, 1, dataclasses.replace(other, slot="slot1")))
    qtbot.waitUntil(lambda: [tile.image is None for tile in panel.strip.tiles] == [False, False])
    desk.store.set("scene.camera.yaw", 30.0)
    qtbot.waitUntil(lambda: [tile.image is None for tile in panel.strip.tiles] == [True, False])
    asked(engine, qtbot, 2)
    panel.compare.switch.click()
    assert panel.strip.isHidden()


def test_the_overlay_is_hidden_by_a_key_and_saved(
    desk: Desk, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_name = desk.menus.actions
    by_name["explain"].trigger()  # nothing was explained: the leading class is from now on
    overlay = wait_for_overlay(desk, qtbot)
    by_name["explain"].trigger()
    assert desk.scene.viewport.overlay is None
    assert desk.scene.explain.legend.isHidden()
    assert desk.store.session.attribution.method is not None
    desk.store.set("attribution.slot", "slot2")  # what is asked for is shown
    qtbot.waitUntil(lambda: desk.scene.viewport.overlay is not None)
    file = tmp_path / "heat"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    by_name["save_overlay"].trigger()
    assert np.array_equal(rgb(QImage(str(file.with_suffix(".png")))), rgb(overlay))
