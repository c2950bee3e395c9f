"""The whole window: its contents belong together, it never blocks, it exits cleanly."""

from __future__ import annotations

import logging
import sys

import numpy as np
import pytest
from fake import FakeEngine, MakeDesk, picture
from PySide6.QtGui import QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from perturber.core.evaluation import Failure
from perturber.core.parameters.parameter import replace
from perturber.core.session.session import Session
from perturber.engine.process.wire import Status
from perturber.gui.base.settings import Settings
from perturber.gui.picture.viewport import image_of
from perturber.gui.shell.desk import Desk


def shows(desk: Desk, session: Session) -> bool:
    """Return whether the picture on screen belongs to this session."""
    image = desk.scene.viewport.image
    return image is not None and image == image_of(picture(session))


def test_the_last_of_many_edits_is_always_shown(desk: Desk, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.delay = 0.01
    for value in np.linspace(-0.5, 0.5, 60):
        desk.store.set("post.color.hue", float(value))
    qtbot.waitUntil(lambda: shows(desk, desk.store.session), timeout=5000)


def test_ten_steps_are_undone_and_redone(desk: Desk, qtbot: QtBot) -> None:
    sessions = [desk.store.session]
    for number in range(10):
        desk.store.set("scene.camera.yaw", 10.0 * number)
        sessions.append(desk.store.session)
    actions = desk.menus.actions
    for wanted in reversed(sessions[:-1]):
        actions["undo"].trigger()
        assert desk.store.session == wanted
    assert not actions["undo"].isEnabled()
    qtbot.waitUntil(lambda: shows(desk, sessions[0]), timeout=5000)
    for wanted in sessions[1:]:
        actions["redo"].trigger()
        assert desk.store.session == wanted
    assert not actions["redo"].isEnabled()


def test_it_starts_with_the_session_it_is_given(make_desk: MakeDesk, qtbot: QtBot) -> None:
    session = replace(Session(), "scene.camera.yaw", 77.0)
    desk = make_desk(session)
    assert desk.scene.form.rows["scene.camera.yaw"].entry.text() == "77.0°"  # type: ignore[attr-defined]
    assert shows(desk, session)


def test_a_failed_frame_keeps_the_last_picture_and_says_why_until_it_is_over(
    desk: Desk, engine: FakeEngine, qtbot: QtBot
) -> None:
    before = desk.scene.viewport.image
    engine.refusals["street"] = Failure(Session(), "scene.background", "the picture is damaged")
    desk.scene.backgrounds.chosen.emit("street")
    qtbot.waitUntil(lambda: "scene.background: the picture is damaged" in desk.window.banner.text, timeout=3000)
    assert desk.scene.viewport.image is before
    desk.store.undo()
    qtbot.waitUntil(lambda: desk.window.banner.text == "", timeout=3000)


def test_a_later_frame_leaves_other_messages_alone(desk: Desk, qtbot: QtBot) -> None:
    desk.context.report("pot.obj: no faces", "error")
    desk.store.set("post.color.hue", 0.2)
    qtbot.waitUntil(lambda: shows(desk, desk.store.session), timeout=3000)
    assert desk.window.banner.text == "pot.obj: no faces"
    desk.menus.actions["dismiss"].trigger()
    assert desk.window.banner.text == ""


def test_the_banner_stays_inside_the_window_whatever_its_text(desk: Desk) -> None:
    for text in ("short", "long " * 60):
        desk.window.banner.say(text, error=True)
        assert desk.window.rect().contains(desk.window.banner.geometry())
    desk.window.resize(1000, 700)
    assert desk.window.rect().contains(desk.window.banner.geometry())


def test_an_engine_that_is_down_says_what_to_do(desk: Desk, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.status.emit(Status("failed", "no OpenGL; install libegl1"))
    qtbot.waitUntil(lambda: "install libegl1" in desk.window.banner.text, timeout=3000)
    assert desk.status._state.text() == "Engine not running"


def test_device_and_precision_are_chosen_in_the_status_bar(desk: Desk, engine: FakeEngine, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: desk.status._status.devices == ("cpu",), timeout=3000)
    desk.status.fill_menu()
    names = {a.text(): a for a in desk.status._menu.actions()}
    assert {"cpu", "bfloat16"} <= set(names)
    names["bfloat16"].trigger()
    assert engine.choices == [("auto", "bfloat16")]
    qtbot.waitUntil(lambda: "restarts" in desk.window.banner.text, timeout=3000)


def test_the_status_bar_splits_the_frames_time(desk: Desk, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: "render 4.0" in desk.status._split.text(), timeout=3000)
    assert "network 21.0" in desk.status._split.text()
    assert "paint" in desk.status._split.text()
    assert "1 frame" in desk.status._frames.text()


def test_frames_are_measured_when_painted_not_when_they_arrive(desk: Desk, qtbot: QtBot) -> None:
    count = len(desk.status._times["paint"])
    desk.store.set("post.color.hue", 0.3)
    qtbot.waitUntil(lambda: len(desk.status._times["paint"]) == count + 1, timeout=3000)
    assert desk.status._times["paint"][-1] > 0


def test_the_picture_is_copied_as_the_networks_see_it(desk: Desk) -> None:
    desk.menus.actions["copy"].trigger()
    copied = QGuiApplication.clipboard().image().convertToFormat(QImage.Format.Format_RGB32)
    assert copied == desk.scene.viewport.image


def test_reset_leaves_objects_models_and_probe(desk: Desk) -> None:
    desk.store.update({"scene.subject": {"kind": "pair", "name": "truck_car"}, "probe.count": 7})
    kept = desk.store.session
    desk.store.update({"scene.camera.yaw": 50.0, "post.noise.sigma": 0.2})
    desk.menus.actions["reset"].trigger()
    assert desk.store.session == kept


def test_layout_and_looks_are_remembered_beside_the_session(
    make_desk: MakeDesk, settings: Settings, qtbot: QtBot
) -> None:
    desk = make_desk()
    before = desk.store.session
    desk.menus.actions["theme"].trigger()
    desk.window.view.set_logits(True)
    desk.window.columns.setSizes([500, 400, 360])
    desk.scene.form.sections["Camera"].set_open(False)
    sizes = desk.window.columns.sizes()
    assert desk.store.session is before
    desk.window.close()
    assert settings.text("theme", "") == "light"
    assert settings.flag("view/logits", False)
    assert not settings.layout("window/columns").isEmpty()
    assert settings.lines("window/closed") == ["Camera"]
    desk.window.columns.setSizes([400, 400, 400])
    desk.window.columns.restoreState(settings.layout("window/columns"))
    assert desk.window.columns.sizes() == sizes


def test_closing_while_evaluating_ends_the_engine(desk: Desk, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.delay = 0.2
    desk.store.set("post.color.hue", 0.1)
    desk.scene.codes["post.custom.code"].editor.setPlainText("vec3 x;")
    desk.scene.codes["post.custom.code"].offer()
    desk.window.close()
    assert not engine._thread.is_alive()
    desk.store.set("post.color.hue", 0.2)
    assert desk.store.session.post.color.hue == 0.2


def test_a_fault_of_ours_is_said_and_logged_not_fatal(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from perturber.gui.shell.app import Application

    application = Application.__new__(Application)
    application.window = desk.window
    with caplog.at_level(logging.CRITICAL):
        application.report_unexpected(ValueError, ValueError("odd"), None)
    assert "ValueError: odd" in desk.window.banner.text
    assert "unexpected error" in caplog.text
    assert sys.excepthook is not application.report_unexpected
