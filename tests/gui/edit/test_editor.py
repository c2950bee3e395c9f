"""The weight editor: opened and closed, mixed, pruned, single units; every drag one step, nothing typed is lost."""

from __future__ import annotations

import pytest
from fake import LAYERS, UNLIKE, FakeEngine, MakeDesk
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from perturber.core.evaluation import Failure
from perturber.core.parameters.parameter import replace
from perturber.core.session.edit import Edit
from perturber.core.session.models import ArchitectureModel
from perturber.core.session.session import Session
from perturber.gui.base.settings import Settings
from perturber.gui.edit.editor_panel import EditorPanel
from perturber.gui.edit.editor_rows import EditEntry, MixRow, PruneRow
from perturber.gui.models.slot_head import EDIT
from perturber.gui.shell.desk import Desk
from perturber.gui.style.theme import Theme
from perturber.gui.widgets.sliders.range_slider import RangeSlider
from perturber.gui.widgets.sliders.track import HANDLE

LEFT = Qt.MouseButton.LeftButton
BLOCKS = (*LAYERS, "head")


@pytest.fixture
def editor(desk: Desk, qtbot: QtBot) -> EditorPanel:
    desk.menus.actions["weights_editor"].trigger()
    found = desk.editing.panel
    assert found is not None
    qtbot.waitUntil(lambda: found.blocks == BLOCKS)
    return found


