"""The dialog that chooses any architecture, with weights from a file or from its publisher."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from superqt import QSearchableListWidget

from perturber.gui.base.documents import WEIGHTS, ModelDetails
from perturber.gui.models.preprocessing_form import PreprocessingForm
from perturber.gui.models.slot_head import title_of
from perturber.gui.style.theme import SPACE


class ArchitectureDialog(QDialog):
    """``chosen`` carries the architecture's name, the weights file (None for the publisher's), and `ModelDetails`."""

    chosen = Signal(str, object, object)

    def __init__(self, slot: str, names: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Architecture for {title_of(slot)}")
        self._weights: Path | None = None
        self.names = QSearchableListWidget()  # type: ignore[no-untyped-call]
        self.names.addItems(list(names))  # type: ignore[no-untyped-call]
        around = self.names.layout()
        if around is not None:
            around.setContentsMargins(0, 0, 0, 0)
        self.names.filter_widget.setPlaceholderText("Search")
        self.names.currentTextChanged.connect(lambda _text: self._follow())
        self.names.itemDoubleClicked.connect(lambda _item: self._accept())
        self._file = QLabel()
        self._file.setObjectName("caption")
        self._publisher = QPushButton("Download Instead")
        self._publisher.clicked.connect(lambda: self.set_weights(None))
        self.form = PreprocessingForm()
        self.form.changed.connect(self._follow)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel)
        self._open = buttons.button(QDialogButtonBox.StandardButton.Open)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(SPACE)
        self.note = QLabel("Loading the list of architectures…")
        self.note.setObjectName("caption")
        self.note.setVisible(not names)
        column.addWidget(self.note)
        column.addWidget(self.names, 1)
        column.addLayout(self._weights_line())
        column.addWidget(self.form)
        column.addWidget(buttons)
        self.resize(440, 640)
        self.set_weights(None)

    def _weights_line(self) -> QHBoxLayout:
        pick = QPushButton("Weights File…")
        pick.clicked.connect(self._pick)
        line = QHBoxLayout()
        line.addWidget(self._file, 1)
        line.addWidget(self._publisher)
        line.addWidget(pick)
        return line

    def list_names(self, names: tuple[str, ...]) -> None:
        """Fill the list once the architectures are known; what has been entered stays."""
        if names and self.names.count() == 0:
            self.names.addItems(list(names))  # type: ignore[no-untyped-call]
        self.note.setVisible(self.names.count() == 0)

    def set_weights(self, path: Path | None) -> None:
        """Set the weights file; None for a download from the publisher."""
        self._weights = path
        self._file.setText(path.name if path else "Weights: download from the publisher")
        self._publisher.setVisible(path is not None)
        self._follow()

    def _follow(self) -> None:
        self._open.setEnabled(self.names.currentItem() is not None and not self.form.problem)

    def _pick(self) -> None:
        pattern = " ".join(f"*{s}" for s in WEIGHTS)
        name, _ = QFileDialog.getOpenFileName(self, "Open Weights", "", f"Weights ({pattern});;All files (*)")
        if name:
            self.set_weights(Path(name))

    def _accept(self) -> None:
        item = self.names.currentItem()
        if item is not None and not self.form.problem:
            key = self.form.key.text().strip() if self._weights is not None else ""
            details = ModelDetails(self.form.labels, self.form.preprocessing(), key)
            self.chosen.emit(item.text(), self._weights, details)
            self.accept()
