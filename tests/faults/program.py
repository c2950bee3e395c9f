"""Programs of their own: started, watched and killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

from tests.faults.outcome import HangError
from tests.faults.process_table import Idleness

ROOT = Path(__file__).resolve().parents[2]
OUTPUT = "output.txt"
"""In the input's folder: what the program wrote."""
LOOK = 0.02


class Program:
    """A Python program that runs in a session of its own; its output goes into a folder."""

    def __init__(self, arguments: Sequence[str], folder: Path, variables: dict[str, str] | None = None) -> None:
        """Start ``python`` with arguments."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **(variables or {})}
        with (folder / OUTPUT).open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=folder,
                env=environment,
                start_new_session=True,
            )
        self._output = folder / OUTPUT

    @property
    def pid(self) -> int:
        """Process id, which is that of the session, too."""
        return self._process.pid

    @property
    def output(self) -> str:
        """All that the program has written so far."""
        return self._output.read_text(encoding="utf-8", errors="replace")

    def wait(self, seconds: float | None = None, until: str = "", idle: float = 60.0) -> int | None:
        """Wait for the end, so many seconds, or until the output has a text. Return the exit code; None if it runs.

        Raises HangError when the program does nothing for ``idle`` seconds.
        """
        end = None if seconds is None else monotonic() + seconds
        seen, idleness = monotonic(), Idleness(self._process.pid)
        while (code := self._process.poll()) is None:
            if (end is not None and monotonic() >= end) or (until and until in self.output):
                return None
            if monotonic() - seen > 1:
                still, seen = idleness.advance(monotonic() - seen), monotonic()
                if still > idle:
                    self.kill()
                    raise HangError(f"the program has done nothing for {idle:g} s: {self.output[-2000:]}")
            sleep(LOOK)
        return code

    def kill(self) -> bool:
        """Kill the program and all that it started; return whether it still ran."""
        ran = self._process.poll() is None
        with suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        return ran

    def kill_alone(self) -> bool:
        """Kill the program, not what it started: that must end by itself. Return whether it still ran."""
        ran = self._process.poll() is None
        with suppress(OSError):
            self._process.kill()
        self._process.wait()
        return ran
