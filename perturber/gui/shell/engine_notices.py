"""Reactions of the window to a failed frame or an engine that is not running."""

from __future__ import annotations

from PySide6.QtCore import QObject

from perturber.core.evaluation import Failure
from perturber.engine.process.wire import Status
from perturber.gui.attack.attacking import Attacking
from perturber.gui.base.context import Context
from perturber.gui.base.documents import explain_failure
from perturber.gui.scene.scene_panel import ScenePanel
from perturber.gui.shell.window import Window

FRAME = "frame"
"""The origin of messages that are valid until the next frame."""
CUSTOM_CODE, CUSTOM_SWITCH = "post.custom.code", "post.custom.enabled"


class EngineNotices(QObject):
    """Shows failures and the state of the engine in the banner, over the picture and in the code editor."""

    def __init__(self, context: Context, scene: ScenePanel, attacking: Attacking, window: Window) -> None:
        super().__init__(window)
        self._store, self._scene, self._attacking, self._window = context.store, scene, attacking, window
        context.bridge.failed.connect(self._on_failed)
        context.bridge.status.connect(self._on_status)

    def resolve(self) -> None:
        """Close the message about a failed frame, since a newer frame is shown."""
        self._window.banner.resolve(FRAME)

    def _on_failed(self, failure: Failure) -> None:
        self._attacking.stop()
        if failure.source == CUSTOM_CODE:
            panel = self._scene.codes.get(CUSTOM_CODE)
            if panel is not None:
                panel.show_failure(failure)
            self._store.set(CUSTOM_SWITCH, False)
            line = f" (line {failure.line})" if failure.line is not None else ""
            self._window.banner.say(f"Custom code disabled{line}: {failure.message}", error=True)
        else:
            self._window.banner.say(explain_failure(failure), error=True, origin=FRAME)
            self._scene.viewport.show_message("No picture")

    def _on_status(self, status: Status) -> None:
        if status.state == "failed":
            self._attacking.stop()
            self._window.banner.say(status.message, error=True)
            self._scene.viewport.show_message("Engine not running")
        elif status.state == "restarting" and status.message:
            self._window.banner.say(status.message, error=False)
