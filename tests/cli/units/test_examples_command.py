"""`perturber examples`: a sheet, a list, and mistakes that are named."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from perturber import paths
from perturber.cli.main import BAD_INPUT, main
from perturber.nets.architectures.architecture import create

pytestmark = pytest.mark.gl


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "cache", lambda: tmp_path / "cache")


@pytest.fixture
def flags(tmp_path: Path) -> list[str]:
    """Of a tiny network and a folder with two photos and a file that is none."""
    torch.manual_seed(7)
    weights, photos = tmp_path / "tiny.safetensors", tmp_path / "photos"
    save_file(create("inception_v1", 5, width=0.0625, norm="batch").state_dict(), weights)
    photos.mkdir()
    for number in range(2):
        pixels = np.random.default_rng(number).integers(0, 256, (64, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(photos / f"{number}.png")
    (photos / "diary.jpg").write_text("Dear diary")
    named = {"--model": "inception_v1", "--weights": weights, "--photos": photos, "--layer": "conv2d0"}
    return [str(word) for pair in named.items() for word in pair]


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["examples", *arguments])
    return int(caught.value.code or 0)


def test_units_are_shown_on_a_sheet_and_listed(flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    sheet = tmp_path / "sheet.png"
    assert run(*flags, "--units", "1,2", "-o", str(sheet), "--json") == 0
    told = capsys.readouterr()
    rows = json.loads(told.out)
    assert [(row["unit"], row["layer"]) for row in rows] == [(1, "conv2d0")] * 2 + [(2, "conv2d0")] * 2
    assert rows[0]["value"] >= rows[1]["value"] > 0
    assert {row["source"] for row in rows} == {"0.png", "1.png"}
    assert "diary.jpg" in told.err
    with Image.open(sheet) as picture:
        assert len(picture.getcolors(1 << 20) or ()) > 100
        assert picture.height > 2 * 128


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ([], "--unit"),
        (["--units", "1.2"], "--units"),
        (["--units", "conv2d0:1"], "--units"),
        (["--unit", "-1"], "--unit"),
        (["--unit", "999"], "no unit 999"),
        (["--unit", "1", "--count", "0"], "--count"),
        (["--unit", "1", "--slot", "slot9"], "slot9"),
        (["--unit", "1", "--photos", "/no/such"], "/no/such"),
        (["--unit", "1", "-o", "/proc/sheet.png"], "/proc/sheet.png"),
    ],
)
def test_mistakes_are_named(flags: list[str], arguments: list[str], names: str, capsys: pytest.CaptureFixture[str]):
    assert run(*flags, *arguments) == BAD_INPUT
    assert names in capsys.readouterr().err
