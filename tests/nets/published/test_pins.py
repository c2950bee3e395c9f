"""Pinned hashes: shown with date and size, and a damaged one costs only itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from perturber.core.errors import InputError
from perturber.nets.published.catalog import catalog
from perturber.nets.published.pins import FILE, Pin, Pins
from perturber.nets.published.proof import describe_hash

GARBLED = [b"\xff\xfe", b"[" * 5000, b'{"a": ' + b"9" * 5000 + b"}", b"[]", b"null"]


def test_a_pin_says_what_a_person_can_compare(tmp_path: Path):
    pins = Pins(tmp_path)
    pin = pins.put("toy/a.bin", "a" * 64, "https://example.com/a.bin", 1_500_000)
    assert pins.get("toy/a.bin") == pin
    for part in ("a" * 64, pin.date, "1.5 MB (1500000 bytes)", "https://example.com/a.bin"):
        assert part in pin.describe()


def test_pins_of_earlier_versions_have_no_size(tmp_path: Path):
    old = {"toy/a.bin": {"sha256": "a" * 64, "date": "2025-01-02", "origin": "x"}}
    (tmp_path / FILE).write_text(json.dumps(old))
    pin = Pins(tmp_path).get("toy/a.bin")
    assert pin == Pin(sha256="a" * 64, date="2025-01-02", origin="x")
    assert "MB" not in pin.describe()


def test_a_damaged_pin_costs_only_itself(tmp_path: Path):
    good = {"sha256": "a" * 64, "date": "2025-01-02", "origin": "x"}
    (tmp_path / FILE).write_text(json.dumps({"one": good, "two": {"sha256": 5}}))
    pins = Pins(tmp_path)
    assert pins.get("one") is not None
    with pytest.raises(InputError, match=r"pins\.json: two\."):
        pins.get("two")
    pins.put("three", "b" * 64, "y")
    pins.drop("two")
    assert (pins.get("one"), pins.get("two")) == (Pin.model_validate(good), None)


@pytest.mark.parametrize("content", GARBLED)
def test_garbled_pins_are_never_taken_for_none(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """Whoever damages the pins must not get a changed file accepted; listing and removing still work."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = tmp_path / "perturber" / "weights"
    folder.mkdir(parents=True)
    (folder / FILE).write_bytes(content)
    with pytest.raises(InputError, match="delete the file to pin the next downloads again"):
        Pins(folder).get("toy/a.bin")
    Pins(folder).drop("toy/")
    assert (folder / FILE).read_bytes() == content
    entry = catalog()["inception_v1_lucid"]
    assert describe_hash(entry, entry.sources[0]).startswith("no SHA-256 is documented")
    assert FILE in caplog.text


def test_documented_hashes_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    known = catalog()
    whole, begun = known["inception5h"], known["torchvision_resnet18"]
    assert describe_hash(whole, whole.sources[0]) == f"SHA-256 {whole.sources[0].sha256} (documented)"
    assert describe_hash(begun, begun.sources[0]).startswith("SHA-256 f37072fd… (first digits, documented); the first")
