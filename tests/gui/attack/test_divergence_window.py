"""The window that follows what an attack does inside: what is asked, shown and chosen in it."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from fake import FakeEngine, evaluate
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from perturber.core.evaluation import AttackResult
from perturber.core.jobs.analysis import Distances, Diverge, Divergence
from perturber.core.jobs.job import Answer, Job
from perturber.core.parameters.parameter import replace as set_in
from perturber.core.session.picture import clean
from perturber.core.session.session import Session
from perturber.gui.attack.divergence_window import DivergenceWindow
from perturber.gui.shell.desk import Desk

TAPS = ("conv2d0", "conv2d2", "mixed3a", "mixed4a", "mixed5b")
Asked = list[tuple[int, Session]]


def rising(to: float) -> Distances:
    values = tuple(float(v) for v in np.linspace(0, to, len(TAPS)))
    return Distances(TAPS, values, tuple(v / 10 for v in values))


APART = Divergence({}, {("slot1", "slot2"): rising(2.0)})
MOVED = Divergence({"slot1": rising(1.0), "slot2": rising(0.5)}, APART.between)


@pytest.fixture
def asked(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Token and session of every question of the window."""
    found: Asked = []
    compute = engine.compute

    def remembered(session: Session, job: Job) -> int:
        token = compute(session, job)
        if isinstance(job, Diverge):
            found.append((token, session))
        return token

    monkeypatch.setattr(engine, "compute", remembered)
    return found


@pytest.fixture
def window(desk: Desk, asked: Asked, qtbot: QtBot) -> DivergenceWindow:
    desk.menus.actions["divergence"].trigger()
    qtbot.waitUntil(lambda: len(asked) == 1)
    assert desk.attacks.divergence.window is not None
    return desk.attacks.divergence.window


def tell(engine: FakeEngine, asked: Asked, answer: Answer) -> None:
    engine.computed.emit(asked[-1][0], answer)


def attack(desk: Desk, engine: FakeEngine, taken: int, reached: int) -> None:
    """A frame on which an attack has come so far."""
    session = set_in(desk.store.session, "attack.taken", taken)
    pixels, change = np.zeros((224, 224, 3), np.uint8), np.zeros((224, 224, 3), np.float32)
    engine.evaluated.emit(replace(evaluate(session), attack=AttackResult(reached, False, pixels, change)))


def test_without_an_attack_the_models_are_compared(
    desk: Desk, window: DivergenceWindow, engine: FakeEngine, asked: Asked, qtbot: QtBot
):
    assert asked[0][1].attack.taken == 0
    tell(engine, asked, Answer(1, 1, APART))
    qtbot.waitUntil(lambda: len(window.chart.lines) == 1)
    assert [(line.name, line.slot) for line in window.chart.lines] == [("Model 1 ↔ Model 2", "")]
    assert "Press A to take an attack step" in window.about.text()
    assert not window.changed.isEnabled()
    desk.store.set("probe.count", 3)
    desk.store.set("models.slot1.activations", False)
    qtbot.wait(150)
    assert len(asked) == 1  # nothing that matters is another
    desk.store.set("post.color.hue", 0.5)
    qtbot.waitUntil(lambda: len(asked) == 2)


def test_an_attack_is_followed_as_far_as_it_is(
    desk: Desk, window: DivergenceWindow, engine: FakeEngine, asked: Asked, qtbot: QtBot
):
    attack(desk, engine, taken=9, reached=4)  # while the first question is open
    qtbot.wait(150)
    assert len(asked) == 1
    tell(engine, asked, Answer(1, 1, APART))
    qtbot.waitUntil(lambda: len(asked) == 2)
    assert asked[1][1].attack.taken == 4
    tell(engine, asked, Answer(2, 4))
    tell(engine, asked, Answer(4, 4, MOVED))
    qtbot.waitUntil(lambda: len(window.chart.lines) == 3)
    assert [line.slot for line in window.chart.lines] == ["slot1", "slot2", ""]
    assert "Model 1, 4 steps" in window.about.text()
    colors = desk.window.theme.colors
    assert colors.slot("slot1").name() in window.legend.text()
    window.measure.setCurrentIndex(1)
    window.measure.activated.emit(1)
    assert window.chart.reach() == (0.0, 0.2)


