"""Every parameter of core has a row that is bound to the store in both directions."""

from __future__ import annotations

import re
from dataclasses import replace as replace_field
from html import unescape

import pytest
from fake import MakeDesk
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from perturber.core.parameters.parameter import Parameter, get, replace, walk
from perturber.core.parameters.plugin import kinds
from perturber.core.session.attack import AttackMethod
from perturber.core.session.attribution import AttributionMethod
from perturber.core.session.scene import Photo
from perturber.core.session.session import Session
from perturber.gui.attack.attack_rows import LogRow
from perturber.gui.base.rows import (
    LABEL_WIDTH,
    ChoiceRow,
    NumberRow,
    Row,
    StepperRow,
    describe,
    describe_plainly,
    row_for,
)
from perturber.gui.shell.desk import Desk
from perturber.gui.style.theme import Theme
from perturber.scene.assets.pairs import pairs

ROWS = [p for p in walk(Session) if p.path.startswith(("scene.", "post.", "probe.")) or p.path == "seed"]
BASES = (AttackMethod, AttributionMethod)
EVERY = [*walk(Session), *(p for base in BASES for kind in kinds(base).values() for p in walk(kind))]
FAMILIES = ("", "DejaVu Sans", "Liberation Sans")
"""Fonts; the empty name is the system's, which also replaces one that is not installed."""
SWITCHES = [p for p in walk(Session) if p.path.startswith("models.")]


def other(parameter: Parameter) -> object:
    """Return a valid value that differs from the default."""
    if parameter.kind == "bool":
        return not parameter.default
    if parameter.kind == "choice":
        return next(c for c in parameter.choices if c != parameter.default)
    if parameter.kind == "text":
        return parameter.default + "// changed"
    assert parameter.low is not None
    assert parameter.high is not None
    value = parameter.low if parameter.default != parameter.low else parameter.high
    return int(value) if parameter.kind == "int" else value


def editor_of(desk: Desk, path: str) -> Row:
    rows = {**desk.scene.form.rows, **desk.neurons.rows}
    return rows[path]


@pytest.mark.parametrize("way", ["edit", "show", "reset"])
def test_every_parameter_has_a_row_that_is_tied_both_ways(desk: Desk, way: str) -> None:
    for parameter in (p for p in ROWS if not p.control.multiline):
        row, value = editor_of(desk, parameter.path), other(parameter)
        if way == "edit":
            row.edited.emit(value)
            assert get(desk.store.session, parameter.path) == value, parameter.path
            continue
        desk.store.set(parameter.path, value)
        assert row._changed, parameter.path
        if way == "reset":
            row.reset()
            assert get(desk.store.session, parameter.path) == parameter.default
            assert not row._changed


def test_texts_have_an_editor(desk: Desk) -> None:
    for parameter in ROWS:
        if parameter.control.multiline:
            panel = desk.scene.codes[parameter.path]
            assert panel.editor.toPlainText() == parameter.default
            desk.store.set(parameter.path, other(parameter))
            assert panel.editor.toPlainText() == other(parameter)


def test_a_photos_parameters_appear_with_the_photo_and_go_with_it(desk: Desk) -> None:
    photo = [p.path for p in walk(Photo, "scene.photo.")]
    assert photo
    assert not set(photo) & set(desk.scene.form.rows)
    kept = desk.scene.form.rows["scene.camera.yaw"]
    desk.store.set("scene.photo", {"file": {"path": "cat.jpg"}})
    assert set(photo) <= set(desk.scene.form.rows)
    assert not kept.isEnabled()
    assert desk.scene.form.rows["post.color.hue"].isEnabled()
    desk.store.set("scene.photo.crop", 0.5)
    assert desk.scene.form.rows["scene.photo.crop"]._changed
    desk.store.set("scene.photo", None)
    assert not set(photo) & set(desk.scene.form.rows)
    assert desk.scene.form.rows["scene.camera.yaw"] is kept
    assert kept.isEnabled()


@pytest.mark.parametrize("parameter", SWITCHES, ids=lambda p: p.path)
def test_every_switch_of_a_slot_is_tied_both_ways(desk: Desk, qtbot: QtBot, parameter: Parameter) -> None:
    _, slot, name = parameter.path.split(".")
    panel = {"activations": desk.neurons, "predictions": desk.predictions}[name]
    switch = panel.heads[slot].switch
    assert switch.isChecked()
    switch.click()
    assert get(desk.store.session, parameter.path) is False
    desk.store.undo()
    assert switch.isChecked()
    assert parameter.doc in switch.toolTip()


def test_tooltips_hold_docstring_range_and_path() -> None:
    for parameter in ROWS:
        tip = describe(parameter)
        assert parameter.path in tip
        assert describe_plainly(parameter) in unescape(re.sub("<[^>]*>", "", tip))


