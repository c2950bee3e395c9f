"""A dialog that asks for a name; a refused name stays, with the reason below."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from perturber.core.errors import InputError
from perturber.gui.style.theme import SPACE, restyle

ITEMS = {"preset", "group"}
"""Sources of errors about the name itself."""


class NameDialog(QDialog):
    """Asks for a name and calls ``use`` with it; on InputError, the dialog stays open and shows the reason."""

    def __init__(self, title: str, note: str, name: str, use: Callable[[str], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self._use = use
        about = QLabel(note)
        about.setObjectName("caption")
        about.setWordWrap(True)
        self.entry = QLineEdit(name)
        self.entry.setMaxLength(80)
        self.entry.selectAll()
        self.entry.textChanged.connect(self._follow)
        self.hint = QLabel()
        self.hint.setObjectName("error")
        self.hint.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        self._save = buttons.button(QDialogButtonBox.StandardButton.Save)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(SPACE)
        for widget in (about, self.entry, self.hint, buttons):
            column.addWidget(widget)
        self.setMinimumWidth(360)
        self._follow()

    def accept(self) -> None:
        try:
            self._use(self.entry.text().strip())
        except InputError as error:
            self._refuse(error)
            return
        super().accept()

    def _refuse(self, error: InputError) -> None:
        """Show why the name was refused; a problem of the file names it."""
        reason = f"{error.problem[:1].upper()}{error.problem[1:]}. Choose {error.expected}."
        named = error.source.partition(".")[0] in ITEMS and error.expected
        self.hint.setText(reason if named else str(error))
        restyle(self.entry, "bad", True)
        self.hint.setMinimumHeight(self.hint.heightForWidth(self.entry.width()))

    def _follow(self) -> None:
        self.hint.setMinimumHeight(0)
        self.hint.clear()
        restyle(self.entry, "bad", False)
        self._save.setEnabled(bool(self.entry.text().strip()))