def test_the_mouse_tells_values_and_a_click_shows_the_layer(
    desk: Desk, window: DivergenceWindow, engine: FakeEngine, asked: Asked, qtbot: QtBot
):
    tell(engine, asked, Answer(1, 1, MOVED))
    qtbot.waitUntil(lambda: len(window.chart.lines) == 3)
    first, second = window.chart.lines[:2]
    place = window.chart.place(first, 2).toPoint()
    where, none = QPointF(place), Qt.MouseButton.NoButton
    over = QMouseEvent(QEvent.Type.MouseMove, where, where, none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window.chart, over)
    assert window.under.text().startswith("mixed3a:   Model 1 0.5     Model 2 0.25")
    qtbot.mouseClick(window.chart, Qt.MouseButton.LeftButton, pos=place)
    assert desk.store.session.probe.layer == "mixed3a"
    desk.store.undo()
    assert desk.store.session.probe.layer == "mixed4a"
    # Networks of different depths: the layer of the line that was clicked.
    deep = replace(second, taps=tuple("abcdefgh"), values=(inf, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1))
    window.chart.show_lines((first, deep))
    assert window.chart.nearest(window.chart.place(deep, 6)) == "g"
    assert window.chart.nearest(window.chart.place(first, 3)) == "mixed4a"
    assert window.chart.nearest(QPointF(window.chart.ground().left(), 0)) == "conv2d0"  # infinite values are nowhere
    assert "Model 2 a inf" in window.chart.words(0.0)
    assert not window.chart.grab().isNull()


def test_the_units_the_attack_changed_most_are_shown(
    desk: Desk, window: DivergenceWindow, engine: FakeEngine, qtbot: QtBot
):
    desk.store.update({"attack.slot": "slot2", "attack.taken": 3})
    attack(desk, engine, taken=3, reached=3)
    qtbot.waitUntil(window.changed.isEnabled)
    window.changed.click()
    query, before = engine.queries[-1]
    assert (query.kind, query.slot, query.layers) == ("changed", "slot2", ("mixed4a",))
    assert before == clean(desk.store.session)
    qtbot.waitUntil(lambda: desk.store.session.probe.units == tuple(range(30, 22, -1)))
    assert desk.neurons.units.group.name == "Most Changed by the Attack"


def test_what_cannot_be_compared_is_said_in_words(
    window: DivergenceWindow, engine: FakeEngine, asked: Asked, desk: Desk, qtbot: QtBot
):
    tell(engine, asked, Answer(1, 1, Divergence({}, {}, {("slot1", "slot2"): "their architectures differ"})))
    qtbot.waitUntil(lambda: window.notes.text() == "Model 1 and Model 2: their architectures differ")
    assert window.chart.lines == ()
    assert not window.grab().isNull()
    desk.store.set("seed", 5)
    qtbot.waitUntil(lambda: len(asked) == 2)
    tell(engine, asked, Answer(problem="models: no file"))
    qtbot.waitUntil(lambda: window.chart._message == "models: no file")
    assert window.about.text() == ""


def test_closed_it_asks_nothing_and_opened_again_it_catches_up(
    desk: Desk, window: DivergenceWindow, engine: FakeEngine, asked: Asked, qtbot: QtBot
):
    window.reject()
    assert engine.lanes[-1] == "divergence"
    desk.store.set("post.color.hue", 0.5)
    qtbot.waitUntil(lambda: engine.submitted[-1].post.color.hue == 0.5)
    qtbot.wait(150)
    assert len(asked) == 1
    desk.attacks.divergence.bring()
    qtbot.waitUntil(lambda: len(asked) == 2)
    assert asked[1][1].post.color.hue == 0.5
