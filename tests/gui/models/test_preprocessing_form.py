"""The form for labels and preprocessing, and the classes that networks without WordNet ids offer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from perturber.core.evaluation import Prediction
from perturber.core.session.models import ArchitectureModel, Preprocessing
from perturber.core.storage.files import FileRef
from perturber.engine.process.wire import Status
from perturber.gui.base.documents import ModelDetails
from perturber.gui.models.architecture_dialog import ArchitectureDialog
from perturber.gui.models.class_button import ClassButton
from perturber.gui.models.identity import identity_of
from perturber.gui.models.preprocessing_form import PreprocessingForm
from perturber.gui.shell.desk import Desk


@pytest.fixture
def form(qtbot: QtBot) -> PreprocessingForm:
    made = PreprocessingForm()
    qtbot.addWidget(made)
    return made


def test_nothing_entered_is_nothing_said(form: PreprocessingForm):
    assert form.preprocessing() is None
    assert form.problem == ""
    assert not form.interpolation.isEnabled()


def test_entries_are_read(form: PreprocessingForm):
    form.mean.setText("0.5, 0.4 .3")
    form.std.setText("0.25,0.25,0.25")
    form.side.setText("32")
    form.interpolation.setCurrentText("Bicubic")
    wanted = Preprocessing(mean=(0.5, 0.4, 0.3), std=(0.25, 0.25, 0.25), size=32, interpolation="bicubic")
    assert form.preprocessing() == wanted


@pytest.mark.parametrize(
    ("mean", "std", "size", "problem"),
    [
        ("0.5 0.5", "1 1 1", "", "Mean: enter three numbers"),
        ("a b c", "1 1 1", "", "Mean: enter three numbers"),
        ("", "1 1 1", "", "Enter both Mean and Standard Deviation"),
        ("120 110 100", "1 1 1", "", "Mean: must be less than or equal to 1"),
        ("", "", "big", "Input Size: enter a number"),
        ("", "", "4", "Input Size: must be greater than or equal to 8"),
    ],
)
def test_mistakes_are_said(form: PreprocessingForm, mean: str, std: str, size: str, problem: str):
    form.mean.setText(mean)
    form.std.setText(std)
    form.side.setText(size)
    assert problem in form.problem


def test_the_dialog_hands_them_on(qtbot: QtBot, tmp_path: Path):
    dialog = ArchitectureDialog("slot1", ("resnet18", "vgg11"))
    qtbot.addWidget(dialog)
    dialog.names.setCurrentRow(0)
    dialog.form.set_labels(tmp_path / "labels.txt")
    dialog.form.side.setText("4")
    assert not dialog._open.isEnabled()
    dialog.form.side.setText("32")
    assert dialog._open.isEnabled()
    heard: list[tuple[Any, ...]] = []
    dialog.chosen.connect(lambda *what: heard.append(what))
    dialog._accept()
    wanted = ModelDetails(tmp_path / "labels.txt", Preprocessing(size=32))
    assert heard == [("resnet18", None, wanted)]
    dialog.form.key.setText(" model_ema ")
    dialog._accept()
    dialog.set_weights(tmp_path / "w.pth")
    dialog._accept()
    assert heard[1:] == [("resnet18", None, wanted), ("resnet18", tmp_path / "w.pth", replace(wanted, key="model_ema"))]


def test_the_dialog_lists_the_architectures_once_they_are_known(desk: Desk):
    known, desk.models.architectures = desk.models.architectures, ()
    desk.models.choose_architecture("slot1")
    dialog = desk.models._open
    assert dialog is not None
    assert dialog.note.isVisibleTo(dialog)
    dialog.form.side.setText("32")
    desk.bridge.status.emit(Status("ready", architectures=("resnet18", "vgg11")))
    assert dialog.names.count() == 2
    assert not dialog.note.isVisibleTo(dialog)
    assert dialog.form.side.text() == "32"
    dialog.reject()
    assert desk.models._open is None
    desk.models.architectures = known


def test_the_model_s_tooltip_says_them():
    model = ArchitectureModel(
        name="resnet18",
        labels=FileRef(path="/a/labels.txt"),
        preprocessing=Preprocessing(mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25), size=32),
    )
    text = identity_of(model, {})
    assert all(word in text for word in ("labels.txt", "0.5, 0.5, 0.5", "0.25, 0.25, 0.25", "32 × 32, bilinear"))


def rows(button: ClassButton, text: str) -> list[Any]:
    """Values of the rows that a search finds."""
    seen: list[Any] = []
    button.finder.fill = lambda found: seen.extend(value for *_, value in found)  # type: ignore[method-assign]
    button._fill(text)
    return seen


def test_classes_without_ids_can_be_chosen(desk: Desk, tmp_path: Path, qtbot: QtBot):
    button = ClassButton(desk.context, "Untargeted")
    qtbot.addWidget(button)
    labels = tmp_path / "labels.txt"
    labels.write_text("plane\nn02123045 tabby\nship\n")
    desk.store.set("models.slot1.model", ArchitectureModel(name="resnet18", labels=FileRef.of(labels)))
    assert rows(button, "") == ["", "plane", "ship", "n02123045"]
    button.show_class("slot1", "ship")
    assert button.name_of("ship") == "ship"
    desk.store.set("models.slot1.model", ArchitectureModel(name="resnet18"))
    button._top = {"slot1": (Prediction("", "class 7", 1.0, 0.5),)}
    assert rows(button, "") == ["", "class 7"]
    assert rows(button, "class 3") == ["class 3"]
    assert rows(button, "3") == ["class 3"]
