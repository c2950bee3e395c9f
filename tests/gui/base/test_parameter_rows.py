"""Every parameter of core has a row that is bound to the store in both directions."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from perturber.core.parameters.parameter import Parameter, get, replace, walk
from perturber.core.session.scene import Photo
from perturber.core.session.session import Session
from perturber.gui.base.rows import Row, describe
from perturber.gui.shell.desk import Desk

ROWS = [p for p in walk(Session) if p.path.startswith(("scene.", "post.", "probe.")) or p.path == "seed"]
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
        assert parameter.doc.split("<")[0].split("\n")[0][:20] in tip


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
