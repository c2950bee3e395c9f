"""What a person sees of a file's hash, before and after its first download."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from served import serving

from perturber.cli.main import main

CATALOG = """
[[family]]
name = "toy"
label = "Toy"
architecture = "inception_v1"

[[entry]]
name = "mine"
label = "Mine"
family = "toy"
variant = "standard"
variant_label = "Standard"
[[entry.file]]
urls = ["BASE/graph.pb"]
file = "graph.pb"
"""
CONTENT = b"no graph at all" * 1000


def test_size_date_and_hash_are_shown_before_and_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    own = tmp_path / "perturber" / "weights" / "catalog.toml"
    own.parent.mkdir(parents=True)
    with serving() as site:
        own.write_text(CATALOG.replace("BASE", site.base))
        site.put("/graph.pb", CONTENT, headers={"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"})
        with pytest.raises(SystemExit):
            main(["models", "add", "mine"])  # no terminal to ask on
        before = capsys.readouterr().err
        assert site.asked == []
        with pytest.raises(SystemExit):
            main(["models", "add", "mine", "--yes"])
        after = capsys.readouterr().err
    assert "graph.pb: 0.0 MB (15000 bytes), last changed on 2015-10-21, no SHA-256 is documented; the first" in before
    assert f"graph.pb: SHA-256 {hashlib.sha256(CONTENT).hexdigest()} (pinned on 2" in after
    assert "15000 bytes), from http://127.0.0.1" in after
