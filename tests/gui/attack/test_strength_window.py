"""The window that measures an attack: begins, shows what comes, stops."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fake import FakeEngine
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from perturber.core.evaluation import Prediction
from perturber.core.jobs.job import Answer, Job
from perturber.core.jobs.strength import MeasureStrength, SlotStrength, Strength, Transfer, TransferCell, TransferMatrix
from perturber.gui.attack.strength_window import STALE, StrengthWindow
from perturber.gui.shell.desk import Desk

DOG, CAT = Prediction("n1", "dog", 9.0, 0.9), Prediction("n2", "cat", 9.0, 0.8)
SLOTS = (
    SlotStrength("slot1", "Standard", DOG, (0.0, 1.0, 2.0), (0.9, 0.4, 0.1), (False, False, True), 1.25, 1.0, True),
    SlotStrength("slot2", "Tuned", DOG, (0.0, 1.0, 2.0), (0.9, 0.8, 0.7), (False,) * 3, None, 2.0, True),
)
CELLS = {("slot1", "slot1"): TransferCell(True, DOG, 0.1, CAT), ("slot1", "slot2"): TransferCell(False, DOG, 0.9, DOG)}


def asked(engine: FakeEngine) -> dict[type[Job], int]:
    """The last token of each measurement; other parts of the window ask for other jobs."""
    return {type(job): token for token, job in engine.jobs if isinstance(job, MeasureStrength | Transfer)}


@pytest.fixture
def window(desk: Desk) -> StrengthWindow:
    desk.menus.actions["strength"].trigger()
    assert desk.attacks.strength.window is not None
    return desk.attacks.strength.window


def test_both_measurements_are_asked_for_and_shown(
    window: StrengthWindow, desk: Desk, engine: FakeEngine, qtbot: QtBot
) -> None:
    assert asked(engine) == {}
    qtbot.mouseClick(window.button, Qt.MouseButton.LeftButton)
    first, second = asked(engine)[MeasureStrength], asked(engine)[Transfer]
    engine.computed.emit(first, Answer(4, 16, partial=Strength("l2", "", 2.0, SLOTS[:1])))
    qtbot.waitUntil(lambda: len(window.chart.lines) == 1)
    assert window.button.text() == "Stop"
    assert window.bar.value() == 125
    engine.computed.emit(first, Answer(16, 16, Strength("l2", "", 2.0, SLOTS)))
    engine.computed.emit(second, Answer(2, 2, TransferMatrix(("slot1", "slot2"), ("A", "B"), "l2", {}, CELLS)))
    qtbot.waitUntil(lambda: not window.running)
    assert window.button.text() == "Measure"
    assert [line.minimal for line in window.chart.lines] == [1.25, None]
    assert "1.25" in window.legend.text()
    assert "robust up to ε&nbsp;2" in window.legend.text()
    assert window.cells["slot1", "slot1"].text() == "fooled: cat 80.0 %"
    assert window.cells["slot1", "slot2"].text() == "still dog 90.0 %"
    assert STALE not in window.about.text()
    desk.store.set("attack.taken", 3)  # the measurement does not depend on it
    assert STALE not in window.about.text()
    desk.store.set("attack.method.epsilon", 1.0)
    assert STALE in window.about.text()


@pytest.mark.parametrize(
    ("path", "value", "stale"),
    [
        ("post.color.hue", 0.25, True),
        ("seed", 5, True),
        ("scene.camera.yaw", 10.0, True),
        ("probe.count", 2, False),
        ("attack.alpha", 0.5, False),
    ],
)
def test_another_frame_asks_to_be_measured_again(
    window: StrengthWindow, desk: Desk, path: str, value: float, stale: bool
) -> None:
    before = desk.store.session
    window.toggle()
    window.toggle()
    assert STALE not in window.about.text()
    desk.store.set(path, value)
    assert (STALE in window.about.text()) == stale
    desk.store.replace(before)
    assert STALE not in window.about.text()


def test_it_stops_at_once_and_says_what_went_wrong(window: StrengthWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    window.toggle()
    window.toggle()
    assert not window.running
    assert {"strength", "transfer"} <= set(engine.lanes)
    window.toggle()
    engine.computed.emit(asked(engine)[MeasureStrength], Answer(problem="attack.method.epsilon: it is 0"))
    qtbot.waitUntil(lambda: "it is 0" in window.notes.text())
    window.close()
    assert not window.running


def test_a_gradient_of_zero_is_told_and_called_no_robustness(
    window: StrengthWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    window.toggle()
    flat = replace(SLOTS[1], notice="the gradient is zero")
    engine.computed.emit(asked(engine)[MeasureStrength], Answer(16, 16, Strength("l2", "", 2.0, (SLOTS[0], flat))))
    qtbot.waitUntil(lambda: window.notes.text() == "Model 2: the gradient is zero")
    assert "no success up to ε&nbsp;2" in window.legend.text()
    assert "robust" not in window.legend.text()
    matrix = TransferMatrix(("slot1", "slot2"), ("A", "B"), "l2", {}, CELLS, notices={"slot1": "the gradient is zero"})
    engine.computed.emit(asked(engine)[Transfer], Answer(2, 2, matrix))
    qtbot.waitUntil(lambda: "Model 1: the gradient is zero" in window.notes.text())
    assert "Model 2: the gradient is zero" in window.notes.text()
    assert not window.notes.isHidden()


def test_the_axis_doubles_from_tick_to_tick(window: StrengthWindow) -> None:
    window.chart.show_lines((), 8.0)
    assert [window.chart.place_of(size) for size in (0, 8, 4, 2, 8 / 256)] == [0, 1, 0.875, 0.75, 0]
