"""Pairs of activation map and feature image: what is asked for, what is shown, what a mouse does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fake import FakeEngine
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from perturber import paths
from perturber.core.jobs.feature_spec import FOURIER, NAIVE, Feature
from perturber.core.jobs.job import Answer, FeatureBatch, FeatureRequest, MakeFeatures
from perturber.engine.process.client import RESTARTED
from perturber.gui.answers.question import RETRIES
from perturber.gui.shell.desk import Desk
from perturber.nets.families.feature_store import FOLDER, FeatureCache, Picture, encode


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FeatureCache:
    monkeypatch.setattr(paths, "cache", lambda: tmp_path)
    return FeatureCache(tmp_path / FOLDER)


def asked(engine: FakeEngine) -> list[tuple[int, MakeFeatures]]:
    return [(token, job) for token, job in engine.jobs if isinstance(job, MakeFeatures)]


def wait_for_job(qtbot: QtBot, engine: FakeEngine, count: int = 1) -> tuple[int, MakeFeatures]:
    qtbot.waitUntil(lambda: len(asked(engine)) >= count, timeout=3000)
    return asked(engine)[-1]


def plain(shade: int) -> Picture:
    return np.full((32, 32, 3), shade, np.uint8)


def shade_of(desk: Desk, slot: str, place: int) -> int:
    """The gray in the middle of a feature image on screen."""
    grid = desk.neurons.grids[slot]
    tile = grid.tiling.second(grid._cell(place))
    return grid.grab().toImage().pixelColor(tile.center() + QPoint(0, 8)).red()


def test_missing_images_of_all_slots_are_asked_once_and_shown_when_they_come(
    desk: Desk, engine: FakeEngine, qtbot: QtBot
) -> None:
    token, job = wait_for_job(qtbot, engine)
    models = desk.store.session.models
    assert {(w.model, w.layer, w.unit, w.spec) for w in job.wanted} == {
        (slot.model, "mixed4a", unit, FOURIER) for slot in (models.slot1, models.slot2) for unit in range(4)
    }
    first = next(w for w in job.wanted if w.model == models.slot2.model and w.unit == 1)
    engine.computed.emit(token, Answer(1, 8, partial=FeatureBatch({first: plain(90)}, False)))
    qtbot.waitUntil(lambda: shade_of(desk, "slot2", 1) == 90)
    engine.computed.emit(token, Answer(2, 8, partial=FeatureBatch({first: plain(200)}, True)))
    qtbot.waitUntil(lambda: shade_of(desk, "slot2", 1) == 200)
    assert shade_of(desk, "slot1", 1) == QColor(desk.window.theme.colors.control).red()
    desk.store.set("scene.camera.yaw", 5.0)
    qtbot.wait(250)
    assert len(asked(engine)) == 1


def test_kept_images_are_shown_without_asking(
    desk: Desk, engine: FakeEngine, cache: FeatureCache, qtbot: QtBot
) -> None:
    wait_for_job(qtbot, engine)
    for digit in "03":  # the fingerprints of the two slots' models
        for unit in (7, 8):
            cache.write(Feature(digit * 64, "mixed4a", unit, FOURIER), encode(plain(150)))
    before = len(asked(engine))
    desk.store.update({"probe.units": (7, 8), "probe.count": 2})
    qtbot.waitUntil(lambda: abs(shade_of(desk, "slot1", 1) - 150) < 3 and abs(shade_of(desk, "slot2", 0) - 150) < 3)
    qtbot.waitUntil(lambda: engine.lanes == ["features"], timeout=3000)
    assert len(asked(engine)) == before


def test_images_of_another_checkpoint_are_there_when_its_maps_are(
    desk: Desk, engine: FakeEngine, cache: FeatureCache, qtbot: QtBot
) -> None:
    wait_for_job(qtbot, engine)
    for unit in range(4):
        cache.write(Feature("1" * 64, "mixed4a", unit, FOURIER), encode(plain(150)))
    engine.delay = 0.5
    tuned = desk.store.session.models.slot2.model.model_copy(update={"checkpoint": "s100"})
    desk.store.set("models.slot2.model", tuned)
    shown: list[bool] = []
    wanted = [FeatureRequest(model=tuned, layer="mixed4a", unit=unit) for unit in range(4)]
    desk.bridge.evaluated.connect(lambda _: shown.append(all(desk.features.is_complete(w) for w in wanted)))
    qtbot.waitUntil(lambda: bool(shown))
    assert shown[0]
    assert abs(shade_of(desk, "slot2", 3) - 150) < 3


def test_what_others_made_meanwhile_is_read_and_what_cannot_be_made_is_said_once(
    desk: Desk, engine: FakeEngine, cache: FeatureCache, qtbot: QtBot
) -> None:
    token, job = wait_for_job(qtbot, engine)
    cache.write(Feature("0" * 64, "mixed4a", 0, FOURIER), encode(plain(150)))
    engine.computed.emit(token, Answer(8, 8, 0))
    qtbot.waitUntil(lambda: abs(shade_of(desk, "slot1", 0) - 150) < 3)
    qtbot.wait(200)
    assert len(asked(engine)) == 1  # what is not there either is not asked for in a circle
    said: list[str] = []
    desk.features.complained.connect(said.append)
    for count in (5, 6):
        desk.store.set("probe.count", count)
        token, job = wait_for_job(qtbot, engine, len(asked(engine)) + 1)
        assert {w.unit for w in job.wanted} >= {count - 1}
        engine.computed.emit(token, Answer(problem="out of paint"))
        qtbot.waitUntil(lambda: said == ["out of paint"])


def test_a_restart_of_the_engine_is_no_problem_of_the_images_but_not_for_ever(
    desk: Desk, engine: FakeEngine, qtbot: QtBot
) -> None:
    said: list[str] = []
    desk.features.complained.connect(said.append)
    for count in range(1, RETRIES + 2):
        token, _ = wait_for_job(qtbot, engine, count)
        assert not said
        engine.computed.emit(token, Answer(problem=RESTARTED, interrupted=True))
    qtbot.waitUntil(lambda: said == [RESTARTED])


def test_the_naive_parameterization_has_images_of_its_own(desk: Desk, engine: FakeEngine, qtbot: QtBot) -> None:
    wait_for_job(qtbot, engine)
    desk.neurons.rows["probe.naive"].edited.emit(True)
    _, job = wait_for_job(qtbot, engine, 2)
    assert {w.spec for w in job.wanted} == {NAIVE}
    assert len(job.wanted) == 8


def test_equal_units_stand_under_each_other_and_are_highlighted_together(desk: Desk, qtbot: QtBot) -> None:
    desk.store.set("models.edited.enabled", True)
    qtbot.waitUntil(lambda: "edited" in desk.neurons.grids and bool(desk.neurons.grids["edited"].shown.units))
    grids = desk.neurons.grids.values()
    qtbot.waitUntil(lambda: len({tuple(tile.left() for tile in grid.tiles()) for grid in grids}) == 1)
    assert len({tile.size().width() for grid in grids for tile in grid.tiles()}) == 1
    qtbot.mouseMove(desk.neurons.grids["slot2"], desk.neurons.grids["slot2"].tiles()[2].center())
    assert [grid._hovered for grid in grids] == [2, 2, 2]
    desk.store.set("models.edited.enabled", False)
    qtbot.waitUntil(lambda: not desk.neurons.cards["edited"].isVisible())


def test_without_activations_the_images_remain(desk: Desk, qtbot: QtBot) -> None:
    grid = desk.neurons.grids["slot1"]
    paired = grid.tiles()[0].width()
    desk.neurons.rows["probe.activations"].edited.emit(False)
    qtbot.waitUntil(lambda: grid.shown.maps is None)
    assert grid.shown.units == (0, 1, 2, 3)
    assert grid.tiles()[0].width() > paired
    assert "508 units" in desk.neurons.heads["slot1"].info.text()


def test_a_whole_layer_asks_for_what_is_visible_and_scrolls_together(
    desk: Desk, engine: FakeEngine, qtbot: QtBot
) -> None:
    wait_for_job(qtbot, engine)
    desk.neurons.rows["probe.whole"].edited.emit(True)
    _, job = wait_for_job(qtbot, engine, 2)
    grid, other = desk.neurons.grids["slot1"], desk.neurons.grids["slot2"]
    assert len(grid.shown.units) == 508
    seen = set(grid.visible_units) | set(other.visible_units)
    assert {w.unit for w in job.wanted} == seen
    assert len(seen) < 60
    grid.scroll_to(3000)
    assert other._bar.value() == grid._bar.value() > 0
    _, job = wait_for_job(qtbot, engine, 3)
    assert {w.unit for w in job.wanted} == set(grid.visible_units) | set(other.visible_units)
    assert not {w.unit for w in job.wanted} & seen
    desk.neurons.units.entry.setText("mixed4a:222")
    desk.neurons.units.entry.textEdited.emit("mixed4a:222")
    qtbot.waitUntil(lambda: grid.shown.units == (222,))
    assert not desk.store.session.probe.whole


def test_the_head_says_what_is_read(desk: Desk, qtbot: QtBot) -> None:
    info = desk.neurons.heads["slot1"].info
    desk.neurons.rows["probe.before"].edited.emit(True)
    qtbot.waitUntil(lambda: "before ReLU" in info.text())
    desk.store.set("probe.layer", "conv2d0")
    qtbot.waitUntil(lambda: "no ReLU" in info.text())


def test_images_of_an_edited_model_are_taken_from_who_makes_them(desk: Desk, engine: FakeEngine, qtbot: QtBot) -> None:
    edit = desk.store.session.models.edited.edit.mixed("mixed4a", 0.5)
    desk.store.update({"models.edited.edit": edit, "models.edited.enabled": True})
    qtbot.waitUntil(lambda: "edited" in desk.neurons.grids and bool(desk.neurons.grids["edited"].shown.units))
    edited = desk.store.session.models.model("edited")
    desk.features.put(FeatureRequest(model=edited, layer="mixed4a", unit=0), plain(70))
    qtbot.waitUntil(lambda: shade_of(desk, "edited", 0) == 70)
    qtbot.wait(200)
    assert not [w for _, job in asked(engine) for w in job.wanted if w.model.kind == "edited"]
