"""Locks between processes."""

from __future__ import annotations

import errno
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from perturber.core.errors import InputError
from perturber.core.library.groups import OwnGroups, make_group
from perturber.core.library.presets import OwnPresets
from perturber.core.session.edit import Edit
from perturber.core.storage import file_lock
from perturber.core.storage.file_lock import FileLock, locked


def test_a_lock_has_one_owner_and_leaves_no_file(tmp_path: Path):
    path = tmp_path / "lock"
    first = FileLock.take(path)
    assert first is not None
    assert FileLock.take(path) is None
    first.release()
    second = FileLock.take(path)
    assert second is not None
    second.release()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_whose_file_was_removed_is_taken_again(tmp_path: Path):
    path = tmp_path / "lock"
    first = FileLock.take(path)
    assert first is not None
    path.unlink()
    assert not first.is_in_place
    second = FileLock.take(path)
    assert second is not None
    first.release()
    assert second.is_in_place
    second.release()


def test_where_there_are_no_locks_everyone_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(descriptor: int) -> bool:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(file_lock, "lock_descriptor", refuse)
    own = OwnGroups(tmp_path / "groups.json")
    with locked(own.file):
        own.save("key", "layer", make_group("Group", (1,)))
    assert [group.name for group in own.of("key", "layer")] == ["Group"]


def test_a_file_that_is_held_too_long_is_named(tmp_path: Path):
    file = tmp_path / "groups.json"
    with locked(file), pytest.raises(InputError, match=r"groups\.json: another process"), locked(file, patience=0.05):
        pass


def test_waiting_ends_with_the_lock(tmp_path: Path):
    file, order = tmp_path / "file", []
    with locked(file):
        waiting = threading.Thread(target=lambda: _enter(file, order))
        waiting.start()
        order.append("first")
    waiting.join(timeout=60)
    assert order == ["first", "second"]


def _enter(file: Path, order: list[str]) -> None:
    with locked(file, patience=60):
        order.append("second")


def test_windows_that_save_at_the_same_time_keep_everything(tmp_path: Path):
    """Every thread has objects of its own, as windows do; locks of one process exclude each other, too."""

    def save(number: int) -> None:
        OwnGroups(tmp_path / "groups.json").save("key", "layer", make_group(f"Group {number}", (number,)))
        OwnPresets(tmp_path / "presets.json").save(f"Preset {number}", Edit(mix={"layer1": number / 16}))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(save, range(16)))
    groups = OwnGroups(tmp_path / "groups.json").of("key", "layer")
    assert {group.name for group in groups} == {f"Group {number}" for number in range(16)}
    presets = OwnPresets(tmp_path / "presets.json").all()
    assert {preset.name for preset in presets} == {f"Preset {number}" for number in range(16)}
    assert sorted(file.name for file in tmp_path.iterdir()) == ["groups.json", "presets.json"]


def test_a_damaged_file_is_put_aside_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Two windows notice the damage; the second one must not put the first one's new file aside."""
    own, other = OwnGroups(tmp_path / "groups.json"), OwnGroups(tmp_path / "groups.json")
    own.file.write_text("{")
    read = type(own)._read

    def read_late(self: OwnGroups, is_locked: bool = False) -> object:
        if self is own and is_locked:
            monkeypatch.undo()
            (tmp_path / "groups.json").unlink()
            other._write(other._parsed({"groups": {"key": {"layer": [{"name": "New", "units": [1]}]}}}))
        return read(self, is_locked)

    monkeypatch.setattr(OwnGroups, "_read", read_late)
    assert [group.name for group in own.of("key", "layer")] == ["New"]
    assert own.message == ""
