"""A person's own groups survive: saved whole, renamed, deleted, and kept aside when the file is damaged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from perturber.core.errors import InputError
from perturber.core.library.groups import Group, OwnGroups, make_group

KEY, LAYER = "inception_v1", "mixed4a"


@pytest.fixture
def own(tmp_path: Path) -> OwnGroups:
    return OwnGroups(tmp_path / "new folder" / "groups.json")


def names(own: OwnGroups, key: str = KEY, layer: str = LAYER) -> list[str]:
    return [group.name for group in own.of(key, layer)]


def test_saved_groups_are_found_by_architecture_and_layer(own: OwnGroups):
    ears = make_group(" Ears ", (222, 240), (2.5, 1.0))
    own.save(KEY, LAYER, ears)
    own.save(KEY, "mixed3b", make_group("Ears", (1,)))
    again = OwnGroups(own.file)
    assert again.of(KEY, LAYER) == (Group(name="Ears", units=(222, 240), scores=(2.5, 1.0)),)
    assert names(again, KEY, "mixed3b") == ["Ears"]
    assert names(again, "resnet18") == []
    assert [f.name for f in own.file.parent.iterdir()] == ["groups.json"]


def test_two_windows_do_not_undo_each_others_work(own: OwnGroups):
    other = OwnGroups(own.file)
    own.save(KEY, LAYER, make_group("One", (1,)))
    other.save(KEY, LAYER, make_group("Two", (2,)))
    own.rename(KEY, LAYER, "One", "First")
    assert names(other) == ["First", "Two"]
    other.delete(KEY, LAYER, "First")
    assert names(own) == ["Two"]
    own.delete(KEY, LAYER, "Two")
    assert json.loads(own.file.read_text()) == {"perturber_groups": 1}


def test_names_are_unique_and_never_empty(own: OwnGroups):
    own.save(KEY, LAYER, make_group("One", (1,)))
    own.save(KEY, LAYER, make_group("Two", (2,)))
    with pytest.raises(InputError, match="already a group 'Two'"):
        own.rename(KEY, LAYER, "One", "Two")
    with pytest.raises(InputError, match="already a group 'One'"):
        own.save(KEY, LAYER, make_group("One", (3,)))
    with pytest.raises(InputError, match="name"):
        own.rename(KEY, LAYER, "One", "  ")
    with pytest.raises(InputError, match="no group 'Three'"):
        own.delete(KEY, LAYER, "Three")
    assert names(own) == ["One", "Two"]


@pytest.mark.parametrize("units", [(), (1, 1), (-1,)])
def test_units_are_different_numbers(units: tuple[int, ...]):
    with pytest.raises(InputError):
        make_group("Group", units)
    with pytest.raises(ValidationError):
        Group(name="Group", units=(1, 2), scores=(1.0,))


@pytest.mark.parametrize(
    "damage", ['{"perturber_groups": 1, "groups"', "[]", '{"perturber_groups": 1, "groups": 5}', "\x00"]
)
def test_a_damaged_file_is_kept_aside_and_said(own: OwnGroups, damage: str):
    own.file.parent.mkdir()
    for number in (1, 2):
        own.file.write_text(damage)
        assert names(own) == []
        aside = own.file.with_name(f"groups.damaged-{number}.json")
        assert aside.read_text() == damage
        assert str(aside) in own.message
    own.save(KEY, LAYER, make_group("New", (1,)))
    assert names(own) == ["New"]


def test_a_newer_file_is_neither_read_nor_written_over(own: OwnGroups):
    own.file.parent.mkdir()
    own.file.write_text('{"perturber_groups": 2, "groups": {}}')
    with pytest.raises(InputError, match="newer"):
        own.save(KEY, LAYER, make_group("New", (1,)))
    assert "2" in own.file.read_text()


def test_where_nothing_can_be_written_the_folder_is_named():
    with pytest.raises(InputError, match="/proc"):
        OwnGroups(Path("/proc/nowhere/groups.json")).save(KEY, LAYER, make_group("New", (1,)))
