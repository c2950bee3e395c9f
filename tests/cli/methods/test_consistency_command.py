"""`perturber consistency`: in words, as JSON, attacked, and mistakes that are named."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from wordnet_writer import write

from perturber import paths
from perturber.cli.main import BAD_INPUT, BAD_MACHINE, main
from perturber.nets.architectures.architecture import create
from perturber.nets.lookup.labels import KEY

KINDS = ("tabby", "collie", "cat", "Laika")


@pytest.fixture
def ids(tmp_path: Path) -> dict[str, str]:
    return write(tmp_path / "wordnet")


@pytest.fixture
def flags(tmp_path: Path, ids: dict[str, str]) -> list[str]:
    """Of a tiny network that knows our words, and pictures of which one is named after no class."""
    torch.manual_seed(7)
    weights, photos = tmp_path / "tiny.safetensors", tmp_path / "photos"
    named = json.dumps([[ids[word], word] for word in KINDS])
    save_file(create("inception_v1", 4, width=0.0625, norm="batch").state_dict(), weights, {KEY: named})
    (photos / ids["collie"]).mkdir(parents=True)
    names = [f"{ids['tabby']}.png", f"{ids['cat']}_small.png", f"{ids['collie']}/one.png", "diary.png"]
    for number, name in enumerate(names):
        pixels = np.random.default_rng(number).integers(0, 256, (64, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(photos / name)
    (photos / "broken.jpg").write_text("Dear diary")
    given = {"--model": "inception_v1", "--weights": weights, "--photos": photos, "--layer": "conv2d2"}
    given |= {"--wordnet": tmp_path / "wordnet", "--least": 2, "--device": "cpu"}
    return [str(word) for pair in given.items() for word in pair]


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["consistency", *arguments])
    return int(caught.value.code or 0)


def test_units_are_measured_clean_and_attacked(flags: list[str], capsys: pytest.CaptureFixture[str]):
    attack = ["--attack", "--epsilon", "20", "--steps", "3"]
    assert run(*flags, *attack, "--json") == 0
    told = capsys.readouterr()
    found = json.loads(told.out)
    assert (found["pictures"], found["named"], found["activating"]) == (4, 3, 2)
    assert 0.5 < found["chance"] < 1
    assert "skipped broken.jpg" in told.err
    both = [(u["consistency"], u["attacked"]) for u in found["units"]]
    there = [pair for pair in both if None not in pair]
    assert found["measured"] == len(there) > 0
    assert found["consistency"] == pytest.approx(np.mean([clean for clean, _ in there]), rel=1e-4)
    assert found["attack"]["consistency"] == pytest.approx(np.mean([bad for _, bad in there]), rel=1e-4)
    assert any(clean != bad for clean, bad in there)
    assert run(*flags, *attack) == 0
    said = capsys.readouterr().out
    assert "4 pictures, 1 of them labeled by the network's top class" in said
    assert f"attacked     {found['attack']['consistency']:.4f}  PGD l2, epsilon 20, 3 steps" in said


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("--layer", "nosuch"), "'nosuch'"),
        (("--top", "0"), "--top"),
        (("--sigma", "0"), "--sigma"),
        (("--epsilon", "-1"), "--epsilon"),
        (("--photos", "/nosuch"), "/nosuch"),
        (("--wordnet", "/nosuch"), "data.noun"),
    ],
)
def test_mistakes_are_named(
    flags: list[str], arguments: tuple[str, str], names: str, capsys: pytest.CaptureFixture[str]
):
    assert run(*flags, *arguments) == BAD_INPUT
    assert names in capsys.readouterr().err


def test_a_class_that_wordnet_does_not_know_is_named(
    flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "photos" / "n00000003_ghost.png").write_bytes(b"whatever")
    assert run(*flags) == BAD_INPUT
    assert "n00000003_ghost.png: n00000003 is not a WordNet noun" in capsys.readouterr().err


def test_without_a_wordnet_it_says_what_to_install(
    flags: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(paths, "wordnets", tuple)
    at = flags.index("--wordnet")
    assert run(*flags[:at], *flags[at + 2 :]) == BAD_MACHINE
    assert "apt install wordnet-base" in capsys.readouterr().err