def at(slider: QWidget, share: float) -> QPoint:
    return QPoint(round(HANDLE + share * (slider.width() - 2 * HANDLE)), slider.height() // 2)


def drag(qtbot: QtBot, slider: QWidget, *shares: float) -> None:
    qtbot.mousePress(slider, LEFT, pos=at(slider, shares[0]))
    for share in shares[1:]:
        qtbot.mouseMove(slider, at(slider, share))
    qtbot.mouseRelease(slider, LEFT, pos=at(slider, shares[-1]))


def type_in(qtbot: QtBot, entry: QWidget, text: str) -> None:
    entry.setFocus()
    entry.selectAll()  # type: ignore[attr-defined]
    qtbot.keyClicks(entry, text)
    qtbot.keyClick(entry, Qt.Key.Key_Return)


def edit_of(desk: Desk) -> Edit:
    return desk.store.session.models.edited.edit


def mix_row(editor: EditorPanel, block: str) -> MixRow:
    row = editor.rows[block]
    assert isinstance(row, MixRow)
    return row


def prune_row(editor: EditorPanel, block: str) -> PruneRow:
    editor.mode.setCurrentIndex(1)
    row = editor.rows[block]
    assert isinstance(row, PruneRow)
    return row


def test_it_opens_and_closes_with_the_edited_model_and_keeps_the_edit(
    desk: Desk, engine: FakeEngine, qtbot: QtBot
) -> None:
    assert desk.editing.panel is None
    widths = desk.window.columns.sizes()
    desk.predictions.edit_button.click()
    editor = desk.editing.panel
    assert editor is not None
    assert editor.isVisible()
    assert desk.store.session.models.edited.enabled
    assert desk.predictions.cards["edited"].isVisible()
    assert not desk.predictions.edit_button.isVisible()
    qtbot.waitUntil(lambda: bool(desk.predictions.bars["edited"]._top))
    desk.store.set(EDIT, Edit(mix={"mixed4a": 0.5}))
    editor.close_button.click()
    assert not desk.store.session.models.edited.enabled
    assert not editor.isVisible()
    assert not desk.predictions.cards["edited"].isVisible()
    assert desk.window.columns.sizes() == widths
    assert edit_of(desk).mix == {"mixed4a": 0.5}
    desk.store.undo()
    assert editor.isVisible()


def test_whether_it_is_open_is_remembered_between_runs(make_desk: MakeDesk, settings: Settings) -> None:
    desk = make_desk()
    desk.menus.actions["weights_editor"].trigger()
    desk.window.close()
    assert settings.flag("editor/open", False)


def test_a_session_that_is_given_decides_itself(make_desk: MakeDesk, settings: Settings) -> None:
    settings.put("editor/open", True)
    assert make_desk(Session()).editing.panel is None


def test_a_window_begins_as_the_last_one_ended(make_desk: MakeDesk, settings: Settings) -> None:
    settings.put("editor/open", True)
    desk = make_desk()
    assert desk.editing.panel is not None
    assert not desk.store.can_undo


def test_a_mix_drag_is_one_step_and_reaches_the_engine(
    desk: Desk, editor: EditorPanel, engine: FakeEngine, qtbot: QtBot
) -> None:
    before = desk.store.session
    drag(qtbot, mix_row(editor, "mixed3a").slider, 0.0, 0.2, 0.4, 0.75)
    assert edit_of(desk).mix == {"mixed3a": pytest.approx(0.75, abs=0.02)}
    assert engine.submitted[-1] == desk.store.session
    assert editor.summary.text() == "Mix 1 block"
    assert editor.mode.itemText(0) == "Mix  ·  1"
    desk.store.undo()
    assert desk.store.session == before
    assert mix_row(editor, "mixed3a").slider.number == 0
    qtbot.mouseDClick(mix_row(editor, "mixed3a").slider, LEFT)
    assert edit_of(desk).identity


def test_up_to_here_and_all(desk: Desk, editor: EditorPanel) -> None:
    mix_row(editor, "mixed3a").upto.emit()
    assert edit_of(desk) == Edit(mix=dict.fromkeys(("conv2d0", "conv2d2", "mixed3a"), 1.0))
    assert [mix_row(editor, b).slider.number for b in BLOCKS] == [1, 1, 1, 0, 0, 0]
    editor.all_two.click()
    assert edit_of(desk) == Edit(mix=dict.fromkeys(BLOCKS, 1.0))
    editor.all_one.click()
    assert edit_of(desk).identity


@pytest.mark.parametrize("text", ["1.5", "half"])
def test_a_share_that_is_refused_stays_with_a_hint(desk: Desk, editor: EditorPanel, qtbot: QtBot, text: str) -> None:
    row = mix_row(editor, "mixed4a")
    type_in(qtbot, row.entry, "0.25")
    assert edit_of(desk).mix == {"mixed4a": 0.25}
    type_in(qtbot, row.entry, text)
    assert row.entry.text() == text
    assert row.entry.property("bad")
    assert editor.hint.isVisible()
    desk.store.set(f"{EDIT}.mix", {"mixed4a": 0.25, "mixed3a": 1.0})
    assert row.entry.text() == text, "another block's change must not take it away"
    type_in(qtbot, row.entry, "0.75")
    assert edit_of(desk).mix["mixed4a"] == 0.75
    assert not row.entry.property("bad")
    assert not editor.hint.isVisible()


def test_a_range_is_pruned_by_drags_and_by_numbers(desk: Desk, editor: EditorPanel, qtbot: QtBot) -> None:
    row = prune_row(editor, "conv2d2")
    desk.store.set(f"{EDIT}.mix", {"conv2d2": 1.0})
    before = desk.store.session
    drag(qtbot, row.slider, 1.0, 0.9, 0.6)
    drag(qtbot, row.slider, 0.0, 0.1, 0.2)
    low, high = edit_of(desk).prune["conv2d2"]
    assert (low, high) == (pytest.approx(0.2, abs=0.03), pytest.approx(0.6, abs=0.03))
    drag(qtbot, row.slider, 0.4, 0.5, 0.9)
    moved = edit_of(desk).prune["conv2d2"]
    assert moved[1] == 1
    assert moved[1] - moved[0] == pytest.approx(high - low)
    assert editor.summary.text() == "Mix 1 block, prune 1 block"
    for _ in range(3):
        desk.store.undo()
    assert desk.store.session == before
    type_in(qtbot, row.low, "0.3")
    assert edit_of(desk).prune["conv2d2"] == (0.3, 1)
    type_in(qtbot, row.high, "0.1")
    assert edit_of(desk).prune["conv2d2"] == (0.3, 1)
    assert row.high.text() == "0.1"
    assert "above" in editor.hint.text()
    row.reset()
    assert edit_of(desk).prune == {}


def test_two_handles_in_one_place_can_be_taken_apart(qtbot: QtBot, theme: Theme) -> None:
    slider = RangeSlider(theme)
    qtbot.addWidget(slider)
    slider.resize(214, 22)
    for place in (0.0, 0.5, 1.0):
        slider.show_value((place, place))
        drag(qtbot, slider, place, 0.7 if place < 0.7 else 0.2)
        assert slider.ends == pytest.approx((place, 0.7) if place < 0.7 else (0.2, 1.0), abs=0.01)
    slider.show_value((0.2, 0.6))
    qtbot.keyClick(slider, Qt.Key.Key_Down)
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert slider.ends == (0.21, 0.6)
    qtbot.keyClick(slider, Qt.Key.Key_End)
    assert slider.ends == (0.6, 0.6)


def test_units_are_added_scaled_and_removed(desk: Desk, editor: EditorPanel, qtbot: QtBot) -> None:
    type_in(qtbot, editor.units.entry, "mixed4a:222")
    qtbot.waitUntil(lambda: edit_of(desk).scale_of("mixed4a", 222) == 0)
    assert editor.units.entry.text() == ""
    row = editor.units.rows["mixed4a", 222]
    before = desk.store.session
    drag(qtbot, row.slider, 0.5, 0.6, 0.75, 1.0)  # through 1, which is no edit
    assert edit_of(desk).scale_of("mixed4a", 222) == 2
    desk.store.undo()
    assert desk.store.session == before
    row.invert.click()
    assert edit_of(desk).scale_of("mixed4a", 222) == -1
    type_in(qtbot, row.entry, "-9")
    assert row.entry.text() == "-9"
    assert edit_of(desk).scale_of("mixed4a", 222) == -1
    type_in(qtbot, row.entry, "-8")
    row.ablate.click()
    row.removed.emit()
    assert edit_of(desk).identity
    assert editor.units.rows == {}
    desk.store.undo()
    assert editor.units.rows["mixed4a", 222].slider.number == 0


@pytest.mark.parametrize("text", ["mixed9z:1", "dog", "", "mixed4a:99999999"])
def test_texts_that_name_no_unit_stay_with_a_hint(desk: Desk, editor: EditorPanel, qtbot: QtBot, text: str) -> None:
    type_in(qtbot, editor.units.entry, text)
    assert editor.units.entry.text() == text
    assert editor.units.hint.isVisible()
    assert edit_of(desk).identity


def test_a_unit_that_the_engine_refuses_stays_in_the_field(
    desk: Desk, editor: EditorPanel, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine.refusals["5000"] = Failure(Session(), EDIT, "mixed4a has no unit 5000")
    type_in(qtbot, editor.units.entry, "mixed4a:5000")
    qtbot.waitUntil(lambda: editor.units.hint.text() == "mixed4a has no unit 5000")
    assert editor.units.entry.text() == "mixed4a:5000"
    assert edit_of(desk).identity


def test_models_that_cannot_be_mixed_say_why_and_the_sliders_stay(make_desk: MakeDesk, qtbot: QtBot) -> None:
    session = replace(Session(), "models.slot2.model", ArchitectureModel(name="vgg16"))
    desk = make_desk(replace(session, "models.edited.enabled", True))
    editor = desk.editing.panel
    assert editor is not None
    qtbot.waitUntil(lambda: editor.blocks == BLOCKS)
    mix_row(editor, "mixed4a").edited.emit(0.5)
    qtbot.waitUntil(lambda: editor.problem.text() == UNLIKE)
    assert desk.predictions.bars["edited"]._message == UNLIKE
    assert mix_row(editor, "mixed4a").slider.isEnabled()
    mix_row(editor, "mixed4a").reset()
    qtbot.waitUntil(lambda: not editor.problem.isVisible())


def test_blocks_that_model_1_does_not_have_can_be_taken_back(desk: Desk, editor: EditorPanel) -> None:
    desk.store.set(EDIT, Edit(mix={"layer9": 0.5}))
    mix_row(editor, "layer9").reset()
    assert edit_of(desk).identity
    assert "layer9" not in editor.rows


def test_every_entry_has_a_name(editor: EditorPanel) -> None:
    editor.mode.setCurrentIndex(1)
    assert all(entry.accessibleName() for entry in editor.findChildren(EditEntry) if entry.isVisible())


def test_the_edited_models_switches_are_its_own(desk: Desk, editor: EditorPanel, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: "edited" in desk.neurons.heads)
    for panel, field in ((desk.neurons, "activations"), (desk.predictions, "predictions")):
        switch = panel.heads["edited"].switch
        assert field in switch.toolTip()
        switch.click()
        models = desk.store.session.models
        assert not getattr(models.edited, field)
        assert getattr(models.slot1, field)
    qtbot.waitUntil(lambda: desk.predictions.bars["edited"]._message == "Predictions are off.")
