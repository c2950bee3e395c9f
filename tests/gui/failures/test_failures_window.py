"""The window that searches for failures: what it asks, how it is interrupted, and what is done with what was found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fake import FakeEngine
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from perturber.core.evaluation import Prediction
from perturber.core.jobs.failures import Failures, FindFailures, Flip
from perturber.core.jobs.job import Answer
from perturber.core.parameters.parameter import get, replace_all
from perturber.core.session.session import Session, load
from perturber.engine.process.client import RESTARTED
from perturber.gui.answers.question import RETRIES
from perturber.gui.failures.failures_window import FailuresWindow
from perturber.gui.shell.desk import Desk

DOG = Prediction("n02106662", "Dog", 6.0, 0.97)
HOG = Prediction("n02395406", "Hog", 2.0, 0.62)
YAW, HUE = "scene.camera.yaw", "post.color.hue"


@pytest.fixture
def window(desk: Desk) -> FailuresWindow:
    desk.menus.actions["failures"].trigger()
    assert desk.failures.search.window is not None
    return desk.failures.search.window


def flip(run: int, distance: float, evaluation: int, **changes: float) -> Flip:
    named = {path.replace("__", "."): value for path, value in changes.items()}
    return Flip(run, named, distance, HOG, 0.21, np.full((112, 112, 3), 90, np.uint8), evaluation)


def found(*flips: Flip, margins: tuple[float, ...] = (4.0, 2.0), budget: int = 500) -> Failures:
    return Failures(DOG, flips, margins, (float("inf"),) * len(margins), budget)


NEAR = flip(0, 0.09, 30, post__color__hue=-0.06)
FAR = flip(1, 0.3, 20, scene__camera__yaw=5.0, post__color__hue=0.04)


def jobs(engine: FakeEngine) -> list[tuple[int, FindFailures]]:
    return [(token, job) for token, job in engine.jobs if isinstance(job, FindFailures)]


def tell(engine: FakeEngine, window: FailuresWindow, answer: Answer, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.search.changed, timeout=2000):
        engine.computed.emit(jobs(engine)[-1][0], answer)


def test_the_search_asks_for_what_is_chosen(window: FailuresWindow, engine: FakeEngine):
    rows = window.bounds.rows
    assert YAW in rows
    assert "scene.morph.overall" not in rows
    window.bounds.none.click()
    assert not window.main.isEnabled()
    for path in (YAW, HUE):
        rows[path].check.click()
    window.bounds.shares[0.05].click()
    rows[YAW].slider.moved.emit(0.4, 0.45)
    window.slots.buttons["slot2"].click()
    window.target.chosen.emit("n02123045")
    window.method.setCurrentIndex(1)
    window.budget.entered.emit(120.0)
    window.main.click()
    ((_, job),) = jobs(engine)
    assert (job.slot, job.target, job.method, job.budget, job.known) == ("slot2", "n02123045", "random", 120, ())
    bounds = {bound.path: (bound.low, bound.high) for bound in job.space.bounds}
    assert bounds == {YAW: (-36.0, -18.0), HUE: (-0.05, 0.05)}


def test_bad_bounds_are_shown_in_place_and_nothing_typed_is_lost(window: FailuresWindow, desk: Desk):
    row = window.bounds.rows[YAW]
    row.entries[0].entered.emit(5.0)
    assert row.problem.isVisibleTo(row)
    assert "-25" in row.problem.text()
    assert row.entries[0].text() == "5.0°"
    assert not window.main.isEnabled()
    desk.store.set(YAW, 8.0)  # now the bounds hold it
    assert not row.problem.isVisibleTo(row)
    assert (row.bound.low, row.bound.high) == (5.0, 11.0)
    assert window.main.isEnabled()
    row.entries[1].entered.emit(400.0)
    assert "out of range" in row.problem.text()
    row.check.click()
    assert window.main.isEnabled()
    window.budget.entered.emit(0.0)
    assert not window.main.isEnabled()
    assert "whole number" in window.status.text()
    window.budget.entered.emit(50.0)
    assert "whole number" not in window.status.text()


def test_a_handle_stops_at_the_sessions_value(window: FailuresWindow):
    row = window.bounds.rows[YAW]
    row.slider.moved.emit(0.6, 0.7)
    assert (row.bound.low, row.bound.high) == (-25.0, 72.0)


def test_bounds_follow_the_session_unless_they_were_set(window: FailuresWindow, desk: Desk):
    window.bounds.rows[HUE].slider.moved.emit(0.3, 0.6)
    desk.store.update({YAW: 20.0, HUE: 0.05})
    assert (window.bounds.rows[YAW].bound.low, window.bounds.rows[YAW].bound.high) == (-16.0, 56.0)
    assert (window.bounds.rows[HUE].bound.low, window.bounds.rows[HUE].bound.high) == (-0.2, 0.1)


def test_what_is_found_can_be_shown_undone_and_left(
    window: FailuresWindow, engine: FakeEngine, desk: Desk, qtbot: QtBot
):
    before = desk.store.session
    window.main.click()
    tell(engine, window, Answer(2, 500, partial=found(FAR, NEAR)), qtbot)
    assert [row.card.title for row in window.list.rows if row.card] == ["Dog → Hog (62 %)"] * 2
    first = window.list.rows[0].card
    assert first is not None
    assert first.about.startswith("9.0 % of the bounds")
    assert first.changes == "Hue 0 → −0.06"
    desk.store.set("probe.layer", "mixed3a")  # not of the scene
    window.list.rows[1].chosen.emit()
    shown = desk.store.session
    assert (get(shown, YAW), get(shown, HUE), shown.probe.layer) == (5.0, 0.04, "mixed3a")
    assert window.list.rows[1].current
    assert window.bounds.rows[YAW].bound.low == -61.0  # a failure is not what is searched from
    window.list.rows[0].chosen.emit()
    window.back.click()
    assert desk.store.session.scene == before.scene
    desk.store.undo()
    assert get(desk.store.session, HUE) == -0.06
    desk.store.undo()
    assert desk.store.session == shown


def test_a_pause_asks_no_more_and_the_rest_is_asked_for_later(
    window: FailuresWindow, engine: FakeEngine, desk: Desk, qtbot: QtBot
):
    window.main.click()
    origin = desk.store.session
    tell(engine, window, Answer(2, 500, partial=found(NEAR)), qtbot)
    window.main.click()
    assert window.main.text() == "Resume"
    assert engine.lanes[-1] == "failures"
    assert "Paused at 2" in window.status.text()
    desk.store.set(YAW, 90.0)
    window.main.click()
    assert jobs(engine)[-1][1].known == (4.0, 2.0)
    assert window.search.origin == origin
    later = flip(0, 0.2, 60, post__color__hue=-0.08)  # of a run that had come to a smaller one before
    tell(engine, window, Answer(3, 500, partial=found(later, margins=(4.0, 2.0, 1.0))), qtbot)
    assert window.search.flips == (NEAR,)
    window.stop.click()
    assert window.main.text() == "Start"
    assert window.search.flips == (NEAR,)


def test_the_engine_may_die_meanwhile(window: FailuresWindow, engine: FakeEngine, qtbot: QtBot):
    window.main.click()
    tell(engine, window, Answer(2, 500, partial=found(NEAR)), qtbot)
    engine.computed.emit(jobs(engine)[-1][0], Answer(problem=RESTARTED, interrupted=True))
    qtbot.waitUntil(lambda: len(jobs(engine)) == 2)
    assert jobs(engine)[-1][1].known == (4.0, 2.0)
    assert window.search.flips == (NEAR,)
    assert window.main.text() == "Pause"
    for _ in range(RETRIES):  # again and again
        engine.computed.emit(jobs(engine)[-1][0], Answer(problem=RESTARTED, interrupted=True))
    qtbot.waitUntil(lambda: window.main.text() == "Resume")
    assert RESTARTED in window.status.text()
    assert window.search.flips == (NEAR,)


def test_the_end_and_a_problem_are_said(window: FailuresWindow, engine: FakeEngine, qtbot: QtBot):
    window.main.click()
    tell(engine, window, Answer(500, 500, found(margins=(4.0, 0.42), budget=2)), qtbot)
    assert "None found; closest: 0.42 logits" in window.status.text()
    assert window.main.text() == "Start"
    window.main.click()
    tell(engine, window, Answer(problem="target: Dog stands first already"), qtbot)
    assert window.status.text() == "target: Dog stands first already"


def test_a_failure_is_saved_as_a_session(
    window: FailuresWindow, engine: FakeEngine, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    window.main.click()
    tell(engine, window, Answer(2, 500, partial=found(NEAR)), qtbot)
    assert not window.save.isEnabled()
    window.list.rows[0].chosen.emit()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "hog"), ""))
    window.save.click()
    assert load(tmp_path / "hog.json").post == replace_all(Session(), {HUE: -0.06}).post


def test_closing_the_window_pauses(window: FailuresWindow, engine: FakeEngine):
    window.main.click()
    window.close()
    assert window.search.state == "paused"
    assert engine.lanes[-1] == "failures"
