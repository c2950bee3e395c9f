"""The form for what a network's file does not say: which network is meant, class names, normalization, input size."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from pydantic import ValidationError
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from perturber.core.parameters.parameter import explain
from perturber.core.session.models import Interpolation, Preprocessing
from perturber.gui.style.theme import SPACE
from perturber.gui.widgets.frames.text_labels import wrapped_label

USUAL = "Usual classes of the architecture"
LABELS = "Text file with one class per line, in the order of the outputs: a name, or a WordNet id and a name"
KEY = "Which network of a weights file with several, such as model_ema. Empty: the trained one"
MEAN = "Mean of red, green and blue that is subtracted, for pixels from 0 to 1. Empty: as stored or usual"
STD = "Standard deviation that the difference is divided by. Empty: as stored or usual"
TITLES = {"mean": "Mean", "std": "Standard Deviation", "size": "Input Size"}
"""Titles of the entries by field."""
SIZE = "Side of the pictures that the network receives, in pixels. Empty: as rendered"


class PreprocessingForm(QWidget):
    """``changed`` is emitted when an entry changes; ``problem`` says what is wrong with them."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.labels: Path | None = None
        """The file of labels; None for the usual ones."""
        self._file = QLabel(USUAL)
        self._file.setObjectName("caption")
        self._file.setToolTip(LABELS)
        pick = QPushButton("Labels File…")
        pick.setAutoDefault(False)
        pick.setToolTip(LABELS)
        pick.clicked.connect(self._pick)
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        line.addWidget(self._file, 1)
        line.addWidget(pick)
        self.key = _entry("model_ema", KEY)
        self.mean = _entry("0.485, 0.456, 0.406", MEAN)
        self.std = _entry("0.229, 0.224, 0.225", STD)
        self.side = _entry("224", SIZE)
        self.interpolation = QComboBox()
        self.interpolation.setToolTip("How frames are resized to the input size")
        for name in get_args(Interpolation):
            self.interpolation.addItem(name.capitalize(), name)
        self._error = wrapped_label("error")
        self._error.hide()
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("Weights Key", self.key)
        form.addRow("Classes", line)
        for field, entry in (("mean", self.mean), ("std", self.std), ("size", self.side)):
            form.addRow(TITLES[field], entry)
            entry.textChanged.connect(lambda _text: self._follow())
        form.addRow("Resizing", self.interpolation)
        form.addRow(self._error)
        self._follow()

    def set_labels(self, path: Path | None) -> None:
        """Set the file of labels; None for the usual ones."""
        self.labels = path
        self._file.setText(path.name if path else USUAL)

    @property
    def problem(self) -> str:
        """What is wrong with the entries, empty when they are valid."""
        try:
            self.preprocessing()
        except ValueError as error:
            return _explain(error) if isinstance(error, ValidationError) else str(error)
        return ""

    def preprocessing(self) -> Preprocessing | None:
        """Return what was entered, None when all is usual. Raises ValueError for an invalid entry."""
        mean, std = (_numbers(e.text(), TITLES[field]) for e, field in ((self.mean, "mean"), (self.std, "std")))
        size = self.side.text().strip()
        if size and not size.isdecimal():
            raise ValueError(f"{TITLES['size']}: enter a number of pixels")
        if (mean is None) != (std is None):
            raise ValueError("Enter both Mean and Standard Deviation, or neither")
        if mean is None and std is None and not size:
            return None
        fields = {"mean": mean, "std": std, "size": int(size) if size else None}
        return Preprocessing.model_validate({**fields, "interpolation": self.interpolation.currentData()})

    def _follow(self) -> None:
        problem = self.problem
        self._error.setText(problem)
        self._error.setVisible(bool(problem))
        self.interpolation.setEnabled(bool(self.side.text().strip()))
        self.changed.emit()

    def _pick(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Open Labels", "", "Labels (*.txt *.csv *.json);;All files (*)")
        if name:
            self.set_labels(Path(name))


def _explain(error: ValidationError) -> str:
    """Return the first problem, with the title of its entry instead of the field's name."""
    found = explain(error)
    title = TITLES.get(found.source.partition(".")[0], found.source)
    return f"{title}: {found.problem.replace('Input should be', 'must be', 1)}"


def _entry(example: str, tip: str) -> QLineEdit:
    made = QLineEdit()
    made.setPlaceholderText(example)
    made.setToolTip(tip)
    return made


def _numbers(text: str, title: str) -> list[float] | None:
    """Three numbers with commas or spaces between them. Raises ValueError for anything else."""
    words = text.replace(",", " ").split()
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        numbers = []
    if words and len(numbers) != 3:
        raise ValueError(f"{title}: enter three numbers, for red, green and blue")
    return numbers or None
