"""A person's own edits survive: saved whole, renamed, deleted, and kept aside when the file is damaged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from perturber.core.errors import InputError
from perturber.core.library.presets import OwnPresets, unknown
from perturber.core.session.edit import Edit, UnitEdit

EDIT = Edit(mix={"a": 0.5}, prune={"b": (0.1, 1)}, units=(UnitEdit(layer="c", unit=3, scale=-1),))


@pytest.fixture
def own(tmp_path: Path) -> OwnPresets:
    return OwnPresets(tmp_path / "new folder" / "presets.json")


def names(own: OwnPresets) -> list[str]:
    return [preset.name for preset in own.all()]


def test_presets_are_saved_renamed_and_deleted_by_two_windows(own: OwnPresets):
    other = OwnPresets(own.file)
    own.save(" One ", EDIT)
    other.save("Two", Edit(mix={"a": 1.0}))
    assert names(own) == ["One", "Two"]
    assert own.all()[0].edit == EDIT
    other.rename("One", "Three")
    own.delete("Two")
    assert names(other) == ["Three"]
    assert [f.name for f in own.file.parent.iterdir()] == ["presets.json"]


@pytest.mark.parametrize("name", ["", "  ", "One", " One ", "x" * 81])
def test_names_that_are_empty_long_or_taken_are_refused(own: OwnPresets, name: str):
    own.save("One", EDIT)
    with pytest.raises(InputError):
        own.save(name, EDIT)
    own.save("Two", EDIT)
    with pytest.raises(InputError):
        own.rename("Two", name)
    assert names(own) == ["One", "Two"]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"presets": 1}',
        '{"presets": [{"name": "x", "edit": {"mix": {"a": 7}}}]}',
        '{"presets": [{"name": "x", "edit": {"units": [{"layer": "a", "unit": 1, "scale": "NaN"}]}}]}',
        "[" * 100_000,
        "\x00\xff",
    ],
)
def test_a_damaged_file_is_put_aside_and_said(own: OwnPresets, text: str):
    own.file.parent.mkdir()
    own.file.write_bytes(text.encode("latin-1"))
    assert own.all() == ()
    assert "presets.damaged-1.json" in own.message
    own.save("One", EDIT)
    assert names(own) == ["One"]
    assert own.file.with_name("presets.damaged-1.json").read_bytes() == text.encode("latin-1")


def test_a_file_of_a_newer_version_is_left_alone(own: OwnPresets):
    own.file.parent.mkdir()
    own.file.write_text(json.dumps({"perturber_presets": 2, "presets": {}}))
    with pytest.raises(InputError, match="newer"):
        own.save("One", EDIT)
    assert "2" in own.file.read_text()


def test_what_a_network_lacks_is_named(own: OwnPresets):
    assert unknown(EDIT, ("a", "b", "c")) == ()
    assert unknown(EDIT, ("b",)) == ("a", "c")
