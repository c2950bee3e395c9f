"""Feature images of the edited model: played, paused, made anew after an edit, never taken for those of another."""

from __future__ import annotations

import numpy as np
import pytest
from fake import FakeEngine, MakeDesk
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from perturber.core.jobs.feature_spec import NAIVE
from perturber.core.jobs.job import Answer, FeatureBatch, LiveFeatures
from perturber.core.parameters.parameter import replace_all
from perturber.core.session.edit import Edit
from perturber.core.session.models import EditedModel
from perturber.core.session.session import Session
from perturber.engine.process.client import RESTARTED
from perturber.gui.answers.question import RETRIES
from perturber.gui.edit.editor_live import EARLIER, RIPE, LiveImages
from perturber.gui.shell.desk import Desk

EDIT = "models.edited.edit"
FIRST, SECOND = Edit(mix={"mixed3a": 0.5}), Edit(mix={"mixed3a": 1.0})


@pytest.fixture
def desk(make_desk: MakeDesk, qtbot: QtBot) -> Desk:
    desk = make_desk(replace_all(Session(), {"models.edited.enabled": True, EDIT: FIRST, "probe.count": 2}))
    qtbot.waitUntil(lambda: desk.neurons.grids["edited"].visible_units == (0, 1))
    return desk


@pytest.fixture
def live(desk: Desk) -> LiveImages:
    assert desk.editing.live is not None
    return desk.editing.live


def jobs(engine: FakeEngine) -> list[tuple[int, LiveFeatures]]:
    return [(token, job) for token, job in engine.jobs if isinstance(job, LiveFeatures)]


def answer(engine: FakeEngine, done: int, shade: int, last: bool = False) -> None:
    """What the engine tells of the newest job: pictures all of one gray."""
    token, job = jobs(engine)[-1]
    pictures = {wanted: np.full((8, 8, 3), shade, np.uint8) for wanted in job.wanted}
    images = FeatureBatch(pictures, last)
    engine.computed.emit(token, Answer(done, 128, images if last else None, partial=None if last else images))


def shade_of(desk: Desk, unit: int = 0) -> int | None:
    image: QImage | None = desk.neurons.grids["edited"]._features.get(unit)
    return None if image is None else QColor(image.pixel(0, 0)).red()


def test_playing_asks_for_what_is_shown_and_shows_it_as_it_comes(
    desk: Desk, live: LiveImages, engine: FakeEngine, qtbot: QtBot
) -> None:
    assert jobs(engine) == []
    live.button.click()
    (_, job) = jobs(engine)[-1]
    assert [(w.layer, w.unit) for w in job.wanted] == [("mixed4a", 0), ("mixed4a", 1)]
    assert all(isinstance(w.model, EditedModel) and w.model.edit == FIRST for w in job.wanted)
    answer(engine, 8, 100)
    qtbot.waitUntil(lambda: shade_of(desk) == 100)
    assert live.button.text() == "6 %"
    answer(engine, 128, 200, last=True)
    qtbot.waitUntil(lambda: shade_of(desk) == 200)
    assert live.button.text() == ""
    desk.store.set("scene.camera.yaw", 20.0)
    qtbot.wait(400)
    assert len(jobs(engine)) == 1, "the scene does not change the images"


def test_an_edit_while_playing_begins_anew_and_old_images_stay_until_the_new_are_ripe(
    desk: Desk, live: LiveImages, engine: FakeEngine, qtbot: QtBot
) -> None:
    live.button.click()
    answer(engine, 32, 100)
    qtbot.waitUntil(lambda: shade_of(desk) == 100)
    for share in (0.6, 0.7, 1.0):
        desk.store.set(EDIT, Edit(mix={"mixed3a": share}))
    qtbot.waitUntil(lambda: len(jobs(engine)) == 2, timeout=2000)
    model = jobs(engine)[-1][1].wanted[0].model
    assert isinstance(model, EditedModel)
    assert model.edit == SECOND
    answer(engine, 8, 50)
    qtbot.waitUntil(lambda: live.button.text() == "6 %")
    qtbot.wait(60)
    assert shade_of(desk) == 100
    answer(engine, RIPE, 60)
    qtbot.waitUntil(lambda: shade_of(desk) == 60)


def test_an_edit_while_paused_dims_what_it_makes_out_of_date(
    desk: Desk, live: LiveImages, engine: FakeEngine, qtbot: QtBot, qapp: QApplication
) -> None:
    live.button.click()
    answer(engine, 32, 200)
    qtbot.waitUntil(lambda: shade_of(desk) == 200)
    stopped = engine.stopped
    live.button.click()
    assert engine.stopped == stopped + 1
    answer(engine, 40, 10)  # too late
    desk.store.set(EDIT, SECOND)
    qtbot.waitUntil(lambda: shade_of(desk) not in {200, None})
    assert shade_of(desk) < 150  # type: ignore[operator]
    assert live.button.text() == EARLIER
    dark = shade_of(desk)
    desk.window.theme.choose("light", qapp)
    qtbot.waitUntil(lambda: shade_of(desk) > dark)
    desk.store.undo()
    qtbot.waitUntil(lambda: shade_of(desk) == 200)
    assert live.button.text() == ""
    assert len(jobs(engine)) == 1


def test_layer_units_and_parameterization_are_followed(
    desk: Desk, live: LiveImages, engine: FakeEngine, qtbot: QtBot
) -> None:
    live.button.click()
    desk.store.update({"probe.layer": "mixed3a", "probe.units": (7,), "probe.count": 1, "probe.naive": True})
    qtbot.waitUntil(lambda: len(jobs(engine)) == 2, timeout=2000)
    ((wanted),) = jobs(engine)[-1][1].wanted
    assert (wanted.layer, wanted.unit, wanted.spec) == ("mixed3a", 7, NAIVE)


def test_closing_the_editor_stops(desk: Desk, live: LiveImages, engine: FakeEngine) -> None:
    live.button.click()
    stopped = engine.stopped
    desk.menus.actions["weights_editor"].trigger()
    assert not live.playing
    assert engine.stopped == stopped + 1


def test_a_problem_is_said_and_pauses(desk: Desk, live: LiveImages, engine: FakeEngine, qtbot: QtBot) -> None:
    live.button.click()
    engine.computed.emit(jobs(engine)[-1][0], Answer(problem="out of paint"))
    qtbot.waitUntil(lambda: not live.playing)
    assert "out of paint" in desk.window.banner.text


def test_it_plays_on_when_the_engine_was_restarted_but_not_for_ever(
    live: LiveImages, engine: FakeEngine, qtbot: QtBot
) -> None:
    live.button.click()
    for asked in range(1, RETRIES + 2):
        qtbot.waitUntil(lambda asked=asked: len(jobs(engine)) == asked)
        assert live.playing
        engine.computed.emit(jobs(engine)[-1][0], Answer(problem=RESTARTED, interrupted=True))
    qtbot.waitUntil(lambda: not live.playing)


def test_an_edit_that_changes_nothing_asks_for_nothing(desk: Desk, live: LiveImages, engine: FakeEngine) -> None:
    desk.store.set(EDIT, Edit())
    live.button.click()
    assert jobs(engine) == []
