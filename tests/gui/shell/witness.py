"""Run the real window and answer questions about it on standard output, without changing anything.

A line of standard input is a question: ``state``, or ``place NAME`` for the center of a widget on the
screen (scrolled into view first). Each answer is one line of JSON.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from perturber.core.evaluation import Evaluation
from perturber.core.session.session import dumps
from perturber.gui.scene.scene_panel import FILE
from perturber.gui.shell.app import Application
from perturber.gui.widgets.pictures.thumbnails import ThumbnailTile


class Witness(QObject):
    """Observes the window from inside its process."""

    asked = Signal(str)

    def __init__(self, application: Application) -> None:
        super().__init__()
        self._application = application
        self._evaluation: Evaluation | None = None
        application.bridge.evaluated.connect(self._on_evaluated)
        self.asked.connect(self._answer)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in sys.stdin:
            self.asked.emit(line.strip())

    def _on_evaluated(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation

    def _answer(self, question: str) -> None:
        word, _, name = question.partition(" ")
        answer = self._state() if word == "state" else self._place(name)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()

    def _state(self) -> dict[str, Any]:
        desk, seen = self._application.desk, self._evaluation
        if desk is None or seen is None:
            return {"ready": False}
        panel = desk.scene.codes["post.custom.code"]
        dialog = QApplication.activeModalWidget()
        return {
            "ready": seen.session == desk.store.session,
            "session": dumps(desk.store.session),
            "pixels": hashlib.sha256(seen.pixels.tobytes()).hexdigest(),
            "logits": [[(p.wnid, p.logit) for p in slot.top] for slot in seen.slots],
            "bad_line": panel.editor.bad_line,
            "typed": panel.editor.toPlainText(),
            "note": panel.note.text(),
            "dialog": dialog.windowTitle() if dialog is not None else "",
            "banner": self._application.window.banner.text,
        }

    def _place(self, name: str) -> list[int]:
        desk = self._application.desk
        assert desk is not None
        widget: QWidget = desk.scene.viewport
        if name == "code":
            widget = desk.scene.codes["post.custom.code"].editor
        elif name == "mesh":
            widget = next(t for t in desk.scene.objects.findChildren(ThumbnailTile) if t.choice.name == FILE)
        parent = widget.parentWidget()
        while parent is not None and not isinstance(parent, QScrollArea):
            parent = parent.parentWidget()
        if parent is not None:
            parent.ensureWidgetVisible(widget)
        place = widget.mapToGlobal(QPoint(widget.width() // 2, widget.height() // 2))
        return [place.x(), place.y()]


def main() -> None:
    application = Application(None, "cpu", "float32", Path(sys.argv[1]))
    witness = Witness(application)
    application.show()
    code = application.qt.exec()
    application.finish()
    del witness
    sys.exit(code)


if __name__ == "__main__":
    main()
