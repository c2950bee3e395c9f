"""Automatic saving of the session."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fake import evaluate
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from perturber.core.session import recovery
from perturber.core.session.recovery import RecoverySlot, find_crashed
from perturber.core.session.session import load, save
from perturber.core.session.store import Store
from perturber.gui.base.image_file import image_of_png
from perturber.gui.picture.viewport import image_of
from perturber.gui.recovery.autosave import DELAY_MS, Autosave


def make(store: Store, folder: Path, delay: int = 5, retry: int = 20) -> Autosave:
    return Autosave(store, folder, delay=delay, retry=retry)


def test_closing_keeps_the_session_and_removes_the_recovery_file(qtbot: QtBot, tmp_path: Path) -> None:
    store = Store()
    first = make(store, tmp_path / "new")
    assert not first.previous.exists()
    store.set("seed", 5)
    qtbot.waitUntil(first.file.is_file)
    first.close()
    store.set("seed", 6)
    assert load(first.previous).seed == 5
    assert list((tmp_path / "new" / recovery.FOLDER).iterdir()) == []
    second = make(Store(), tmp_path / "new")
    second.close()
    assert load(second.previous).seed == 5


def test_edits_without_a_pause_are_written_before_they_end(qtbot: QtBot, tmp_path: Path) -> None:
    store = Store()
    saving = make(store, tmp_path, delay=50)
    dragging = QTimer()
    dragging.timeout.connect(lambda: store.set("seed", store.session.seed + 1))
    dragging.start(2)
    qtbot.waitUntil(saving.file.is_file)
    first = load(saving.file).seed
    qtbot.waitUntil(lambda: load(saving.file).seed > first)
    assert dragging.isActive()
    dragging.stop()
    qtbot.waitUntil(lambda: load(saving.file).seed == store.session.seed)
    saving.close()


def test_later_changes_do_not_prolong_the_wait(qtbot: QtBot, tmp_path: Path) -> None:
    assert 2 * DELAY_MS <= 2000
    store = Store()
    saving = make(store, tmp_path, delay=10_000)
    store.set("seed", 1)
    qtbot.wait(20)
    before = saving._timer.remainingTime()
    store.set("seed", 2)
    assert saving._timer.remainingTime() <= before < 10_000
    saving.close()


def test_two_windows_write_two_files_with_their_pictures(qtbot: QtBot, tmp_path: Path) -> None:
    stores = [Store(), Store()]
    windows = [make(store, tmp_path) for store in stores]
    for seed, (store, saving) in enumerate(zip(stores, windows, strict=True), 22):
        store.set("seed", seed)
        saving.show_evaluation(evaluate(store.session))
    for saving in windows:
        qtbot.waitUntil(lambda s=saving: s.file.is_file() and s._is_pictured)  # type: ignore[misc]
    assert sorted(load(saving.file).seed for saving in windows) == [22, 23]
    assert find_crashed(tmp_path) == ([], [])
    for saving in windows:
        saving._slot.release()  # as the end of a process does
    found, problems = find_crashed(tmp_path)
    assert (sorted(crashed.session.seed for crashed in found), problems) == ([22, 23], [])
    for crashed in found:
        expected = image_of(evaluate(crashed.session).pixels)
        assert image_of_png(crashed.picture).convertToFormat(expected.format()) == expected
        crashed.slot.release()
    for saving in windows:
        saving.close()


def test_a_picture_that_comes_late_is_added(qtbot: QtBot, tmp_path: Path) -> None:
    store = Store()
    saving = make(store, tmp_path)
    store.set("seed", 3)
    qtbot.waitUntil(lambda: saving._written is not None)
    assert not saving._slot.picture_file.exists()
    saving.show_evaluation(evaluate(store.session))
    qtbot.waitUntil(saving._slot.picture_file.is_file)
    saving.close()


def test_what_is_in_a_file_of_the_user_needs_no_recovery(qtbot: QtBot, tmp_path: Path) -> None:
    store = Store()
    saving = make(store, tmp_path)
    store.set("seed", 4)
    qtbot.waitUntil(saving.file.is_file)
    assert not saving.is_safe
    save(store.session, tmp_path / "mine.json")
    saving.set_safe()
    qtbot.waitUntil(lambda: not saving.file.exists())
    store.set("seed", 5)
    qtbot.waitUntil(saving.file.is_file)
    store.undo()
    qtbot.waitUntil(lambda: not saving.file.exists())
    saving.close()
    assert load(saving.previous).seed == 4


def test_a_folder_that_cannot_be_written_is_reported_once_and_tried_again(qtbot: QtBot, tmp_path: Path) -> None:
    blocked = tmp_path / "window"
    blocked.write_text("no folder")
    store, said, safe = Store(), [], []
    saving = make(store, blocked)
    saving.complained.connect(said.append)
    store.set("seed", 8)
    saving.save_now(lambda: safe.append(load(saving.file).seed))
    qtbot.waitUntil(lambda: bool(said))
    store.set("seed", 9)
    qtbot.wait(100)
    assert len(said) == 1
    assert str(blocked) in said[0]
    assert "again" in said[0]
    assert not safe
    blocked.unlink()
    qtbot.waitUntil(lambda: bool(safe))
    assert safe == [9]
    assert load(saving.file).seed == 9
    saving.close()


def test_a_full_disk_is_reported_again_after_it_had_room(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    store, said = Store(), []
    saving = make(store, tmp_path)
    saving.complained.connect(said.append)
    for number in (1, 2):
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", refuse)
            store.set("seed", number)
            qtbot.waitUntil(lambda n=number: len(said) == n)  # type: ignore[misc]
            assert "No space left on device" in said[-1]
        qtbot.waitUntil(lambda n=number: saving.file.is_file() and load(saving.file).seed == n)  # type: ignore[misc]
    saving.close()
    assert [file.name for file in saving.file.parent.iterdir()] == []


def test_a_session_that_cannot_be_kept_when_closing_is_offered_at_the_next_start(qtbot: QtBot, tmp_path: Path) -> None:
    store = Store()
    saving = make(store, tmp_path)
    (tmp_path / "previous.json").mkdir()
    store.set("seed", 10)
    saving.close()
    found, _ = find_crashed(tmp_path)
    assert [crashed.session.seed for crashed in found] == [10]
    found[0].slot.remove()


def test_a_cleared_folder_is_made_again_and_locked(qtbot: QtBot, tmp_path: Path) -> None:
    store = Store()
    saving = make(store, tmp_path)
    store.set("seed", 11)
    qtbot.waitUntil(saving.file.is_file)
    for file in saving.file.parent.iterdir():
        file.unlink()
    saving.file.parent.rmdir()
    store.set("seed", 12)
    qtbot.waitUntil(saving.file.is_file)
    assert RecoverySlot.claim(saving.file) is None
    saving.close()
