"""Screenshots of the window, for machines without a display and for the documentation."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler

from perturber.core.errors import MachineError
from perturber.core.evaluation import Evaluation
from perturber.core.session.session import Session
from perturber.gui.base.image_file import save_image
from perturber.gui.shell.app import Application

if TYPE_CHECKING:
    from perturber.gui.shell.desk import Desk

HARMLESS = "This plugin does not support"
"""Start of a message that the offscreen platform prints for every window."""
PATIENCE = 180.0
"""Longest wait for an evaluation, in seconds."""
SETTLE_MS = 300
"""Time for fonts, thumbnails and layouts to settle after the first frame, in milliseconds."""


class Snapshot:
    """A window with temporary settings, made for a screenshot."""

    def __init__(self, session: Session, *, width: int = 1600, height: int = 1000, theme: str = "dark") -> None:
        qInstallMessageHandler(_write_message)
        self._folder = tempfile.TemporaryDirectory()
        self.application = Application(session, "auto", "auto", Path(self._folder.name) / "settings.ini")
        self.application.theme.choose(theme, self.application.qt)
        self.application.window.resize(width, height)
        self.evaluation: Evaluation | None = None
        self._problem = ""
        self.application.bridge.evaluated.connect(self._on_evaluated)
        self.application.bridge.failed.connect(lambda failure: self._fail(f"{failure.source}: {failure.message}"))
        self.application.bridge.status.connect(lambda s: self._fail(s.message) if s.state == "failed" else None)
        self.application.loader.failed.connect(self._fail)

    def show(self) -> None:
        """Show the window and wait for the evaluation of its session. Raises MachineError if none comes."""
        self.application.show()
        self.until(self._is_complete)

    def take(self, path: Path) -> Evaluation:
        """Show the window, wait for the evaluation of its session, save a screenshot and return the evaluation.

        Raises MachineError if no evaluation comes, InputError if the file cannot be written.
        """
        if self.evaluation is None:
            self.show()
        self.settle()
        save_image(self.application.window.grab(), path)
        assert self.evaluation is not None
        return self.evaluation

    def close(self) -> None:
        """Close the window and end the engine."""
        self.application.window.close()
        self.application.finish()
        self._folder.cleanup()

    def _is_complete(self) -> bool:
        """Whether the evaluation has arrived with all steps of its attack."""
        evaluation = self.evaluation
        if evaluation is None or evaluation.attack is None:
            return evaluation is not None
        attack = evaluation.attack
        return attack.finished or bool(attack.problem) or attack.taken >= evaluation.session.attack.taken

    def _on_evaluated(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation

    def _fail(self, problem: str) -> None:
        self._problem = self._problem or problem

    @property
    def desk(self) -> Desk:
        """The desk; exists once there is an evaluation."""
        assert self.application.desk is not None
        return self.application.desk

    def until(self, done: Callable[[], bool]) -> None:
        """Run the event loop until ``done`` returns True. Raises MachineError after a timeout."""
        deadline = monotonic() + PATIENCE
        while not done():
            self._spin(20)
            if self._problem or monotonic() > deadline:
                raise MachineError(self._problem or f"no frame within {PATIENCE:g} s")

    def settle(self) -> None:
        """Run the event loop until pictures of classes are read, then for a moment, for layouts and fonts."""
        self._spin(SETTLE_MS)
        done: list[object] = []
        self.desk.tasks.run(lambda: True, done.append, done.append)
        self.until(lambda: bool(done))
        self._spin(SETTLE_MS)

    @staticmethod
    def _spin(milliseconds: int) -> None:
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()


def _write_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """Write Qt's messages to standard error, except harmless ones."""
    if not text.startswith(HARMLESS):
        sys.stderr.write(f"{text}\n")


def take_snapshot(
    session: Session, path: Path, *, width: int = 1600, height: int = 1000, theme: str = "dark"
) -> Evaluation:
    """Save a screenshot of the window with a session and return the evaluation it shows.

    ``width`` and ``height`` are in pixels. Raises MachineError if no evaluation comes, InputError if the
    file cannot be written.
    """
    snapshot = Snapshot(session, width=width, height=height, theme=theme)
    try:
        return snapshot.take(path)
    finally:
        snapshot.close()