def test_no_tooltip_holds_markup_or_an_exponent() -> None:
    for parameter in EVERY:
        for tip in (describe(parameter), describe_plainly(parameter)):
            assert "``" not in tip, parameter.path
            assert re.search(r"\de[+-]\d", tip) is None, parameter.path
    assert "0 … 2147483647, default 0" in describe(next(p for p in ROWS if p.path == "seed"))


def test_code_in_a_tooltip_is_markup_and_the_rest_is_not() -> None:
    parameter = replace_field(ROWS[0], doc="The ``value`` if a < b & c")
    assert "The <code>value</code> if a &lt; b &amp; c" in describe(parameter)
    assert describe_plainly(parameter) == "The value if a < b & c"


def test_every_label_fits(theme: Theme) -> None:
    words = [pair.morph for pair in pairs().values()]
    labels = {p.label.replace("{morph}", word) for p in EVERY for word in words}
    for family in FAMILIES:
        font = QFont(family)
        font.setPixelSize(13)
        metrics = QFontMetrics(font)
        assert [text for text in labels if metrics.horizontalAdvance(text) + 2 > LABEL_WIDTH] == [], family


def test_no_label_is_elided_in_a_new_window(make_desk: MakeDesk) -> None:
    desk = make_desk(size=(1600, 1000))
    desk.store.set("scene.subject", {"kind": "pair", "name": "truck_car"})
    QCoreApplication.processEvents()
    for row in (*desk.scene.form.rows.values(), *desk.neurons.rows.values()):
        if row.label.isVisible():
            assert QLabel.text(row.label) == row.label.text(), row.parameter.path


def test_a_reset_names_the_value_as_the_control_shows_it(desk: Desk) -> None:
    def tip(path: str) -> str:
        return editor_of(desk, path)._back.toolTip()

    assert tip("scene.camera.fov") == "Reset to 35.0°"
    assert tip("post.frequency.cutoff") == "Reset to 4.00 px"
    assert tip("seed") == "Reset to 0"
    assert tip("scene.plane.enabled") == "Reset to off"
    assert tip("post.custom.enabled") == "Reset to on"
    assert tip("scene.subject.detail") == "Reset to Standard"
    assert desk.scene.explain.slot._back.toolTip() == "Reset to Model 1"
    assert desk.scene.explain.target._back.toolTip() == "Reset to Top Class"
    assert desk.scene.explain.layer._back.toolTip() == "Reset to Last"
    assert desk.scene.explain.method._back.toolTip() == "Reset to None"
    rows = desk.scene.attack.rows.rows
    assert rows["attack.method.norm"]._back.toolTip() == "Reset to L2"
    assert rows["attack.method.step"]._back.toolTip() == "Reset to the derived length"
    for row in (*desk.scene.form.rows.values(), *rows.values()):
        if isinstance(row, NumberRow | StepperRow) and not isinstance(row, LogRow):
            row.display(row.parameter.default)
            assert row._back.toolTip() == f"Reset to {row.entry.text()}"


def test_choices_are_shown_as_words(theme: Theme, qtbot: QtBot) -> None:
    parameter = next(p for p in EVERY if p.choices == ("black", "grey", "blur"))
    row = row_for(parameter, theme)
    qtbot.addWidget(row)
    assert isinstance(row, ChoiceRow)
    assert [row.box.itemText(i) for i in range(row.box.count())] == ["Black", "Gray", "Blur"]
    heard: list[object] = []
    row.edited.connect(heard.append)
    row.box.activated.emit(1)
    assert heard == ["grey"]


def test_the_pairs_word_stands_in_labels_and_headings(desk: Desk) -> None:
    row = desk.scene.form.rows["scene.morph.overall"]
    assert row.label.text() == "Overall Catness"
    desk.store.set("scene.subject", {"kind": "pair", "name": "truck_car"})
    assert row.label.text() == "Overall Race Car-ness"
    assert desk.scene.form.sections["{morph}"].title == "Race Car-ness"


def test_a_refused_value_shows_the_old_one_and_says_why(desk: Desk) -> None:
    row = desk.scene.form.rows["scene.background.blur"]
    row.entry.setText("7")  # type: ignore[attr-defined]
    row.entry.setModified(True)  # type: ignore[attr-defined]
    row.entry.editingFinished.emit()  # type: ignore[attr-defined]
    assert desk.store.session == Session()
    assert row.entry.text() == "0.000"  # type: ignore[attr-defined]
    assert "scene.background.blur" in desk.window.banner.text


def test_resetting_a_group_is_one_step(desk: Desk) -> None:
    session = replace(replace(desk.store.session, "scene.camera.yaw", 10.0), "scene.camera.roll", 5.0)
    desk.store.replace(session)
    desk.scene.form.sections["Camera"].reset.emit()
    assert desk.store.session == Session()
    desk.store.undo()
    assert desk.store.session == session
