"""The attack in the window: steps, runs, the way back, what is written and painted."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from fake import FakeEngine, MakeDesk, attacked, evaluate, picture
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from perturber.core.jobs.job import Answer
from perturber.core.parameters.parameter import replace, replace_all, walk
from perturber.core.parameters.plugin import kinds, make
from perturber.core.session.attack import Attack, AttackMethod
from perturber.core.session.session import Session
from perturber.engine.process.wire import Status
from perturber.gui.answers.question import RETRIES
from perturber.gui.attack.attack_methods import change_norm, norm_of, switch_method
from perturber.gui.attack.attack_words import (
    describe_progress,
    describe_size,
    format_number,
    format_share,
    shorten_problem,
)
from perturber.gui.attack.looks import amplify, choose_gain, render_spectrum
from perturber.gui.base import holding
from perturber.gui.picture.viewport import image_of
from perturber.gui.shell.desk import Desk
from perturber.gui.widgets.inputs.number import parse

LEFT = Qt.MouseButton.LeftButton


def shown(desk: Desk, engine: FakeEngine, taken: int) -> bool:
    """Whether so many steps are asked for, computed and shown."""
    result = desk.attacking.result
    reached = result.taken if result is not None else 0
    return (desk.store.session.attack.taken, reached) == (taken, taken)


def words(desk: Desk) -> list[str]:
    return [c.words for c in desk.scene.viewport.captions]


def test_a_click_is_a_step_and_an_undo_step(desk: Desk, engine: FakeEngine, qtbot: QtBot) -> None:
    for number in (1, 2, 3):
        qtbot.mouseClick(desk.scene.attack.step, LEFT)
        qtbot.waitUntil(lambda n=number: shown(desk, engine, n))
    desk.store.undo()
    qtbot.waitUntil(lambda: shown(desk, engine, 2))
    qtbot.mouseClick(desk.scene.attack.back, LEFT)
    qtbot.waitUntil(lambda: shown(desk, engine, 1))
    assert desk.attacking.furthest == 3
    qtbot.mouseClick(desk.scene.attack.clear, LEFT)
    qtbot.waitUntil(lambda: shown(desk, engine, 0))
    assert desk.scene.attack.place_label.text() == "0 / 3"
    assert desk.scene.viewport.captions == ()


def test_held_down_it_runs_and_that_is_one_undo_step(desk: Desk, engine: FakeEngine, qtbot: QtBot) -> None:
    qtbot.mousePress(desk.scene.attack.step, LEFT)
    qtbot.waitUntil(lambda: desk.store.session.attack.taken >= 4)
    assert desk.attacking.running
    qtbot.mouseRelease(desk.scene.attack.step, LEFT)
    taken = desk.store.session.attack.taken
    assert not desk.attacking.running
    qtbot.wait(100)
    assert desk.store.session.attack.taken == taken
    desk.store.undo()
    assert desk.store.session == Session()
    assert not desk.store.can_undo


def test_the_key_takes_steps_and_runs_while_it_is_down(
    desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.window.activateWindow()
    qtbot.waitUntil(desk.window.isActiveWindow)
    qtbot.keyClick(desk.scene.viewport, Qt.Key.Key_A)
    assert desk.store.session.attack.taken == 1
    monkeypatch.setattr(holding, "LONG", 0.0)  # however slow or fast the machine is just now
    for key in desk.window.findChildren(holding.HoldKey):
        key._late.setInterval(1000)
    qtbot.keyPress(desk.scene.viewport, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: desk.store.session.attack.taken >= 4)
    qtbot.keyRelease(desk.scene.viewport, Qt.Key.Key_A)
    qtbot.keyPress(desk.scene.viewport, Qt.Key.Key_A)  # as a busy X server repeats keys
    assert desk.attacking.running
    qtbot.keyRelease(desk.scene.viewport, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: not desk.attacking.running)
    desk.store.undo()
    assert desk.store.session.attack.taken == 1


def test_a_run_goes_to_the_planned_steps_then_on(desk: Desk, engine: FakeEngine, qtbot: QtBot) -> None:
    desk.store.set("attack.method.steps", 6)
    qtbot.mouseClick(desk.scene.attack.run, LEFT)
    assert desk.scene.attack.run.text() == "Pause"
    qtbot.waitUntil(lambda: not desk.attacking.running)
    assert desk.store.session.attack.taken == 6
    qtbot.mouseClick(desk.scene.attack.run, LEFT)
    qtbot.waitUntil(lambda: desk.store.session.attack.taken > 8)
    qtbot.mouseClick(desk.scene.attack.run, LEFT)
    assert not desk.attacking.running


def test_a_finished_attack_ends_the_run_at_its_last_step(desk: Desk, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.last = 3
    desk.store.set("attack.taken", 5)  # as a click on Step may: that there is no other is known only then
    qtbot.waitUntil(lambda: not desk.scene.attack.step.isEnabled())
    assert desk.scene.attack.place_label.text() == "3 / 3"
    qtbot.mouseClick(desk.scene.attack.back, LEFT)
    assert desk.store.session.attack.taken == 2
    desk.store.set("attack.taken", 0)
    qtbot.waitUntil(desk.scene.attack.run.isEnabled)
    qtbot.mouseClick(desk.scene.attack.run, LEFT)
    qtbot.waitUntil(lambda: not desk.attacking.running)
    assert desk.store.session.attack.taken == 3
    assert not desk.scene.attack.step.isEnabled()
    assert "step 3 (last)" in words(desk)
    desk.store.set("attack.method.epsilon", 1.0)  # another attack: not known to end
    assert desk.scene.attack.step.isEnabled()


def test_missing_steps_are_asked_for_until_they_are_there(
    make_desk: MakeDesk, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine.pace = 2
    desk = make_desk(replace(Session(), "attack.taken", 7))
    qtbot.waitUntil(lambda: shown(desk, engine, 7))
    assert engine.takings == [desk.store.session]
    asked = len(engine.submitted)
    assert 2 <= asked <= 4
    # An engine that was restarted begins anew; what is asked for stays.
    engine.trajectory = (None, 0)
    engine.status.emit(Status("restarting", "The engine restarts."))
    engine.submit(desk.store.session)
    qtbot.waitUntil(lambda: len(engine.submitted) > asked + 1)
    qtbot.waitUntil(lambda: shown(desk, engine, 7))
    assert engine.takings == [desk.store.session] * 2
    assert set(engine.submitted) == {desk.store.session}
    assert not desk.store.can_undo


def test_steps_that_nobody_waits_for_are_not_taken(
    make_desk: MakeDesk, engine: FakeEngine, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_take", lambda token, session: None)  # a job that takes its time
    engine.pace = 1
    desk = make_desk(replace(Session(), "attack.taken", 7))
    qtbot.waitUntil(lambda: len(engine.takings) == 1)
    desk.store.set("probe.count", 2)  # touches neither the picture nor its attack
    qtbot.waitUntil(lambda: engine.submitted[-1] == desk.store.session)
    assert "attack" not in engine.lanes
    desk.store.set("attack.method.epsilon", 1.0)
    assert engine.lanes[-1] == "attack"
    qtbot.waitUntil(lambda: len(engine.takings) == 2)
    assert engine.takings[-1] == desk.store.session
    desk.store.set("attack.taken", 0)
    assert engine.lanes == ["attack"] * 2


def test_steps_that_the_engine_dies_of_are_not_asked_for_without_end(
    make_desk: MakeDesk, engine: FakeEngine, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    died = Answer(problem="the engine ended", interrupted=True)
    monkeypatch.setattr(engine, "_take", lambda token, session: engine.computed.emit(token, died))
    engine.pace = 1
    desk = make_desk(replace(Session(), "attack.taken", 3))
    qtbot.waitUntil(lambda: len(engine.takings) == 1 + RETRIES)
    engine.submit(desk.store.session)  # as a client does whose engine is back: the frame takes a step all the same
    qtbot.waitUntil(lambda: desk.attacking.result is not None and desk.attacking.result.taken == 2)
    assert len(engine.takings) == 1 + RETRIES
    assert not desk.attacking._steps.is_open


def test_the_scrubber_goes_back_and_forth_as_one_undo_step(desk: Desk, engine: FakeEngine, qtbot: QtBot) -> None:
    desk.store.set("attack.taken", 8)
    qtbot.waitUntil(lambda: shown(desk, engine, 8))
    slider = desk.scene.attack.scrubber
    qtbot.mousePress(slider, LEFT, pos=QPoint(slider.width() - 8, 11))
    for share in (0.7, 0.4, 0.0):
        QTest.mouseMove(slider, QPoint(round(8 + share * (slider.width() - 16)), 11))
    qtbot.mouseRelease(slider, LEFT, pos=QPoint(8, 11))
    assert desk.store.session.attack.taken == 0
    assert slider.maximum() == 8
    desk.store.undo()
    assert desk.store.session.attack.taken == 8
    desk.store.set("attack.method.epsilon", 1.0)  # another trajectory, of which nothing is known
    desk.store.set("attack.taken", 0)
    assert desk.attacking.furthest in (0, 8)


def test_moving_the_scene_ends_the_attack_and_the_drag_goes_on(desk: Desk, engine: FakeEngine, qtbot: QtBot) -> None:
    viewport = desk.scene.viewport
    desk.attacking.run(100)
    qtbot.waitUntil(lambda: desk.store.session.attack.taken >= 2)
    center = viewport.picture_rect().center()
    qtbot.mousePress(viewport, LEFT, pos=center)
    assert not desk.attacking.running
    for x in (10, 30, 50):
        qtbot.mouseMove(viewport, center + QPoint(x, 0))
    qtbot.mouseRelease(viewport, LEFT, pos=center + QPoint(50, 0))
    assert desk.store.session == replace(Session(), "scene.camera.yaw", desk.store.session.scene.camera.yaw)
    assert desk.store.session.scene.camera.yaw == pytest.approx(Session().scene.camera.yaw - 20)
    assert "Keep Attacking" in desk.window.banner.text
    desk.store.undo()  # the drag, and with it the attack's end
    assert desk.store.session.attack.taken >= 2
    desk.store.undo()  # the run
    assert desk.store.session == Session()


def test_pinned_it_attacks_every_new_frame(desk: Desk, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.pace = 1
    desk.store.update({"attack.taken": 5, "attack.pinned": True})
    qtbot.waitUntil(lambda: shown(desk, engine, 5))
    seen: list[str] = []
    desk.bridge.evaluated.connect(lambda _: seen.extend(words(desk)))
    desk.store.set("scene.camera.yaw", 30.0)
    qtbot.waitUntil(lambda: shown(desk, engine, 5) and len(seen) > 5)
    assert "step 1 of 5" in seen  # the first is taken with the frame, the others by a job
    assert desk.store.session.attack.taken == 5
    assert not desk.window.banner.isVisible()


def test_a_problem_is_shown_in_its_place(desk: Desk, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.trouble = "attack.slot: edited takes no part"
    qtbot.mouseClick(desk.scene.attack.run, LEFT)
    qtbot.waitUntil(lambda: desk.scene.attack.problem.text() == engine.trouble)
    assert not desk.attacking.running
    assert not desk.window.banner.isVisible()
    engine.trouble = ""
    qtbot.mouseClick(desk.scene.attack.step, LEFT)
    qtbot.waitUntil(lambda: not desk.scene.attack.problem.text())


def test_a_notice_is_shown_while_the_attack_goes_on(desk: Desk, engine: FakeEngine, qtbot: QtBot) -> None:
    desk.store.set("attack.taken", 3)
    qtbot.waitUntil(lambda: shown(desk, engine, 3))
    notice = "the gradient is zero: a gradient attack cannot change this picture"
    evaluation = evaluate(desk.store.session, attack=dataclasses.replace(attacked(3), notice=notice))
    engine.evaluated.emit(evaluation)
    qtbot.waitUntil(lambda: desk.scene.attack.problem.text() == notice)
    assert "the gradient is zero" in words(desk)
    assert "step 3 / 20" in words(desk)
    assert desk.scene.attack.step.isEnabled()


def test_what_is_written_over_the_picture(desk: Desk, engine: FakeEngine, qtbot: QtBot) -> None:
    desk.store.set("attack.taken", 3)
    qtbot.waitUntil(lambda: shown(desk, engine, 3))
    said = words(desk)
    assert "before  German shepherd 90.0 %" in said
    assert "after  German shepherd 10.0 %" in said
    assert "step 3 / 20" in said
    assert any(text.startswith(("Model 2: still", "Model 2: fooled:")) for text in said)


def test_the_picture_can_be_the_original_the_change_or_its_spectrum(
    desk: Desk, engine: FakeEngine, qtbot: QtBot
) -> None:
    desk.store.set("attack.taken", 3)
    qtbot.waitUntil(lambda: shown(desk, engine, 3))
    viewport, view, change = desk.scene.viewport, desk.window.view, attacked(3).change
    bar = desk.scene.attack_view.bar.buttons
    qtbot.mouseClick(bar["change"], LEFT)
    assert viewport.painted == image_of(amplify(change, choose_gain(change)))
    view.set_gain(2.0)
    assert viewport.painted == image_of(amplify(change, 2.0))
    qtbot.mouseClick(bar["spectrum"], LEFT)
    assert viewport.painted == image_of(render_spectrum(change))
    qtbot.mousePress(bar["original"], LEFT)
    assert viewport.painted == image_of(picture(desk.store.session))
    qtbot.wait(400)
    qtbot.mouseRelease(bar["original"], LEFT)  # held, so what was there comes back
    assert view.look == "spectrum"
    assert viewport.image == image_of(picture(desk.store.session))  # what the networks see is what is copied


def test_the_target_is_found_by_search(desk: Desk, engine: FakeEngine, qtbot: QtBot) -> None:
    button = desk.scene.attack.target
    assert button.name.startswith("Untargeted: away from ")
    button.open()
    qtbot.keyClicks(button.finder.search, "shepherd")
    qtbot.keyClick(button.finder.search, Qt.Key.Key_Return)
    assert desk.store.session.attack.target == "n02106662"
    assert button.name == "German shepherd"
    button.chosen.emit("")
    assert desk.store.session.attack.target == ""
    assert button.name.startswith("Untargeted")


def test_only_slots_that_take_part_can_be_attacked(desk: Desk) -> None:
    slots = desk.scene.attack.slots.buttons
    assert slots["edited"].isHidden()
    desk.store.set("models.edited.enabled", True)
    slots["edited"].click()
    assert desk.store.session.attack.slot == "edited"


def test_every_method_has_its_rows_and_keeps_norm_and_epsilon(desk: Desk) -> None:
    desk.store.update({"attack.method.epsilon": 1.25, "attack.method.steps": 33})
    section, members = desk.scene.attack, kinds(AttackMethod)
    for number, (kind, member) in enumerate(members.items()):
        section.methods.activated.emit(number)
        QApplication.processEvents()
        method = desk.store.session.attack.method
        assert type(method) is member
        assert section.methods.currentText() == member.title
        if norm_of(method) == "l2" and "epsilon" in member.model_fields:
            assert method.epsilon == 1.25, kind  # type: ignore[attr-defined]
        assert set(section.rows.rows) == {p.path for p in walk(method, "attack.method.")}
        for row in section.rows.rows.values():
            assert row.isVisibleTo(section), row.parameter.path
        section.methods.activated.emit(list(members).index("pgd"))
        assert desk.store.session.attack.method == make(AttackMethod, "pgd", epsilon=1.25, steps=33)


def test_each_norm_remembers_its_epsilon(desk: Desk) -> None:
    rows = desk.scene.attack.rows
    desk.store.update({"attack.method.epsilon": 2.0, "attack.method.step": 0.5})
    rows.rows["attack.method.norm"].edited.emit("linf")
    method = desk.store.session.attack.method
    assert (method.norm, method.epsilon) == ("linf", 8 / 255)  # type: ignore[attr-defined]
    assert method.step == pytest.approx(2 / 255)  # type: ignore[attr-defined]
    desk.store.set("attack.method.epsilon", 4 / 255)
    rows.rows["attack.method.norm"].edited.emit("l2")
    assert desk.store.session.attack.method.epsilon == 2.0  # type: ignore[attr-defined]
    rows.rows["attack.method.norm"].edited.emit("linf")
    assert desk.store.session.attack.method.epsilon == 4 / 255  # type: ignore[attr-defined]


def test_a_step_longer_than_epsilon_is_warned_of(desk: Desk) -> None:
    rows = desk.scene.attack.rows
    assert rows.warning.isHidden()
    assert "0.375 = ε/8" in rows.step.text()
    desk.store.set("attack.method.step", 4.0)
    assert not rows.warning.isHidden()
    desk.store.set("attack.method.epsilon", 5.0)
    assert rows.warning.isHidden()
    assert "RMS" in rows.units.text()


def test_an_epsilon_beyond_all_pictures_is_warned_of(desk: Desk) -> None:
    rows = desk.scene.attack.rows
    assert rows.unlimited.isHidden()
    desk.store.update({"attack.method.norm": "linf", "attack.method.epsilon": 8.0})
    assert not rows.unlimited.isHidden()
    assert rows.unlimited.text().startswith("Epsilon 8 (L∞) does not limit the change")
    assert rows.unlimited.text().endswith("For 8/255, use 0.0314.")
    desk.store.set("attack.method.epsilon", 8 / 255)
    assert rows.unlimited.isHidden()
    desk.store.update({"attack.method.norm": "l2", "attack.method.epsilon": 388.0})
    assert not rows.unlimited.isHidden()


def test_sizes_are_written_out() -> None:
    assert describe_size(3.0, "l2") == "765 in 0–255  =  RMS 0.0077 = 2 / 255"
    assert describe_size(8 / 255, "linf") == "0.0314 of 1  =  8 / 255 per value"
    assert (format_share(0.375, 3), format_share(3, 3), format_share(6, 3), format_share(0, 3)) == (
        "ε/8",
        "ε",
        "2 ε",
        "",
    )
    assert parse("8/255", "") == 8 / 255
    assert (parse("1/0", ""), parse("/", "")) == (None, None)
    assert [format_number(v) for v in (0, 1e-9, 0.0314, 8 / 255, 765, 150528, 1e9)] == (
        ["0", "1e-09", "0.0314", "0.0314", "765", "150528", "1e+09"]
    )
    assert describe_progress(attacked(2), 8, 20) == "step 2 of 8"
    assert describe_progress(attacked(8), 8, 20) == "step 8 / 20"


def test_methods_change_without_a_window() -> None:
    pgd, fgsm = make(AttackMethod, "pgd", epsilon=1.5), kinds(AttackMethod)["fgsm"]
    assert switch_method(pgd, fgsm, None, {}) == make(AttackMethod, "fgsm", norm="l2", epsilon=1.5)
    assert change_norm(pgd, "linf", {"linf": 0.1}) == {"attack.method.norm": "linf", "attack.method.epsilon": 0.1}


def test_the_spectrum_of_a_wave_is_two_points_and_gain_fills_the_range() -> None:
    wave = np.cos(2 * np.pi * 56 * np.arange(224) / 224).astype(np.float32)
    change = 0.01 * np.broadcast_to(wave[None, :, None], (224, 224, 3))
    bright = np.argwhere(render_spectrum(change).sum(axis=2) > 600)
    assert sorted(map(tuple, bright)) == [(112, 56), (112, 168)]
    assert choose_gain(change) == pytest.approx(50)
    assert (amplify(change, 50).min(), amplify(change, 50).max()) == (0, 255)
    assert choose_gain(np.zeros((4, 4, 3), np.float32)) == 1


def test_the_section_is_reset_in_one_step(desk: Desk) -> None:
    session = replace_all(Session(), {"attack.alpha": 0.5, "attack.taken": 2, "attack.method.epsilon": 1.0})
    desk.store.replace(session)
    desk.scene.attack.reset.emit()
    assert desk.store.session.attack == Attack()
    desk.store.undo()
    assert desk.store.session == session


def test_the_picture_names_a_problem_shortly():
    assert shorten_problem("attack.method: a photo has no object; expected a 3D scene") == "a photo has no object"
    assert shorten_problem("no such thing") == "no such thing"
