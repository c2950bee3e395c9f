"""A training is killed, perhaps several times: the resumed one ends with the same weights to the bit."""

from __future__ import annotations

import multiprocessing
import signal
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import ClassVar

import numpy as np

from tests.faults.kind import Group, Kind
from tests.faults.outcome import LostError, WrongError


class TrainingKilled(Kind):
    """Six steps; the state is saved after every second one."""

    group: ClassVar[Group] = "programs"
    refuses: ClassVar[bool] = False
    brief: ClassVar[int] = 1
    cpu: ClassVar[float] = 60.0

    def prepare(self) -> None:
        from tests.faults.toy_training import train

        train(self.place.folder / "whole")
        self._whole = _outcome(self.place.folder / "whole")

    def run(self, random: np.random.Generator, folder: Path) -> int:
        cut, kills = folder / "cut", 0
        cut.mkdir()
        for _ in range(int(random.integers(1, 4))):
            process = _started(cut)
            process.join(float(random.uniform(0, 1.5)))
            kills += process.is_alive()
            process.kill()
            process.join()
            if process.exitcode not in {0, -signal.SIGKILL}:
                raise WrongError(f"the training ended with exit code {process.exitcode}")
        last = _started(cut)
        last.join()
        if last.exitcode != 0:
            raise LostError(f"the training does not go on: exit code {last.exitcode}")
        if _outcome(cut) != self._whole:
            raise LostError(f"other weights after {kills} kills")
        return kills


def _started(folder: Path) -> BaseProcess:
    """Start a training in a process of its own, on Linux without importing everything again."""
    from tests.faults.toy_training import train

    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    process = context.Process(target=train, args=(folder,))
    process.start()
    return process


def _outcome(folder: Path) -> dict[str, bytes]:
    """Return what a training leaves behind that must not depend on kills."""
    return {file.name: file.read_bytes() for file in sorted(folder.glob("step-*"))}
