"""`perturber failures`: sessions that open, a list, a page, and mistakes that are named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from perturber.cli.main import BAD_INPUT, main
from perturber.core.parameters.parameter import get
from perturber.core.session.session import load

pytestmark = pytest.mark.gl

FEW = ["--only", "post.color.hue", "post.frequency.low_hue", "scene.camera.distance"]


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["failures", *arguments])
    return int(caught.value.code or 0)


def test_failures_are_listed_and_written_as_sessions(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert run(*FEW, "--budget", "20", "-o", str(tmp_path), "--attack.taken", "2", "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["model"], row["original"]["name"], row["evaluations"]) == ("Studio Standard", "Dog", 20)
    best = row["failures"][0]
    assert best["name"] != "Dog"
    session = load(tmp_path / "cma_0.1_0_0.json")
    assert session.attack.taken == 0
    assert {path: get(session, path) for path in best["changes"]} == best["changes"]
    with Image.open(tmp_path / "cma_0.1_0_0.png") as picture:
        assert picture.size == (224, 224)


def test_both_methods_stand_on_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    page = tmp_path / "page.md"
    flags = ["--bound", "post.color.hue", "-0.001", "0.001", "--only", "post.color.hue", "--method", "both"]
    assert run(*flags, "--budget", "6", "--seeds", "2", "--report", str(page)) == 0
    assert "none found in 6 evaluations" in capsys.readouterr().out
    text = page.read_text(encoding="utf-8")
    assert "--bound post.color.hue -0.001 0.001 --budget 6 --method both --seeds 2" in text
    assert text.count("| none |") == 4
    with Image.open(tmp_path / "page.jpg") as sheet:
        assert sheet.height > 224


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--budget", "0"], "--budget"),
        (["--seeds", "0"], "--seeds"),
        (["--share", "1.5"], "share"),
        (["--only", "scene.cam"], "--only"),
        (["--bound", "scene.camera.yaw", "30", "10"], "scene.camera.yaw"),
        (["--bound", "post.patches.k", "1", "2"], "post.patches.k"),
        (["--slot", "slot9"], "slot9"),
        (["--target", "dog"], "target"),
        (["--report", "page.txt"], "page.txt"),
    ],
)
def test_mistakes_are_named(arguments: list[str], names: str, capsys: pytest.CaptureFixture[str]):
    assert run(*arguments) == BAD_INPUT
    assert names in capsys.readouterr().err
