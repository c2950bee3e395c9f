"""Bad inputs are kept, each in a folder with what became of it, so that they can be tried again."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from tests.faults.outcome import Record

LOG = "log.txt"
"""In a worker's folder: all that it and its programs wrote."""
INPUT = "input"
"""In a worker's folder: the input under way."""
FAILURES = "failures"
"""Beside the workers' folders: the bad inputs."""
MOST = 25
"""Kept inputs of a kind."""
LARGEST = 64 << 20
TAIL = 6000


def keep(record: Record, seed: int, worker: Path) -> None:
    """Copy a worker's input to the folder of bad inputs, with a text that says how to try it again."""
    home = worker.parent / FAILURES
    home.mkdir(exist_ok=True)
    if sum(1 for _ in home.glob(f"{record.kind}-*")) >= MOST:
        return
    target = home / f"{record.kind}-{record.number}"
    with suppress(OSError, shutil.Error):
        shutil.copytree(worker / INPUT, target, symlinks=True, copy_function=_copy, dirs_exist_ok=True)
    target.mkdir(exist_ok=True)
    again = f"python -m tests.faults --only {record.kind} --seed {seed} --first {record.number} --inputs 1"
    (target / "report.txt").write_text(f"{record.outcome.value}\n{again}\n\n{record.detail}\n", errors="replace")


def tail_of(worker: Path) -> str:
    """Return the end of a worker's log."""
    with suppress(OSError):
        return (worker / LOG).read_text(encoding="utf-8", errors="replace")[-TAIL:]
    return ""


def clear(folder: Path) -> None:
    """Make a folder empty, whatever inputs left in it."""
    for inner, _, _ in os.walk(folder):
        with suppress(OSError):
            os.chmod(inner, 0o700)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)


def _copy(source: str, target: str) -> None:
    """Copy a regular file of moderate size; pipes and giants are left out."""
    if os.path.isfile(source) and os.path.getsize(source) <= LARGEST:
        shutil.copyfile(source, target)
