"""The editor of custom GLSL: text is proposed, accepted or refused, never lost."""

from __future__ import annotations

import pytest
from fake import BAD, SLOW, FakeEngine
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from perturber.core.session.session import Session
from perturber.gui.base.code import CodePanel
from perturber.gui.shell.desk import Desk
from perturber.gui.shell.engine_notices import CUSTOM_CODE

GOOD = "vec3 effect(vec3 color, float value, vec2 uv) {\n    return color.bgr;\n}\n"
WRONG = f"vec3 effect(vec3 color, float value, vec2 uv) {{\n    return {BAD};\n}}\n"
HANGS = f"vec3 effect(vec3 color, float value, vec2 uv) {{\n    return {SLOW};\n}}\n"


@pytest.fixture
def panel(desk: Desk) -> CodePanel:
    return desk.scene.codes[CUSTOM_CODE]


def code(desk: Desk) -> str:
    return desk.store.session.post.custom.code


def test_typed_text_is_tried_after_a_pause_and_accepted(desk: Desk, panel: CodePanel, qtbot: QtBot) -> None:
    panel.editor.setPlainText(GOOD)
    assert code(desk) == Session().post.custom.code
    qtbot.waitUntil(lambda: code(desk) == GOOD, timeout=3000)
    assert panel.note.text() == ""
    assert panel.editor.bad_line is None


def test_ctrl_enter_tries_at_once(desk: Desk, panel: CodePanel, qtbot: QtBot) -> None:
    panel._timer.setInterval(60_000)
    panel.editor.setPlainText(GOOD)
    qtbot.keyClick(panel.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: code(desk) == GOOD, timeout=3000)


def test_refused_text_stays_with_the_error_at_its_line(desk: Desk, panel: CodePanel, qtbot: QtBot) -> None:
    before, picture = desk.store.session, desk.scene.viewport.image
    panel.editor.setPlainText(WRONG)
    qtbot.waitUntil(lambda: panel.editor.bad_line == 2, timeout=3000)
    assert panel.editor.toPlainText() == WRONG
    assert panel.note.text().startswith("Line 2: 'bad'")
    assert desk.store.session == before
    assert desk.scene.viewport.image is picture
    panel.editor.setPlainText(GOOD)
    qtbot.waitUntil(lambda: code(desk) == GOOD, timeout=3000)
    assert panel.editor.bad_line is None


def test_edits_made_meanwhile_are_kept(desk: Desk, panel: CodePanel, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.delay = 0.2
    panel.editor.setPlainText(GOOD)
    panel.offer()
    desk.store.set("post.color.hue", 0.25)
    qtbot.waitUntil(lambda: code(desk) == GOOD, timeout=3000)
    assert desk.store.session.post.color.hue == 0.25
    desk.store.undo()
    assert desk.store.session.post.color.hue == 0.25
    assert panel.editor.toPlainText() == code(desk) == Session().post.custom.code


def test_an_older_answer_does_not_overtake_newer_text(
    desk: Desk, panel: CodePanel, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine.delay = 0.15
    panel.editor.setPlainText(GOOD + "// one\n")
    panel.offer()
    panel.editor.setPlainText(GOOD + "// two\n")
    panel.offer()
    qtbot.waitUntil(lambda: code(desk).endswith("// two\n"), timeout=3000)
    desk.store.undo()
    assert code(desk) == Session().post.custom.code


def test_code_found_to_hang_is_switched_off_and_said(desk: Desk, panel: CodePanel, qtbot: QtBot) -> None:
    desk.store.set(CUSTOM_CODE, HANGS)
    qtbot.waitUntil(lambda: not desk.store.session.post.custom.enabled, timeout=3000)
    assert "did not finish" in desk.window.banner.text
    assert code(desk) == HANGS
    assert "did not finish" in panel.note.text()


def test_trying_new_code_switches_it_on_again(desk: Desk, panel: CodePanel, qtbot: QtBot) -> None:
    desk.store.set("post.custom.enabled", False)
    panel.editor.setPlainText(WRONG)
    qtbot.waitUntil(lambda: panel.editor.bad_line == 2, timeout=3000)
    assert not desk.store.session.post.custom.enabled
    panel.editor.setPlainText(GOOD)
    qtbot.waitUntil(lambda: desk.store.session.post.custom.enabled, timeout=3000)
    assert code(desk) == GOOD


def test_text_beyond_the_limit_is_refused_here(desk: Desk, panel: CodePanel, qtbot: QtBot) -> None:
    panel.editor.setPlainText("/" * 9000)
    panel.offer()
    assert "8000" in panel.note.text()
    assert desk.store.session == Session()


def test_enter_begins_a_line(panel: CodePanel, qtbot: QtBot) -> None:
    panel.editor.clear()
    qtbot.keyClicks(panel.editor, "a")
    qtbot.keyClick(panel.editor, Qt.Key.Key_Return)
    qtbot.keyClicks(panel.editor, "b")
    assert panel.editor.toPlainText() == "a\nb"


def test_tab_inserts_spaces(panel: CodePanel, qtbot: QtBot) -> None:
    panel.editor.clear()
    qtbot.keyClick(panel.editor, Qt.Key.Key_Tab)
    assert panel.editor.toPlainText() == "    "
