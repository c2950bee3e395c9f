"""Crashed sessions: offered with picture and time, restored, discarded or kept, never lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fake import MakeDesk, evaluate
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from perturber.core.parameters.parameter import replace
from perturber.core.session.recovery import EARLIER, FOLDER, RecoverySlot
from perturber.core.session.session import Session, dumps, load, save
from perturber.gui.base.image_file import png_of
from perturber.gui.base.settings import Settings
from perturber.gui.picture.viewport import image_of
from perturber.gui.recovery.recovery_dialog import RecoveryDialog
from perturber.gui.shell.desk import Desk

Crash = Callable[[int], Path]


@pytest.fixture
def crash(settings: Settings) -> Crash:
    """Return a function that leaves the files of a killed window; the seed tells the sessions apart."""

    def leave(seed: int) -> Path:
        session = replace(Session(), "seed", seed)
        slot = RecoverySlot.unused(settings.folder / FOLDER)
        slot.write(session, png_of(image_of(evaluate(session).pixels)))
        slot.release()
        return slot.file

    return leave


def dialog_of(desk: Desk, qtbot: QtBot) -> RecoveryDialog:
    qtbot.waitUntil(lambda: desk.recovering.dialog is not None)
    assert desk.recovering.dialog is not None
    return desk.recovering.dialog


def idle(desk: Desk, qtbot: QtBot) -> None:
    """Wait until the tasks of a window are done."""
    done: list[object] = []
    desk.tasks.run(lambda: True, done.append, done.append)
    qtbot.waitUntil(lambda: bool(done))


def launches(desk: Desk, monkeypatch: pytest.MonkeyPatch, is_started: bool = True) -> list[Path]:
    """Record the recovery files that other windows are opened with."""
    files: list[Path] = []
    monkeypatch.setattr(desk.recovering, "_launch", lambda file: (files.append(file), is_started)[1])
    return files


def test_no_dialog_comes_when_nothing_was_lost(desk: Desk, qtbot: QtBot) -> None:
    idle(desk, qtbot)
    assert desk.recovering.dialog is None
    desk.recovering.ask()
    qtbot.waitUntil(lambda: "no sessions" in desk.window.banner.text)


def test_the_first_session_is_restored_here_and_the_others_in_windows_of_their_own(
    make_desk: MakeDesk, crash: Crash, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {seed: crash(seed) for seed in (1, 2, 3)}
    desk = make_desk()
    dialog = dialog_of(desk, qtbot)
    other_windows = launches(desk, monkeypatch)
    dialog.rows[1].check.setChecked(False)
    here, kept, there = (row.crashed.session.seed for row in dialog.rows)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: desk.store.session.seed == here)
    qtbot.waitUntil(lambda: not files[here].exists())
    assert load(desk.autosave.file).seed == here
    assert other_windows == [files[there]]
    assert files[there].is_file()
    assert files[kept].is_file()
    claimed = [RecoverySlot.claim(files[seed]) for seed in (there, kept)]
    for slot in claimed:
        assert slot is not None
        slot.release()


def test_a_window_started_for_one_session_restores_it_and_offers_no_other(
    make_desk: MakeDesk, crash: Crash, qtbot: QtBot, settings: Settings
) -> None:
    file, other = crash(1), crash(2)
    desk = make_desk(recover=file)
    qtbot.waitUntil(lambda: desk.store.session.seed == 1 and not file.exists())
    idle(desk, qtbot)
    assert desk.recovering.dialog is None
    assert other.is_file()
    desk.recovering.continue_from(file)
    assert str(file) in desk.window.banner.text


def test_a_session_the_engine_refuses_is_kept(make_desk: MakeDesk, crash: Crash, qtbot: QtBot) -> None:
    file = crash(1)
    session = replace(replace(Session(), "post.custom.enabled", True), "post.custom.code", "bad")
    save(session, file)
    desk = make_desk()
    dialog_of(desk, qtbot).accept()
    qtbot.waitUntil(lambda: "kept" in desk.window.banner.text)
    assert file.is_file()
    assert desk.store.session == Session()


def test_a_damaged_recovery_file_costs_itself_and_a_notice(
    make_desk: MakeDesk, crash: Crash, qtbot: QtBot, settings: Settings
) -> None:
    crash(1)
    crash(2).write_text("{")
    desk = make_desk()
    dialog = dialog_of(desk, qtbot)
    assert [row.crashed.session.seed for row in dialog.rows] == [1]
    assert "damaged-1.json" in desk.window.banner.text
    assert dialog.problem.text() == desk.window.banner.text
    assert len(list((settings.folder / FOLDER).glob("*.damaged-1.json"))) == 1
    dialog.reject()


def test_the_file_of_an_earlier_version_is_offered_until_it_is_restored(
    make_desk: MakeDesk, qtbot: QtBot, settings: Settings
) -> None:
    earlier = settings.folder / EARLIER
    earlier.write_text(dumps(replace(Session(), "seed", 8)))
    desk = make_desk()
    dialog_of(desk, qtbot).accept()
    qtbot.waitUntil(lambda: desk.store.session.seed == 8)
    qtbot.waitUntil(lambda: not earlier.exists())


def test_saving_and_opening_leave_nothing_to_recover(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    desk.store.set("seed", 5)
    qtbot.waitUntil(desk.autosave.file.is_file)
    desk.documents.save_session(tmp_path / "mine.json")
    qtbot.waitUntil(lambda: not desk.autosave.file.exists())
    save(replace(Session(), "seed", 6), tmp_path / "other.json")
    desk.documents.open_session(tmp_path / "other.json")
    qtbot.waitUntil(lambda: desk.store.session.seed == 6 and desk.autosave.is_safe)


def test_a_window_with_work_of_its_own_keeps_it(
    make_desk: MakeDesk, crash: Crash, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = crash(1)
    desk = make_desk(replace(Session(), "seed", 9))
    other_windows = launches(desk, monkeypatch, is_started=False)
    dialog_of(desk, qtbot).accept()
    assert "kept" in desk.window.banner.text
    desk.recovering.ask()
    dialog_of(desk, qtbot).accept()
    assert other_windows == [file, file]
    assert file.is_file()
    assert desk.store.session.seed == 9


def test_what_is_kept_is_offered_again_and_what_is_discarded_is_not(
    make_desk: MakeDesk, crash: Crash, qtbot: QtBot
) -> None:
    files = {seed: crash(seed) for seed in (1, 2)}
    desk = make_desk()
    dialog_of(desk, qtbot).reject()
    desk.recovering.ask()
    dialog = dialog_of(desk, qtbot)
    next(row for row in dialog.rows if row.crashed.session.seed == 2).check.setChecked(False)
    dialog.discard.click()
    dialog.confirm.click()
    assert not files[1].exists()
    desk.window.close()
    assert {file.stem for file in files[2].parent.iterdir()} == {files[2].stem}
    assert not files[2].with_suffix(".lock").exists()
