"""A damaged family.toml costs its own family and a report; everything else stays."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from test_family import TOML, write

from perturber import paths
from perturber.core.errors import InputError
from perturber.nets.families.family import families, family
from perturber.nets.published import shelf
from perturber.nets.published.catalog import catalog

GARBLED = {
    "random bytes": b"\xff\xfe garbage",
    "empty": b"",
    "truncated": TOML.encode()[:300],
    "deep lists": b"a=" + b"[" * 5000,
    "deep tables": b"a=" + b"{a=" * 3000,
    "many digits": b"a=" + b"9" * 5000,
    "a huge step": TOML.replace("step = 100", "step = " + "9" * 300).encode(),
    "a long file name": TOML.replace("standard-early", "x" * 300).encode(),
    "larger than allowed": b"#" * ((1 << 20) + 1),
}


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of added families."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "perturber" / "models"


@pytest.mark.parametrize("content", GARBLED.values(), ids=GARBLED)
def test_a_garbled_description_costs_only_its_family(models: Path, content: bytes, caplog: pytest.LogCaptureFixture):
    write(models, TOML)
    (models / "toy").rename(models / "kept")
    bad = write(models, "", "bad")
    bad.write_bytes(content)
    assert set(families()) == {*families(paths.models()), "toy"}
    assert f"left out: {bad}: " in caplog.text
    assert all(len(record.message) <= 600 for record in caplog.records)
    with pytest.raises(InputError, match=r"bad/family\.toml: "):
        family("bad")


@pytest.mark.parametrize("kind", ["folder", "pipe", "loop", "device"])
def test_what_is_no_file_is_left_out(models: Path, kind: str, caplog: pytest.LogCaptureFixture):
    place = models / "bad" / "family.toml"
    place.parent.mkdir(parents=True)
    if kind == "folder":
        place.mkdir()
    elif kind == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to(place if kind == "loop" else "/dev/zero")
    assert set(families()) == set(families(paths.models()))
    assert str(place) in caplog.text


def test_a_file_in_place_of_the_folder_is_reported(models: Path, caplog: pytest.LogCaptureFixture):
    models.parent.mkdir(parents=True)
    models.write_bytes(b"")
    assert set(families()) == set(families(paths.models()))
    assert str(models) in caplog.text


def test_a_garbled_family_leaves_the_list_of_published_weights(models: Path, caplog: pytest.LogCaptureFixture):
    known = catalog()
    bad = write(models, "", known["inception5h"].family)
    bad.write_bytes(GARBLED["random bytes"])
    assert set(shelf.survey(known.values()).values()) == {""}
    assert str(bad) in caplog.text


@pytest.mark.parametrize("name", ["no_such", "../x", "a\0b", "x" * 300, ""])
def test_an_unknown_family_is_said_so(models: Path, name: str):
    with pytest.raises(InputError, match="there is no model family"):
        family(name)
