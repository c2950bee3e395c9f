"""The window is killed while a session is edited without a pause: what was there some seconds ago is kept."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import ClassVar

import numpy as np

from perturber.core.errors import InputError
from perturber.core.session.session import load
from tests.faults.kind import Group, Kind
from tests.faults.outcome import LostError, WrongError
from tests.faults.process_table import members
from tests.faults.program import Program

SLACK = 8.0
"""Seconds of editing that may be lost: two by design, the rest for a machine that is busy."""
ALONE = 30.0
"""Seconds in which the engine must end after its window, on a machine that is busy."""
EDIT = re.compile(r"edit (\d+) ([\d.]+)\n")


class WindowKilled(Kind):
    """With the engine starting, drawing, or both; the engine ends by itself."""

    group: ClassVar[Group] = "programs"
    refuses: ClassVar[bool] = False
    brief: ClassVar[int] = 1
    share: ClassVar[float] = 2.0

    def run(self, random: np.random.Generator, folder: Path) -> int:
        program = Program(["-m", "tests.faults.edited_window", str(folder / "settings.ini")], folder)
        program.wait(until="edit 1 ")
        if random.random() < 0.7:
            program.wait(float(random.uniform(SLACK, 2 * SLACK)))
        else:
            program.wait(float(random.uniform(0, SLACK)))
        killed, when = program.kill_alone(), monotonic()
        try:
            if not killed or "Traceback" in program.output:
                raise WrongError(f"the window ended: {program.output[-3000:]}")
            _check_engine_ends(program.pid)
        finally:
            program.kill()
        due = [int(number) for number, time in EDIT.findall(program.output) if float(time) < when - SLACK]
        kept = _kept(folder)
        if due and max(kept, default=0) < due[-1]:
            raise LostError(f"edit {due[-1]} was made {SLACK:g} s before the end; kept are {sorted(kept)}")
        return 1


def _check_engine_ends(session: int) -> None:
    end = monotonic() + ALONE
    while alive := [process for process in members(session) if process.state != "Z"]:
        if monotonic() > end:
            raise WrongError(f"{len(alive)} processes outlive the window by {ALONE:g} s")
        sleep(0.1)


def _kept(folder: Path) -> set[int]:
    """Return the edits that some file of the window holds."""
    found = set()
    for file in folder.rglob("*.json"):
        with suppress(InputError):
            found.add(load(file).seed)
    return found
