"""Recovery files: one set for each window, found again after a kill, and never lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import replace
from perturber.core.session.recovery import EARLIER, FOLDER, RecoverySlot, find_crashed
from perturber.core.session.session import Session, dumps

HOLDER = """
import sys
from pathlib import Path
from perturber.core.parameters.parameter import replace
from perturber.core.session.recovery import RecoverySlot
from perturber.core.session.session import Session
slot = RecoverySlot.unused(Path(sys.argv[1]))
slot.write(replace(Session(), "seed", 7), b"picture")
print(slot.file, flush=True)
sys.stdin.read()
"""


def crash(folder: Path, seed: int, picture: bytes = b"") -> Path:
    """Leave the files of a killed window; return the session's."""
    slot = RecoverySlot.unused(folder / FOLDER)
    slot.write(replace(Session(), "seed", seed), picture)
    slot.release()
    return slot.file


def seeds(folder: Path) -> list[int]:
    """Return the seeds of the sessions that are offered, and keep them."""
    found, _ = find_crashed(folder)
    for crashed in found:
        crashed.slot.release()
    return [crashed.session.seed for crashed in found]


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in (folder / FOLDER).iterdir())


def test_a_killed_process_leaves_its_session_and_a_running_one_keeps_it(tmp_path: Path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / FOLDER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        file = Path(child.stdout.readline().strip())
        try:
            assert file.is_file()
            assert find_crashed(tmp_path) == ([], [])
        finally:
            child.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
            child.wait(timeout=60)
    assert file.with_suffix(".lock").is_file()
    found, problems = find_crashed(tmp_path)
    assert problems == []
    assert [(crashed.slot.file, crashed.session.seed, crashed.picture) for crashed in found] == [(file, 7, b"picture")]
    found[0].slot.remove()
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    "content",
    ["", "1\nperturber\nelsewhere\n", f"{os.getpid()}\npython\nhere\n", "\x00" * 999],
    ids=["empty", "of another machine", "of this process", "zeros"],
)
def test_a_lock_file_without_its_owner_does_not_count(tmp_path: Path, content: str):
    """Whatever it says: the process's number may be in use again, or be one of another machine."""
    file = crash(tmp_path, 3)
    file.with_suffix(".lock").write_text(content)
    assert seeds(tmp_path) == [3]


def test_a_session_is_offered_by_one_window_at_a_time_and_again_if_it_is_kept(tmp_path: Path):
    crash(tmp_path, 1)
    found, _ = find_crashed(tmp_path)
    assert find_crashed(tmp_path) == ([], [])
    found[0].slot.release()
    assert seeds(tmp_path) == [1]


def test_all_sessions_are_offered_last_changed_first(tmp_path: Path):
    files = [crash(tmp_path, seed) for seed in (1, 2, 3)]
    for hour, file in zip((5, 9, 7), files, strict=True):
        os.utime(file, (hour * 3600, hour * 3600))
    found, _ = find_crashed(tmp_path)
    assert [(crashed.session.seed, crashed.changed) for crashed in found] == [(2, 32400), (3, 25200), (1, 18000)]
    for crashed in found:
        crashed.slot.release()


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b'{"perturber": 1, "seed": "x"}', b"\xff\xfe", b"[" * 100_000, b" " * (5 << 20)],
    ids=["empty", "cut", "list", "field", "bytes", "deep", "large"],
)
def test_a_damaged_file_costs_itself_and_is_named(tmp_path: Path, damage: bytes):
    crash(tmp_path, 4)
    file = crash(tmp_path, 5)
    file.write_bytes(damage)
    found, problems = find_crashed(tmp_path)
    assert [crashed.session.seed for crashed in found] == [4]
    assert len(problems) == 1
    assert file.name in problems[0]
    found[0].slot.release()
    assert file.with_name(f"{file.stem}.damaged-1.json").read_bytes() == damage
    found, problems = find_crashed(tmp_path)
    assert ([crashed.session.seed for crashed in found], problems) == ([4], [])
    found[0].slot.release()


def test_a_file_of_a_newer_version_is_named_and_left_alone(tmp_path: Path):
    file = crash(tmp_path, 5)
    file.write_text('{"perturber": 99}')
    assert "newer" in find_crashed(tmp_path)[1][0]
    assert file.read_text() == '{"perturber": 99}'


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_what_is_no_file_is_ignored(tmp_path: Path):
    crash(tmp_path, 6)
    (tmp_path / FOLDER / "folder.json").mkdir()
    os.mkfifo(tmp_path / FOLDER / "pipe.json")
    assert seeds(tmp_path) == [6]


def test_a_large_picture_is_not_read(tmp_path: Path):
    crash(tmp_path, 6, b" " * (2 << 20))
    found, _ = find_crashed(tmp_path)
    assert found[0].picture == b""
    found[0].slot.release()


def test_the_single_file_of_earlier_versions_is_offered(tmp_path: Path):
    (tmp_path / EARLIER).write_text(dumps(replace(Session(), "seed", 8)))
    crash(tmp_path, 9)
    found, _ = find_crashed(tmp_path)
    assert {crashed.session.seed for crashed in found} == {8, 9}
    for crashed in found:
        crashed.slot.remove()
    assert not (tmp_path / EARLIER).exists()
    assert [file.name for file in tmp_path.iterdir()] == [FOLDER]


def test_litter_of_killed_processes_is_removed(tmp_path: Path):
    file = crash(tmp_path, 1)
    window = RecoverySlot.unused(tmp_path / FOLDER)
    window.write(Session())
    folder = tmp_path / FOLDER
    for name in ("a.lock", "b.png", ".old.part", ".new.part"):
        (folder / name).write_text("")
    os.utime(folder / ".old.part", (0, 0))
    seeds(tmp_path)
    assert names(tmp_path) == sorted([".new.part", file.name, window.file.name, window.lock_file.name])
    window.remove()


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="needs a folder that cannot be written")
def test_a_read_only_folder_still_gives_its_sessions(tmp_path: Path):
    crash(tmp_path, 2)
    (tmp_path / FOLDER).chmod(0o500)
    try:
        found, _ = find_crashed(tmp_path)
        assert [crashed.session.seed for crashed in found] == [2]
        with pytest.raises(InputError, match="Permission denied"):
            found[0].slot.remove()
    finally:
        (tmp_path / FOLDER).chmod(0o700)


def test_a_session_removed_meanwhile_cannot_be_claimed(tmp_path: Path):
    file = crash(tmp_path, 2)
    file.unlink()
    assert RecoverySlot.claim(file) is None
    assert RecoverySlot.claim(tmp_path / "nowhere" / "x.json") is None
    assert names(tmp_path) == []


def test_a_name_that_another_window_locked_is_not_used(tmp_path: Path):
    first = RecoverySlot.unused(tmp_path)
    first.write(Session())
    second = RecoverySlot(first.file)
    second.write(replace(Session(), "seed", 1))
    assert second.file != first.file
    first.remove()
    second.remove()
