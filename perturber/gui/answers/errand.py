"""A command of the program in a separate process, so that the window imports nothing heavy for it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QObject, QProcess, QProcessEnvironment, QTimer, Signal

from perturber import paths
from perturber.platforms import current

PROGRAM = (sys.executable, "-P", "-m", "perturber")
SAYS = "perturber: "
"""Prefix of the command's messages for the user."""
GRACE_MS = 3000


@dataclass(frozen=True)
class Progress:
    """Progress of a download: file, its number and the count of files, bytes done and in total."""

    file: str
    number: int
    count: int
    done: int
    total: int


class Errand(QObject):
    """Runs one command at a time. ``ended`` carries the error message, empty on success."""

    progressed = Signal(Progress)
    ended = Signal(str)

    def __init__(self, program: Sequence[str] = PROGRAM, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._program = tuple(program)
        self._said = ""
        self._stopped = False
        self._process = QProcess(self)
        self._process.setProcessEnvironment(program_environment())
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.readyReadStandardError.connect(self._listen)
        self._process.finished.connect(self._finish)
        self._process.errorOccurred.connect(self._fail)
        self._killer = QTimer(self)
        self._killer.setSingleShot(True)
        self._killer.timeout.connect(self._process.kill)

    @property
    def is_running(self) -> bool:
        """Whether a command is running."""
        return self._process.state() != QProcess.ProcessState.NotRunning

    def start(self, *arguments: str) -> None:
        """Start a command; does nothing while another one is running."""
        if not self.is_running:
            self._said, self._stopped = "", False
            self._process.start(self._program[0], [*self._program[1:], *arguments])

    def stop(self) -> None:
        """Ask the command to stop; kill it if it does not."""
        if self.is_running:
            self._stopped = True
            self._end()
            self._killer.start(GRACE_MS)

    def close(self) -> None:
        """Stop the command and wait for its end without emitting a signal."""
        self._killer.stop()
        if self.is_running:
            self.blockSignals(True)
            self._end()
            if not self._process.waitForFinished(GRACE_MS):
                self._process.kill()
                self._process.waitForFinished(GRACE_MS)

    def _end(self) -> None:
        if current().can_terminate:
            self._process.terminate()
        else:
            self._process.kill()

    def _read(self) -> None:
        while self._process.canReadLine():
            line = _text(self._process.readLine())
            if line.startswith("{"):
                self.progressed.emit(Progress(**json.loads(line)))

    def _listen(self) -> None:
        self._said += _text(self._process.readAllStandardError())

    def _finish(self, code: int, status: QProcess.ExitStatus) -> None:
        self._killer.stop()
        lines = self._said.strip().splitlines()
        told = [line.removeprefix(SAYS) for line in lines if line.startswith(SAYS)] or lines[-1:]
        if self._stopped:
            self.ended.emit("Stopped. Add it again to resume.")
        elif code or status != QProcess.ExitStatus.NormalExit:
            self.ended.emit("\n".join(told) or f"The command failed with exit code {code}")
        else:
            self.ended.emit("")

    def _fail(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self.ended.emit(f"{self._program[0]} could not be started: {self._process.errorString()}")


def _text(data: QByteArray) -> str:
    return bytes(data.data()).decode("utf-8", "replace")


def program_environment() -> QProcessEnvironment:
    """Return the environment in which `PROGRAM` finds the package of this process."""
    environment = QProcessEnvironment.systemEnvironment()
    known = environment.value("PYTHONPATH")
    environment.insert("PYTHONPATH", os.pathsep.join(filter(None, (str(paths.PACKAGE.parent), known))))
    return environment


def start_window(*arguments: str) -> bool:
    """Open another window in a process that does not end with this one. Returns False if it cannot be started."""
    process = QProcess()
    process.setProgram(PROGRAM[0])
    process.setArguments([*PROGRAM[1:], *arguments])
    process.setProcessEnvironment(program_environment())
    started: object = process.startDetached()  # a bool, or with the process's number in a tuple
    return bool(started[0] if isinstance(started, tuple) else started)
