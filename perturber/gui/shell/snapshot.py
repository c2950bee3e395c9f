"""The window as a picture, for machines without a display and for the documentation."""

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
"""What the offscreen platform says of every window."""
PATIENCE = 180.0
"""Seconds after which something must be wrong."""
SETTLE_MS = 300
"""Time for fonts, thumbnails and layouts to come to rest after the first frame."""


class Snapshot:
    """A window of its own settings that is shown, evaluated and photographed, never used by hand."""

    def __init__(self, session: Session, *, width: int = 1600, height: int = 1000, theme: str = "dark") -> None:
        qInstallMessageHandler(_pass_on)
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
        """Show the window and wait for its session's evaluation. Raises MachineError when none comes."""
        self.application.show()
        self.until(self._is_complete)

    def take(self, path: Path) -> Evaluation:
        """Show the window, wait for its session's evaluation, save what it looks like.

        Raises MachineError when no evaluation comes, InputError when the file cannot be written.
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
        """Whether there is an evaluation, with all steps of its attack."""
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
        """What furnishes the window, once there is an evaluation."""
        assert self.application.desk is not None
        return self.application.desk

    def until(self, done: Callable[[], bool]) -> None:
        """Let the window work until something is true. Raises MachineError when that takes too long."""
        deadline = monotonic() + PATIENCE
        while not done():
            self._spin(20)
            if self._problem or monotonic() > deadline:
                raise MachineError(self._problem or f"no frame came within {PATIENCE:g} s")

    def settle(self) -> None:
        """Time for what follows an evaluation."""
        self._spin(SETTLE_MS)

    @staticmethod
    def _spin(milliseconds: int) -> None:
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()


def _pass_on(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """Qt's messages to standard error, without those that mean nothing."""
    if not text.startswith(HARMLESS):
        sys.stderr.write(f"{text}\n")


def picture_of(
    session: Session, path: Path, *, width: int = 1600, height: int = 1000, theme: str = "dark"
) -> Evaluation:
    """Save the window with a session as a picture; returns the evaluation it shows.

    Raises MachineError when no evaluation comes, InputError when the file cannot be written.
    """
    snapshot = Snapshot(session, width=width, height=height, theme=theme)
    try:
        return snapshot.take(path)
    finally:
        snapshot.close()
