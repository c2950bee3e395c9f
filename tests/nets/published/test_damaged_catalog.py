"""Mistakes in a catalog: named by file, entry and field, and at most the entry is lost."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from perturber.core.errors import InputError
from perturber.nets.published.catalog import SHIPPED, catalog

FAMILY = {"name": "fam", "label": "F", "architecture": "resnet18"}
FILE = {"urls": ["https://example.com/a.bin"], "file": "a.bin"}
ENTRY = {"name": "good", "label": "E", "family": "fam", "variant": "v", "variant_label": "V", "file": [FILE]}
UNREADABLE = {
    "random bytes": b"\xff\xfe\x00garbage",
    "deep lists": b"a=" + b"[" * 5000,
    "deep tables": b"a=" + b"{a=" * 3000,
    "many digits": b"a=" + b"9" * 5000,
    "truncated": b"[[entry",
    "no table": b"entry = 2020-01-01",
    "numbers": b"entry = [1, 2]",
    "another table": b"[other]\n",
}
WRONG_FILES: dict[str, tuple[dict[str, Any], str]] = {
    "infinite value": ({"values": ["1e400"], "file": "a{value}.bin"}, "values: '1e400' is not a number from 0"),
    "no number": ({"values": ["x"], "file": "a{value}.bin"}, "values: 'x' is not a number"),
    "not a number": ({"values": ["nan"], "file": "a{value}.bin"}, "values: 'nan' is not a number"),
    "negative": ({"values": ["-1"], "file": "a{value}.bin"}, "values: '-1' is not a number"),
    "same file twice": ({"values": ["1", "1"]}, "the same checkpoint"),
    "long name": ({"file": "x" * 300}, "file: .*at most 200 bytes"),
    "long name in bytes": ({"file": "ä" * 150}, "file: .*at most 200 bytes"),
    "folder": ({"file": "../x"}, "file: "),
    "name with NUL": ({"file": "a\0b"}, "file: "),
    "partial download": ({"file": "a.bin.part"}, "names that end with .part"),
    "plain http": ({"urls": ["http://example.com/a"]}, "urls.0: .*plain http is not safe"),
    "checkpoint": ({"checkpoint": "../../x"}, "checkpoint: "),
    "hash": ({"sha256": "xyz"}, "sha256: "),
}


def write(place: Path, **entry: Any) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(tomli_w.dumps({"family": [FAMILY], "entry": [ENTRY, {**ENTRY, "name": "evil", **entry}]}))
    return place


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_catalog_is_refused_with_its_name(tmp_path: Path, content: bytes):
    file = tmp_path / "mine.toml"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"mine\.toml: ") as caught:
        catalog(file)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(("fields", "problem"), WRONG_FILES.values(), ids=WRONG_FILES)
def test_a_wrong_field_is_named_with_its_entry(tmp_path: Path, fields: dict[str, Any], problem: str):
    with pytest.raises(InputError, match=rf"mine\.toml: entry\.1 \('evil'\)(, |: ).*{problem}"):
        catalog(write(tmp_path / "mine.toml", file=[{**FILE, **fields}]))


@pytest.mark.parametrize("name", ["../x", "a/b", "", "x" * 300, "A", 5])
def test_odd_names_of_entries_are_refused(tmp_path: Path, name: object):
    with pytest.raises(InputError, match=r"mine\.toml: entry\.1"):
        catalog(write(tmp_path / "mine.toml", name=name))


def test_a_wrong_own_entry_costs_only_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    shipped = catalog()
    file = write(tmp_path / "perturber" / "weights" / "catalog.toml", file=[{**FILE, "file": "x" * 300}])
    with caplog.at_level(logging.WARNING):
        assert set(catalog()) == {*shipped, "good"}
    (record,) = caplog.records
    assert f"{file}: entry.1 ('evil'): file.0.file: a file name has at most" in record.message


@pytest.mark.parametrize("content", [*UNREADABLE.values(), None], ids=[*UNREADABLE, "folder"])
def test_a_garbled_own_catalog_costs_only_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, content: bytes | None
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    file = tmp_path / "perturber" / "weights" / "catalogue.toml"
    file.parent.mkdir(parents=True)
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    assert set(catalog()) == set(catalog(SHIPPED))
    assert str(file) in caplog.text
