"""Families in the window: slot menu, checkpoint slider and model names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from fake import FakeEngine, family
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from perturber.core.parameters.parameter import replace
from perturber.core.session.models import ArchitectureModel, FamilyModel
from perturber.core.session.session import Session
from perturber.core.storage.files import FileRef
from perturber.gui.models.checkpoints import PAUSE_MS, TICK, CheckpointBar, StepSlider
from perturber.gui.models.identity import identity_of, name_of
from perturber.gui.models.model_menu import ModelMenu, match_step
from perturber.gui.shell.desk import Desk
from perturber.gui.style.theme import Theme
from perturber.gui.widgets.sliders.track import HANDLE
from perturber.nets.families.family import Family

STANDARD = FamilyModel()
TUNED = FamilyModel(variant=family().variants[1].name)
S0, S100, S200, LAST = (TUNED.model_copy(update={"checkpoint": name}) for name in ("s0", "s100", "s200", ""))


@pytest.fixture
def bar(desk: Desk) -> CheckpointBar:
    return desk.neurons.heads["slot2"].checkpoints


def at(slider: StepSlider, place: int) -> QPoint:
    """Return the point of a position on the slider."""
    x = HANDLE + (slider.width() - 2 * HANDLE) * place / slider.maximum()
    return QPoint(round(x), slider.height() // 2)


def model(desk: Desk) -> FamilyModel:
    found = desk.store.session.models.slot2.model
    assert isinstance(found, FamilyModel)
    return found


def test_the_slider_is_there_only_for_several_checkpoints(desk: Desk) -> None:
    heads = desk.predictions.heads
    assert [heads[slot].checkpoints.isHidden() for slot in ("slot1", "slot2")] == [True, False]
    assert heads["slot2"].checkpoints.label.text() == "step 400"
    desk.store.set("models.slot1.model", S100)
    desk.store.set("models.slot2.model", ArchitectureModel(name="resnet18"))
    assert [heads[slot].checkpoints.isHidden() for slot in ("slot1", "slot2")] == [False, True]
    assert heads["slot1"].checkpoints.label.text() == "step 100"
    assert heads["slot1"].checkpoints.slider.value() == 1


def test_a_checkpoint_loads_when_the_handle_is_let_go(
    desk: Desk, bar: CheckpointBar, engine: FakeEngine, qtbot: QtBot
) -> None:
    slider, before, asked = bar.slider, desk.store.session, len(engine.submitted)
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=at(slider, 3))
    for place, text in ((2, "step 200"), (1, "step 100"), (0, "step 0 = Standard"), (1, "step 100")):
        QTest.mouseMove(slider, at(slider, place))
        assert bar.label.text() == text
    assert desk.store.session is before
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=at(slider, 1))
    assert model(desk) == S100
    assert len(engine.submitted) == asked + 1
    qtbot.waitUntil(lambda: "step 100" in desk.neurons.heads["slot2"].model.toolTip())
    assert desk.predictions.heads["slot2"].checkpoints.slider.value() == 1
    desk.store.undo()
    assert desk.store.session == before
    assert not desk.store.can_undo
    assert (slider.value(), bar.label.text()) == (3, "step 400")


def test_the_last_checkpoint_is_stored_as_none_and_staying_is_no_step(desk: Desk, bar: CheckpointBar) -> None:
    slider = bar.slider
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=at(slider, 3))
    assert not desk.store.can_undo
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=at(slider, 0))
    assert model(desk) == S0
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=at(slider, 3))
    assert model(desk) == LAST


def test_keys_load_after_a_pause_as_one_step(desk: Desk, bar: CheckpointBar, qtbot: QtBot) -> None:
    before = desk.store.session
    QTest.keyClick(bar.slider, Qt.Key.Key_Left)
    QTest.keyClick(bar.slider, Qt.Key.Key_Left)
    assert bar.label.text() == "step 100"
    assert desk.store.session is before
    qtbot.waitUntil(lambda: model(desk) == S100, timeout=PAUSE_MS * 10)
    QTest.keyClick(bar.slider, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: model(desk) == S0, timeout=PAUSE_MS * 10)
    QTest.keyClick(bar.slider, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: model(desk) == LAST, timeout=PAUSE_MS * 10)
    for _ in range(3):
        desk.store.undo()
    assert desk.store.session == before
    QTest.keyClick(bar.slider, Qt.Key.Key_Left)
    desk.store.set("models.slot2.model", S0)  # a later change from elsewhere wins
    qtbot.wait(PAUSE_MS + 50)
    assert model(desk) == S0


def test_other_changes_leave_a_drag_alone(desk: Desk, bar: CheckpointBar) -> None:
    QTest.mousePress(bar.slider, Qt.MouseButton.LeftButton, pos=at(bar.slider, 1))
    desk.store.set("models.slot1.model", S200)
    assert bar.label.text() == "step 100"
    QTest.mouseRelease(bar.slider, Qt.MouseButton.LeftButton, pos=at(bar.slider, 1))
    assert model(desk) == S100


@pytest.mark.parametrize("name", ["dark", "light"])
def test_every_checkpoint_has_a_tick(qtbot: QtBot, theme: Theme, qapp: QApplication, name: str) -> None:
    theme.choose(name, qapp)
    slider = StepSlider(theme)
    qtbot.addWidget(slider)
    slider.resize(200, 22)
    slider.show_place(0, 3)
    image = slider.grab().toImage()
    top = (slider.height() - round(TICK)) // 2 + 1
    ticks = [image.pixelColor(at(slider, place).x(), top).name() for place in (1, 2, 3)]
    between = image.pixelColor((at(slider, 1).x() + at(slider, 2).x()) // 2, top).name()
    assert ticks == [theme.colors.faint] * 3
    assert between != theme.colors.faint


def test_an_unknown_checkpoint_shows_as_such(desk: Desk, bar: CheckpointBar) -> None:
    desk.store.set("models.slot2.model", TUNED.model_copy(update={"checkpoint": "s7"}))
    assert bar.label.text() == "unknown"
    QTest.mouseClick(bar.slider, Qt.MouseButton.LeftButton, pos=at(bar.slider, 2))
    assert model(desk) == S200


def families(*names: str) -> Mapping[str, Family]:
    return {name: family(name) for name in names}


def test_another_variant_keeps_the_nearest_step() -> None:
    there = family()
    standard, tuned = there.variants
    assert match_step(STANDARD, there, tuned) == LAST
    assert match_step(S200, there, tuned) == S200
    assert match_step(S200, there, standard) == STANDARD
    longer = tuned.model_copy(update={"name": "longer", "checkpoints": (*tuned.checkpoints[1:3], tuned.checkpoints[0])})
    assert match_step(S200, there, longer) == FamilyModel(variant="longer", checkpoint="s200")
    assert match_step(S0, there, longer) == FamilyModel(variant="longer")
    assert match_step(S200, family("other"), tuned) == FamilyModel(family="other", variant=tuned.name)


def entries(menu: QMenu) -> dict[str, bool]:
    return {action.text(): action.isChecked() for action in menu.actions() if not action.isSeparator()}


def test_the_menu_has_a_submenu_for_each_family_and_marks_what_is_chosen(desk: Desk) -> None:
    known = desk.context.resources.families
    assert isinstance(known, dict)
    single = family("single")
    known["single"] = single.model_copy(update={"variants": single.variants[:1]})
    menu = ModelMenu("slot2", desk.context, lambda slot: None, desk.window)
    desk.store.set("models.slot2.model", S100)
    menu.fill()
    assert list(entries(menu)) == ["Studio", "Single", "Architecture…"]
    inside = menu.actions()[0].menu()
    assert isinstance(inside, QMenu)
    assert entries(inside) == {"Standard": False, "Tuned": True}
    inside.actions()[1].trigger()
    assert model(desk) == S100
    menu.actions()[1].trigger()
    assert model(desk) == FamilyModel(family="single")


def test_names_tell_the_family_where_the_variant_alone_would_not() -> None:
    assert name_of(S100, families("studio")) == "Tuned"
    single = family("single").model_copy(update={"variants": family().variants[1:]})
    assert name_of(S100, {**families("studio"), "single": single}) == "Tuned"
    assert name_of(S100.model_copy(update={"family": "single"}), {"single": single}) == "Single"
    assert name_of(S100, families("studio", "other")) == "Studio · Tuned"
    assert name_of(FamilyModel(family="gone"), families("studio")) == "gone · standard"
    weights = FileRef(path="/a/b.pth")
    assert name_of(ArchitectureModel(name="resnet18", weights=weights), {}) == "resnet18 (b.pth)"


def test_the_tooltip_identifies_the_model(tmp_path: Path) -> None:
    (tmp_path / "w1.safetensors").write_bytes(b"x" * 1_234_567)
    text = identity_of(S100, {"studio": family(folder=tmp_path)})
    for part in (
        "Studio · Tuned",
        "s100, step 100",
        "clean accuracy",
        "91.0 %",
        "pgd l2 accuracy",
        "12.5 %",
        "low frequencies",
        "0.25",
        "w1.safetensors, 1.2 MB",
        "1" * 12,
        "seed 7",
        "free &lt;for all&gt;",
    ):
        assert part in text
    assert "1" * 13 not in text
    assert "w3.safetensors, missing" in identity_of(LAST, families("studio"))
    assert "Model not found" in identity_of(FamilyModel(variant="gone"), families("studio"))


def test_the_tooltip_is_that_of_the_shown_results(desk: Desk, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.delay = 0.3
    head = desk.predictions.heads["slot2"]
    before, bars = head.model.toolTip(), desk.predictions.bars["slot2"]._top
    desk.store.set("models.slot2.model", S100)
    assert "step 400" in before
    assert (head.model.toolTip(), desk.predictions.bars["slot2"]._top) == (before, bars)
    qtbot.waitUntil(lambda: "step 100" in head.model.toolTip())


def test_sessions_with_a_checkpoint_open_with_it(make_desk: object) -> None:
    desk = make_desk(replace(Session(), "models.slot2.model", S200))  # type: ignore[operator]
    assert desk.neurons.heads["slot2"].checkpoints.label.text() == "step 200"
