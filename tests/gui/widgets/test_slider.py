"""The sliders, the number field and their row."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from perturber.core.session.session import Session
from perturber.gui.base.rows import NumberRow
from perturber.gui.models.checkpoints import StepSlider
from perturber.gui.shell.desk import Desk
from perturber.gui.style.theme import Theme
from perturber.gui.widgets.inputs.number import NumberEntry, decimals_for, parse
from perturber.gui.widgets.sliders.log_slider import LogSlider
from perturber.gui.widgets.sliders.range_slider import RangeSlider
from perturber.gui.widgets.sliders.slider import Slider
from perturber.gui.widgets.sliders.track import HANDLE, TrackSlider

LEFT = Qt.MouseButton.LeftButton
HUE = "post.color.hue"


def row(desk: Desk, path: str) -> NumberRow:
    found = desk.scene.form.rows[path]
    assert isinstance(found, NumberRow)
    desk.scene.form.sections["Post Processing"].set_open(True)
    return found


def at(slider: TrackSlider, share: float) -> QPoint:
    return QPoint(round(HANDLE + share * (slider.width() - 2 * HANDLE)), slider.height() // 2)


def test_a_drag_sets_all_the_way_and_is_one_step(desk: Desk, qtbot: QtBot) -> None:
    slider = row(desk, HUE).slider
    seen: list[float] = []
    desk.store.changed.connect(lambda old, new: seen.append(new.post.color.hue))
    qtbot.mousePress(slider, LEFT, pos=at(slider, 0.5))
    for share in (0.6, 0.7, 0.9):
        qtbot.mouseMove(slider, at(slider, share))
    qtbot.mouseRelease(slider, LEFT, pos=at(slider, 0.9))
    assert len(seen) == 3
    assert desk.store.session.post.color.hue == pytest.approx(0.4, abs=0.02)
    desk.store.undo()
    assert desk.store.session == Session()
    assert not desk.store.can_undo


def test_a_click_beside_the_handle_goes_there(desk: Desk, qtbot: QtBot) -> None:
    slider = row(desk, HUE).slider
    qtbot.mouseClick(slider, LEFT, pos=at(slider, 0.0))
    assert desk.store.session.post.color.hue == -0.5


def test_shift_is_ten_times_finer(desk: Desk, qtbot: QtBot) -> None:
    slider = row(desk, HUE).slider
    qtbot.mousePress(slider, LEFT, pos=at(slider, 0.5))
    shift = Qt.KeyboardModifier.ShiftModifier
    point = QPointF(at(slider, 1.0))
    none = Qt.MouseButton.NoButton
    move = QMouseEvent(QEvent.Type.MouseMove, point, slider.mapToGlobal(point), none, LEFT, shift)
    QApplication.sendEvent(slider, move)
    assert desk.store.session.post.color.hue == pytest.approx(0.05, abs=0.01)
    qtbot.mouseRelease(slider, LEFT, pos=at(slider, 1.0))


def test_double_click_resets(desk: Desk, qtbot: QtBot) -> None:
    desk.store.set(HUE, 0.3)
    qtbot.mouseDClick(row(desk, HUE).slider, LEFT)
    assert desk.store.session.post.color.hue == 0


def test_a_key_held_down_is_one_step(desk: Desk, qtbot: QtBot) -> None:
    slider = row(desk, HUE).slider
    slider.setFocus()
    for _ in range(5):
        QApplication.sendEvent(slider, _key(True))
    QApplication.sendEvent(slider, _key(False))
    assert desk.store.session.post.color.hue == pytest.approx(0.05)
    desk.store.undo()
    assert not desk.store.can_undo


def _key(down: bool) -> QKeyEvent:
    kind = QEvent.Type.KeyPress if down else QEvent.Type.KeyRelease
    return QKeyEvent(kind, Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, "", False)


def sliders(theme: Theme) -> list[TrackSlider]:
    """Return one slider of each kind."""
    kinds = [Slider(theme, 0, 1, origin=0, step=0.01), LogSlider(theme, 0.01, 1, origin=0.1), RangeSlider(theme)]
    return [*kinds, StepSlider(theme)]


@pytest.mark.parametrize("which", range(4))
def test_all_sliders_frame_a_drag_once_and_take_the_same_gestures(qtbot: QtBot, theme: Theme, which: int) -> None:
    slider = sliders(theme)[which]
    qtbot.addWidget(slider)
    slider.resize(200, 22)
    slider.show()
    seen: list[str] = []
    slider.began.connect(lambda: seen.append("began"))
    slider.moved.connect(lambda *_: seen.append("moved"))  # type: ignore[attr-defined]
    slider.ended.connect(lambda: seen.append("ended"))
    qtbot.mousePress(slider, LEFT, pos=at(slider, 1.0))
    for share in (0.9, 0.4, 0.1):
        qtbot.mouseMove(slider, at(slider, share))
    qtbot.mouseRelease(slider, LEFT, pos=at(slider, 0.1))
    assert (seen[0], seen[-1]) == ("began", "ended")
    assert set(seen[1:-1]) == {"moved"}
    seen.clear()
    qtbot.mousePress(slider, Qt.MouseButton.RightButton, pos=at(slider, 0.5))
    qtbot.mouseMove(slider, at(slider, 0.9))
    assert seen == []


@pytest.mark.parametrize("which", range(3))
def test_a_key_held_down_is_framed_and_ends_with_the_focus(qtbot: QtBot, theme: Theme, which: int) -> None:
    slider = sliders(theme)[which]
    qtbot.addWidget(slider)
    slider.show()
    seen: list[str] = []
    slider.began.connect(lambda: seen.append("began"))
    slider.ended.connect(lambda: seen.append("ended"))
    for _ in range(3):
        QApplication.sendEvent(slider, _key(True))
    QApplication.sendEvent(slider, _key(False))
    assert seen == ["began", "ended"]
    QApplication.sendEvent(slider, _key(True))
    QApplication.sendEvent(slider, QFocusEvent(QEvent.Type.FocusOut))
    assert seen == ["began", "ended"] * 2


def test_equal_ways_of_a_logarithmic_slider_are_equal_factors(qtbot: QtBot, theme: Theme) -> None:
    slider = LogSlider(theme, 0.01, 1, origin=0.1)
    qtbot.addWidget(slider)
    slider.show_value(0)
    assert slider.number == 0.01
    slider.show_value(0.1)
    assert (slider.number, slider.value() * 2) == (0.1, slider.maximum())


def test_a_range_tells_assistive_technology_both_ends_and_the_one_that_moves(qtbot: QtBot, theme: Theme) -> None:
    slider = RangeSlider(theme)
    qtbot.addWidget(slider)
    slider.show_value((0.2, 0.7))
    assert (slider.accessibleDescription(), slider.value()) == ("0.2 to 0.7", 70)
    qtbot.keyClick(slider, Qt.Key.Key_Down)
    assert slider.value() == 20
    qtbot.keyClick(slider, Qt.Key.Key_Left)
    assert slider.ends == (0.19, 0.7)


def test_the_wheel_is_left_to_the_scroll_area(desk: Desk, qtbot: QtBot) -> None:
    for widget in (row(desk, HUE).slider, row(desk, HUE).entry):
        center = widget.rect().center().toPointF()
        event = QWheelEvent(
            center,
            widget.mapToGlobal(center),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        widget.wheelEvent(event)
        assert not event.isAccepted()
    assert desk.store.session == Session()


def test_typing_a_number_sets_it(desk: Desk, qtbot: QtBot) -> None:
    entry = row(desk, HUE).entry
    entry.setFocus()
    entry.selectAll()
    qtbot.keyClicks(entry, "0,25")
    qtbot.keyClick(entry, Qt.Key.Key_Return)
    assert desk.store.session.post.color.hue == 0.25
    assert entry.text() == "0.250"


def test_typing_nonsense_leaves_the_value(desk: Desk, qtbot: QtBot) -> None:
    entry = row(desk, HUE).entry
    entry.setFocus()
    entry.selectAll()
    qtbot.keyClicks(entry, "blue")
    qtbot.keyClick(entry, Qt.Key.Key_Return)
    assert desk.store.session == Session()
    assert entry.text() == "0.000"


def test_a_finer_value_from_elsewhere_is_not_rounded_by_looking_at_it(desk: Desk, qtbot: QtBot) -> None:
    desk.store.set(HUE, 0.123456)
    entry = row(desk, HUE).entry
    entry.setFocus()
    qtbot.keyClick(entry, Qt.Key.Key_Return)
    assert desk.store.session.post.color.hue == 0.123456


def test_arrow_keys_step_within_the_range(qtbot: QtBot, theme: Theme) -> None:
    entry = NumberEntry(0.0, 1.0, 3)
    qtbot.addWidget(entry)
    entry.entered.connect(entry.show_value)
    entry.show_value(0.995)
    qtbot.keyClick(entry, Qt.Key.Key_Up)
    assert entry.text() == "1.000"
    qtbot.keyClick(entry, Qt.Key.Key_PageDown)
    assert entry.text() == "0.900"


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("1.5", "", 1.5),
        (" 1,5 px", "px", 1.5),
        ("-20°", "°", -20),
        ("", "", None),
        ("nan", "", None),
        ("1e999", "", None),
    ],
)
def test_numbers_are_read_with_unit_and_comma(text: str, unit: str, value: float | None) -> None:
    assert parse(text, unit) == value


def test_decimals_tell_a_thousand_steps_apart() -> None:
    assert [decimals_for(s) for s in (1, 4.8, 360)] == [3, 2, 1]
