"""`perturber groups`: what ships is listed, what is asked for is computed, mistakes are named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from perturber import paths
from perturber.cli.main import BAD_INPUT, main
from perturber.cli.units.groups_command import MakeGroups, studio_pictures
from perturber.core.library.groups import OwnGroups, make_group
from perturber.nets.families.family import family


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OwnGroups:
    """The user's own groups lie in the test's folder."""
    monkeypatch.setattr(paths, "own_groups", lambda: tmp_path / "groups.json")
    return OwnGroups(tmp_path / "groups.json")


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["groups", *arguments])
    return int(caught.value.code or 0)


def test_circuits_groups_are_listed_with_the_persons_own(own: OwnGroups, capsys: pytest.CaptureFixture[str]):
    own.save("inception_v1", "mixed3b", make_group("Favorites", (3, 4)))
    assert run("list", "--model", "inception_v1", "--layer", "mixed3b", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["source"] for row in rows].count("circuits") == 34
    assert rows[-1] == {
        "layer": "mixed3b", "name": "Favorites", "source": "own", "wnid": "", "units": [3, 4], "scores": [],
    }  # fmt: skip
    assert run("list", "--model", "inception_v1") == 0
    assert "mixed4d: 3 groups" in capsys.readouterr().out


@pytest.mark.gl
def test_groups_are_computed_for_a_layer(capsys: pytest.CaptureFixture[str]):
    arguments = ["--kind", "changed", "--layer", "mixed4a", "--top", "3", "--json"]
    assert run("compute", *arguments, "--scene.camera.yaw", "40") == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["layer"], len(row["units"]), len(row["scores"])) == ("mixed4a", 3, 3)
    assert row["scores"] == sorted(row["scores"], reverse=True)


@pytest.mark.gl
@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["sing"], "sing"),
        (["list", "--layer", "mixed9"], "mixed9"),
        (["list", "--weights", "w.pth"], "--weights"),
        (["compute", "--kind", "class"], "--class"),
        (["compute", "--top", "0"], "--top"),
        (["compute", "--kind", "class", "--class", "cheese"], "cheese"),
        (["compute", "--kind", "changed", "--layer", "mixed4a"], "activations in these layers are the same"),
        (["make", "nosuch"], "nosuch"),
        (["make", "studio", "--images", "/nosuchfolder"], "/nosuchfolder"),
    ],
)
def test_mistakes_are_named(arguments: list[str], names: str, capsys: pytest.CaptureFixture[str]):
    assert run(*arguments) == BAD_INPUT
    err = capsys.readouterr().err
    assert err.startswith("perturber: ")
    assert names in err


def test_every_class_of_the_shipped_family_can_be_shown(tmp_path: Path):
    assert MakeGroups("studio").per_class == 12
    pictures = studio_pictures(family("studio"), 1, tmp_path)
    assert list(pictures) == [wnid for wnid, _ in family("studio").classes]
    assert all(len(found) == 1 for found in pictures.values())
