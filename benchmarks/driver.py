"""A real window with a real engine, controlled and timed by a script."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from time import monotonic, perf_counter

from PySide6.QtCore import QEventLoop, Qt, QTimer

from perturber.core.evaluation import Evaluation
from perturber.core.session.session import Session
from perturber.gui.shell.app import Application

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


class Driver:
    """Shows the window, waits for frames, counts evaluations."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.application = Application(None, "cpu", "auto", Path(self._folder.name) / "settings.ini")
        self.evaluation: Evaluation | None = None
        self.painted: Evaluation | None = None
        self.evaluations = 0
        self._arrived = 0.0
        self.application.bridge.evaluated.connect(self._on_evaluated)
        self.application.show()
        self.until(lambda: self.application.desk is not None)
        assert self.application.desk is not None
        self.desk = self.application.desk
        self.desk.meter.painted.connect(self._on_painted)
        self.until(lambda: self.evaluation is not None)
        self.spin(2.0)

    @property
    def pids(self) -> tuple[int, int]:
        """Process ids of the window and of the engine."""
        pid = self.desk.bridge.engine.pid  # type: ignore[attr-defined]
        assert isinstance(pid, int)
        return os.getpid(), pid

    def frame(self, path: str, value: object) -> float:
        """Return the seconds from a changed parameter to the painted frame that shows it."""
        start = perf_counter()
        self.desk.store.set(path, value)
        wanted = self.desk.store.session
        self.until(lambda: self.painted is not None and self.painted.session == wanted)
        return perf_counter() - start

    def answer(self, session: Session) -> float:
        """Return the seconds from submitting a session to receiving its evaluation, without painting."""
        start = perf_counter()
        self.submit_and_wait(session)
        return self._arrived - start

    def gaps(self, seconds: float) -> list[float]:
        """Return the gaps between ticks of a 5 ms timer while the scene is dragged."""
        ticks: list[float] = []
        watch, drag = QTimer(), QTimer()
        watch.setTimerType(Qt.TimerType.PreciseTimer)
        watch.timeout.connect(lambda: ticks.append(perf_counter()))
        drag.timeout.connect(lambda: self.desk.store.set("scene.camera.yaw", (len(ticks) % 120) - 60.0))
        self.desk.store.begin()
        watch.start(5)
        drag.start(8)
        self.spin(seconds)
        watch.stop()
        drag.stop()
        self.desk.store.commit()
        self.spin(0.5)
        return [b - a for a, b in pairwise(ticks)]

    def idle(self, seconds: float) -> tuple[float, int]:
        """Return the CPU use of both processes, in cores, and the number of evaluations, without any input."""
        before, counted = sum(map(cpu_seconds, self.pids)), self.evaluations
        start = monotonic()
        self.spin(seconds)
        spent = sum(map(cpu_seconds, self.pids)) - before
        return spent / (monotonic() - start), self.evaluations - counted

    def submit_and_wait(self, session: Session) -> None:
        """Submit a session and wait until its evaluation is painted."""
        self.desk.store.replace(session)
        self.until(lambda: self.evaluation is not None and self.evaluation.session == session)

    def until(self, done: Callable[[], bool]) -> None:
        """Process events until ``done`` returns True. Raises TimeoutError after two minutes."""
        loop = QEventLoop()
        wake = QTimer()
        wake.start(1000)  # wakes the loop when an event is missing
        deadline = monotonic() + 120
        while not done():
            if monotonic() > deadline:
                raise TimeoutError("nothing happened for two minutes")
            # Not the variant with a time limit: it spins and would take a core from the engine.
            loop.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)

    def spin(self, seconds: float) -> None:
        """Process events for some seconds."""
        loop = QEventLoop()
        QTimer.singleShot(int(seconds * 1000), loop.quit)
        loop.exec()

    def close(self) -> None:
        self.application.window.close()
        self.application.finish()

    def _on_evaluated(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        self._arrived = perf_counter()
        self.evaluations += 1

    def _on_painted(self, _: float) -> None:
        self.painted = self.evaluation


def cpu_seconds(pid: int) -> float:
    """Return the user and system time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process, in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
