"""The question about a session file from someone else: what it wants, all of it, asked once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QListWidget, QVBoxLayout, QWidget

from perturber.core.session.demands import Demand
from perturber.gui.style.theme import SPACE

ROWS = 8
"""Rows of the list that are visible without scrolling."""
LINES = 3
"""Height of a row, in lines of text, with its margin."""


class TrustDialog(QDialog):
    """Lists what a session file wants; Cancel is the default, because the file may be anybody's."""

    def __init__(self, name: str, wants: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Open a Session from Someone Else?")
        lead = QLabel(f"{name} wants to:")
        note = QLabel("Allow this only if you know where the file comes from. You will not be asked about this again.")
        note.setObjectName("caption")
        for label in (lead, note):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.wants = QListWidget()
        self.wants.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.wants.setWordWrap(True)
        self.wants.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        for want in wants:
            self.wants.addItem(want[:1].upper() + want[1:])
            self.wants.item(self.wants.count() - 1).setToolTip(want)
        self.wants.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.wants.setFixedHeight(min(len(wants), ROWS) * LINES * self.fontMetrics().lineSpacing() + 4 * SPACE)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.allow = buttons.addButton("Allow and Open", QDialogButtonBox.ButtonRole.AcceptRole)
        self.allow.setAutoDefault(False)
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(SPACE)
        for widget in (lead, self.wants, note, buttons):
            column.addWidget(widget)
        self.resize(560, self.sizeHint().height())


def ask_consent(parent: QWidget, name: str, asked: Sequence[Demand], accepted: Callable[[], None]) -> None:
    """Ask about the session file ``name``; ``accepted`` is called if the person allows what it wants."""
    dialog = TrustDialog(name, [demand.text for demand in asked], parent)
    dialog.accepted.connect(accepted)
    dialog.open()
