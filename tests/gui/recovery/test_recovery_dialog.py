"""The dialog that offers crashed sessions."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake import evaluate
from PySide6.QtCore import QDateTime, QLocale, Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from perturber.core.parameters.parameter import replace
from perturber.core.session.recovery import CrashedSession, RecoverySlot
from perturber.core.session.session import Session
from perturber.gui.base.image_file import png_of
from perturber.gui.picture.viewport import image_of
from perturber.gui.recovery.recovery_dialog import RecoveryDialog, RecoveryRow, thumbnail, time_text


@pytest.fixture(scope="module")
def png() -> bytes:
    return png_of(image_of(evaluate(Session()).pixels))


@pytest.fixture
def dialog(qtbot: QtBot, tmp_path: Path, png: bytes) -> Iterator[RecoveryDialog]:
    """Three sessions, the last with a damaged picture; the seed tells them apart."""
    slots = [RecoverySlot.unused(tmp_path) for _ in range(3)]
    sessions = [
        CrashedSession(slot, replace(Session(), "seed", seed), png if seed < 3 else png[:40], time.time())
        for seed, slot in enumerate(slots, 1)
    ]
    window = QWidget()
    window.show()
    made = RecoveryDialog(sessions, lambda session: (f"Object {session.seed}", "ResNet-18"), window, "damaged")
    made.open()
    yield made
    window.deleteLater()


def texts(row: RecoveryRow) -> list[str]:
    return [label.text() for label in row.findChildren(QLabel)]


def seeds(sessions: list[CrashedSession]) -> list[int]:
    return [crashed.session.seed for crashed in sessions]


def test_every_session_has_picture_name_time_and_models(dialog: RecoveryDialog) -> None:
    for number, row in enumerate(dialog.rows, 1):
        assert f"Object {number}" in texts(row)
        assert "ResNet-18" in texts(row)
        assert any(text.startswith("Last changed today at ") for text in texts(row))
        assert any(label.pixmap().width() for label in row.findChildren(QLabel)) == (number < 3)
        assert ("No picture" in texts(row)) == (number == 3)
    assert "3 sessions" in dialog.summary.text()
    assert dialog.problem.text() == "damaged"
    assert seeds(dialog.selected) == [1, 2, 3]


def test_the_keyboard_selects_and_restores(dialog: RecoveryDialog, qtbot: QtBot) -> None:
    restored: list[list[CrashedSession]] = []
    dialog.restored.connect(restored.append)
    qtbot.keyClick(dialog.rows[1].check, Qt.Key.Key_Space)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert [seeds(sessions) for sessions in restored] == [[1, 3]]
    assert not dialog.isVisible()


def test_a_click_on_a_row_toggles_it_and_nothing_selected_restores_nothing(
    dialog: RecoveryDialog, qtbot: QtBot
) -> None:
    for row in dialog.rows:
        qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
    assert dialog.selected == []
    assert not dialog.restore.isEnabled()
    assert not dialog.discard.isEnabled()
    dialog.accept()
    assert dialog.isVisible()
    with qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_sessions_are_discarded_only_after_a_question(dialog: RecoveryDialog, qtbot: QtBot) -> None:
    discarded: list[list[CrashedSession]] = []
    dialog.discarded.connect(discarded.append)
    dialog.rows[0].check.setChecked(False)
    dialog.discard.click()
    assert "2 selected sessions?" in dialog.question.text()
    qtbot.keyClick(dialog.question, Qt.Key.Key_Escape)
    assert discarded == []
    dialog.discard.click()
    dialog.confirm.click()
    assert [seeds(sessions) for sessions in discarded] == [[2, 3]]
    assert [row.crashed.session.seed for row in dialog.rows] == [1]
    assert "1 session." in dialog.summary.text()
    assert not dialog.restore.isEnabled()
    dialog.rows[0].check.setChecked(True)
    dialog.discard.click()
    with qtbot.waitSignal(dialog.finished):
        dialog.confirm.click()


def test_times_are_written_as_days() -> None:
    now = QDateTime.currentDateTime()
    assert time_text(time.time()).startswith("today at ")
    assert time_text(now.addDays(-1).toSecsSinceEpoch()).startswith("yesterday at ")
    long_ago = now.addDays(-40)
    day = QLocale().toString(long_ago.date(), QLocale.FormatType.LongFormat)
    assert time_text(long_ago.toSecsSinceEpoch()).startswith(f"{day} at ")


def test_pictures_are_sharp_on_any_screen(qapp: object, png: bytes) -> None:
    made = thumbnail(png, 96, 2.0)
    assert made is not None
    assert (made.width(), made.devicePixelRatio()) == (192, 2.0)
    assert thumbnail(b"", 96, 1.0) is None
