"""Automatic saving of the session."""

from __future__ import annotations

from pathlib import Path

from perturber.gui.shell.autosave import CURRENT, Autosave
from pytestqt.qtbot import QtBot

from perturber.core.session.session import load
from perturber.core.session.store import Store


def test_edits_reach_the_disk_and_the_next_run_finds_them(qtbot: QtBot, tmp_path: Path) -> None:
    store = Store()
    first = Autosave(store, tmp_path / "new")
    assert first.previous is None
    store.set("seed", 5)
    first.close()
    store.set("seed", 6)
    assert load(tmp_path / "new" / CURRENT).seed == 5
    second = Autosave(Store(), tmp_path / "new")
    assert second.previous is not None
    assert load(second.previous).seed == 5
    second.close()
    assert load(second.previous).seed == 5


def test_a_pause_in_editing_writes(qtbot: QtBot, tmp_path: Path) -> None:
    store = Store()
    saving = Autosave(store, tmp_path)
    saving._timer.setInterval(1)
    store.set("seed", 7)
    qtbot.waitUntil((tmp_path / CURRENT).is_file)
    assert load(tmp_path / CURRENT).seed == 7
    saving.close()


def test_a_folder_that_cannot_be_written_disturbs_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    store = Store()
    saving = Autosave(store, tmp_path / "file")
    store.set("seed", 8)
    saving.close()
    assert store.session.seed == 8
