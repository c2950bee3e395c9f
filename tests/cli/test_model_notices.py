"""What was chosen and ignored in a weights file is said once, on standard error, by every kind of command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from perturber.cli.main import main
from perturber.nets.architectures.architecture import create

SAID = (
    "perturber: own.pth brings its own normalization, which is used: mean 0.5, 0.5, 0.5 and standard deviation 1, 1, 1."
)


@pytest.fixture
def flags(tmp_path: Path) -> list[str]:
    """Flags for a network with a normalization of its own, four classes with labels, and a photo."""
    torch.manual_seed(0)
    state = {f"net.{key}": value for key, value in create("squeezenet1_1", 4).bare().state_dict().items()}
    torch.save({**state, "mean": torch.full((3,), 0.5), "std": torch.ones(3)}, tmp_path / "own.pth")
    (tmp_path / "labels.txt").write_text("plane\nn02123045 tabby\nship\ntruck\n")
    return [
        "--model",
        "squeezenet1_1",
        "--weights",
        str(tmp_path / "own.pth"),
        "--labels",
        str(tmp_path / "labels.txt"),
    ]


@pytest.fixture
def photo(tmp_path: Path) -> list[str]:
    Image.effect_noise((64, 64), 80).convert("RGB").save(tmp_path / "photo.png")
    return ["--photo", str(tmp_path / "photo.png")]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    told = capsys.readouterr()
    assert not caught.value.code, told.err
    assert told.err.count(SAID) == 1
    return told.out


@pytest.mark.gl
def test_commands_on_a_session(capsys: pytest.CaptureFixture[str], flags: list[str], photo: list[str], tmp_path: Path):
    found = json.loads(run(capsys, "predict", *flags, *photo, "--json"))
    assert {best["name"] for best in found[0]["top"]} == {"plane", "tabby", "ship", "truck"}
    for target in ("ship", "2", "class 2"):
        found = json.loads(run(capsys, "attack", *flags, *photo, "--target", target, "--steps", "1", "--json"))
        assert found["target"] == target
        out = str(tmp_path / "map.png")
        found = json.loads(run(capsys, "attribute", *flags, *photo, "--target", target, "-o", out, "--json"))
        assert (found["name"] if isinstance(found, dict) else found[0]["name"]) == "ship"


def test_commands_on_a_network(capsys: pytest.CaptureFixture[str], flags: list[str], tmp_path: Path):
    run(capsys, "visualize", "class_logit:ship", *flags, "--steps", "1", "--size", "32", "-o", str(tmp_path / "v.png"))
    run(capsys, "groups", "list", *flags)
