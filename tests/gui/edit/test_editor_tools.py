"""Presets and the edited weights as a file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fake import FakeEngine, MakeDesk
from PySide6.QtWidgets import QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from perturber.core.jobs.job import Answer, SaveWeights
from perturber.core.library.presets import OwnPresets
from perturber.core.session.edit import Edit, UnitEdit
from perturber.gui.base.settings import Settings
from perturber.gui.edit.editor_tools import PresetButton, PresetMenu, SaveButton
from perturber.gui.shell.desk import Desk
from perturber.gui.widgets.inputs.naming import NameDialog

EDIT = Edit(mix={"mixed3a": 0.5}, units=(UnitEdit(layer="mixed4a", unit=3, scale=0),))


@pytest.fixture
def menu(desk: Desk, qtbot: QtBot) -> PresetMenu:
    desk.menus.actions["weights_editor"].trigger()
    assert desk.editing.panel is not None
    qtbot.waitUntil(lambda: bool(desk.editing.blocks))
    (button,) = desk.editing.panel.findChildren(PresetButton)
    found = button.menu()
    assert isinstance(found, PresetMenu)
    return found


def edit_of(desk: Desk) -> Edit:
    return desk.store.session.models.edited.edit


def entry(menu: QMenu, *words: str) -> None:
    """Choose an entry by the way to it."""
    if isinstance(menu, PresetMenu):
        menu.fill()
    action = next(a for a in menu.actions() if a.text() == words[0])
    inner = action.menu()
    if isinstance(inner, QMenu):
        entry(inner, *words[1:])
    else:
        action.trigger()


def test_blocks_up_to_one_come_from_model_2(desk: Desk, menu: PresetMenu) -> None:
    desk.store.set("models.edited.edit", EDIT)
    entry(menu, "Blocks from Model 2", "Up to conv2d2")
    assert edit_of(desk) == Edit(mix={"conv2d0": 1, "conv2d2": 1}, units=EDIT.units)


def test_a_preset_is_saved_applied_renamed_and_deleted(desk: Desk, menu: PresetMenu, settings: Settings) -> None:
    desk.store.set("models.edited.edit", EDIT)
    for name, title in (("Early", "Save as Preset…"), ("Early", "Save as Preset…")):
        entry(menu, title)
        dialog = desk.window.findChildren(NameDialog)[-1]
        dialog.entry.setText(name)
        dialog.accept()
    assert re.fullmatch(r"There is already a preset '.+'\. Choose another name\.", dialog.hint.text())
    dialog.reject()
    desk.store.update({"models.edited.edit": Edit(), "models.edited.enabled": False})
    entry(menu, "Early")
    assert edit_of(desk) == EDIT
    assert desk.store.session.models.edited.enabled
    entry(menu, "Rename", "Early")
    dialog = desk.window.findChildren(NameDialog)[-1]
    dialog.entry.setText("Soft")
    dialog.accept()
    assert [p.name for p in OwnPresets(settings.presets_file).all()] == ["Soft"]
    entry(menu, "Delete", "Soft")
    assert OwnPresets(settings.presets_file).all() == ()
    assert edit_of(desk) == EDIT


def test_a_preset_of_another_network_says_so(desk: Desk, menu: PresetMenu, settings: Settings) -> None:
    OwnPresets(settings.presets_file).save("Other", Edit(mix={"layer1": 1.0}))
    entry(menu, "Other")
    assert edit_of(desk).identity
    assert "Model 1, which has no layer1. Its blocks: conv2d0" in desk.window.banner.text


def test_a_damaged_file_is_said_once(desk: Desk, menu: PresetMenu, settings: Settings) -> None:
    settings.presets_file.write_text("{")
    menu.fill()
    assert "presets.json was damaged" in desk.window.banner.text
    desk.context.report("something else", "info")
    menu.fill()
    assert desk.window.banner.text == "something else"


def test_presets_can_be_chosen_before_the_editor_was_open(
    make_desk: MakeDesk, settings: Settings, qtbot: QtBot
) -> None:
    OwnPresets(settings.presets_file).save("Early", EDIT)
    desk = make_desk()
    qtbot.waitUntil(lambda: bool(desk.editing.blocks))
    entry(desk.editing.menu(desk.window), "Early")
    assert desk.editing.panel is not None
    assert desk.editing.panel.isVisible()


def test_the_weights_are_written_by_the_engine(
    desk: Desk, menu: PresetMenu, engine: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    assert desk.editing.panel is not None
    (button,) = desk.editing.panel.findChildren(SaveButton)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(tmp_path / "mine"), ""))
    file = str(tmp_path / "mine.safetensors")
    for answer, said in (
        (Answer(1, 1, problem="Permission denied"), f"{file}: Permission denied"),
        (Answer(1, 1, problem=f"{file}: no space left"), f"{file}: no space left"),
        (Answer(1, 1, file), f"Saved the edited weights to {file}"),
    ):
        button.click()
        token, job = engine.jobs[-1]
        assert job == SaveWeights(file=file)
        assert not button.isEnabled()
        engine.computed.emit(token, Answer(0, 1))
        engine.computed.emit(token, answer)
        qtbot.waitUntil(button.isEnabled)
        assert desk.window.banner.text == said
