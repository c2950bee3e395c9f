"""Editor of a text parameter that the engine may refuse, such as custom GLSL."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from perturber.core.evaluation import Failure
from perturber.core.parameters.parameter import Parameter, get
from perturber.core.parameters.state import State
from perturber.core.session.session import Session
from perturber.gui.base.context import Context
from perturber.gui.base.rows import describe
from perturber.gui.style.theme import SPACE, restyle
from perturber.gui.widgets.inputs.code_editor import CodeEditor
from perturber.platforms import current

TYPING_MS = 400
"""Text is checked after a pause in typing of this many milliseconds."""


class CodePanel(QWidget):
    """A code editor whose text enters the session only once the engine accepts it; refused text stays."""

    def __init__(self, parameter: Parameter, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self.parameter, self._context = parameter, context
        self._offered: str | None = None
        self._showing = False
        self.editor = CodeEditor(context.theme)
        self.editor.setToolTip(describe(parameter))
        self.editor.setAccessibleName(parameter.label)
        self.note = QLabel()
        self.note.setObjectName("hint")
        self.note.setWordWrap(True)
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        title = QLabel(parameter.label)
        title.setObjectName("caption")
        back = QToolButton()
        back.setObjectName("quiet")
        back.setText("Reset")
        back.setToolTip("Restore the default code")
        back.clicked.connect(lambda: self.editor.setPlainText(str(parameter.default)))
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(back)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE, 4, 0, 4)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.editor)
        column.addWidget(self.note)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TYPING_MS)
        self._timer.timeout.connect(self.offer)
        self.editor.textChanged.connect(self._typed)
        self.editor.submitted.connect(self.offer)
        self._show(str(get(context.store.session, parameter.path)))
        context.store.changed.connect(self._on_changed)

    def offer(self) -> None:
        """Propose the current text without waiting for a pause."""
        self._timer.stop()
        text = self.editor.toPlainText()
        if text == get(self._context.store.session, self.parameter.path) and not self._is_switched_off():
            self._context.proposals.forget(self.parameter.label)
            self._accepted()
            return
        self._offered = text
        self._context.proposals.offer(self.parameter.label, self._changes(text), self.show_failure, self._accepted)

    def show_failure(self, failure: Failure) -> None:
        """Show what is wrong with the text and mark its line."""
        self.editor.set_bad_line(failure.line)
        at = f"Line {failure.line}: " if failure.line is not None else ""
        self._say(at + failure.message, bad=True)

    def close_panel(self) -> None:
        """Stop listening to the store."""
        self._context.store.changed.disconnect(self._on_changed, missing_ok=True)

    def _changes(self, text: str) -> dict[str, Any]:
        """Return the text and, if its owner has a switch, the switch turned on: disabled code would go unchecked."""
        changes: dict[str, Any] = {self.parameter.path: text}
        if self._switch() is not None:
            changes[f"{self._owner()}.enabled"] = True
        return changes

    def _owner(self) -> str:
        return self.parameter.path.rpartition(".")[0]

    def _switch(self) -> bool | None:
        owner: State = get(self._context.store.session, self._owner())
        return getattr(owner, "enabled", None)

    def _is_switched_off(self) -> bool:
        return self._switch() is False

    def _typed(self) -> None:
        if not self._showing:
            self._say(f"{current().key_text('Ctrl+Enter')} applies now")
            self._timer.start()

    def _accepted(self) -> None:
        self.editor.set_bad_line(None)
        self._say("")

    def _say(self, text: str, bad: bool = False) -> None:
        self.note.setText(text)
        self.note.setVisible(bool(text))
        restyle(self.note, "bad", bad)

    def _on_changed(self, old: Session, new: Session) -> None:
        text = str(get(new, self.parameter.path))
        if text != get(old, self.parameter.path) and text != self._offered:
            self._show(text)
        self._offered = None if text == self._offered else self._offered

    def _show(self, text: str) -> None:
        self._showing = True
        self.editor.setPlainText(text)
        self._showing = False
        self._accepted()
