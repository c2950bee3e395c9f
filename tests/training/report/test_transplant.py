"""Networks that begin as one variant and end as another: they are what they are said to be, and are measured once."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import torch
from PIL import Image
from toy import CLASSES, SIZE, make_family, pool

from perturber import paths
from perturber.cli.main import main
from perturber.core.session.models import FamilyModel
from perturber.methods.attacks.gradient.pgd import Pgd
from perturber.nets import open_model as models
from perturber.nets.open_model import open_model
from perturber.training.measures.family_evaluation import Evaluator, Options, Supply
from perturber.training.report import transplant_run as transplant
from perturber.training.report.transplant_run import SHOWN, Ends, Grafted, attacked, measured

CPU = torch.device("cpu")
PIXELS = torch.rand(2, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ends]:
    monkeypatch.setattr(paths, "models", lambda: tmp_path / "models")
    monkeypatch.setattr(paths, "cache", lambda: tmp_path / "cache")
    family = make_family(tmp_path / "models" / "toy")
    network = open_model(FamilyModel(family="toy"), CPU)
    first, second = family.variants
    yield Ends(family=family, first=first, second=second, blocks=tuple(network.architecture.blocks))
    for cached in (models._open, models._editor, models._keep_trained):
        cached.cache_clear()


def logits(ends: Ends, count: int) -> torch.Tensor:
    answer = Grafted(ends, count, CPU).network.run(PIXELS).logits
    assert answer is not None
    return answer


def test_the_ends_are_the_variants_and_what_lies_between_is_neither(ends: Ends):
    for count, variant in ((0, "standard"), (ends.count, "adversarial")):
        assert torch.equal(
            logits(ends, count), open_model(FamilyModel(family="toy", variant=variant), CPU).run(PIXELS).logits
        )
    assert ends.count == 13
    assert [ends.upto(count) for count in (0, 1, 4, 13)] == ["none", "conv2d0", "mixed3a", "all"]
    assert not any(torch.equal(logits(ends, 4), logits(ends, count)) for count in (0, 3, 5, 13))


def test_the_first_blocks_are_the_seconds(ends: Ends):
    second = open_model(FamilyModel(family="toy", variant="adversarial"), CPU)
    network = Grafted(ends, 4, CPU).network
    kept = ("mixed3a", "mixed3b")
    one, other = (net.run(PIXELS, upto="mixed3b", keep=kept).activations for net in (network, second))
    assert torch.equal(one["mixed3a"], other["mixed3a"])
    assert not torch.equal(one["mixed3b"], other["mixed3b"])


def test_every_network_is_measured_once(ends: Ends, tmp_path: Path):
    seen: Counter[str] = Counter()

    def watch(what: str, done: int, count: int) -> None:
        if done == 0:
            seen[what] += 1

    def rows() -> list[transplant.Row]:
        supply = Supply("random", lambda: {"plain": pool()})
        evaluator = Evaluator(ends.family, supply, CPU, watch, tmp_path / "kept")
        return list(measured(ends, evaluator, Options(pictures=6, attacked=3, epsilons=(1.0,), steps=1), CPU))

    found = rows()
    assert [(row.step, row.measure) for row in found][:4] == [
        (0, "clean"),
        (0, "robust"),
        (0, "frequency"),
        (1, "clean"),
    ]
    assert len(seen) == len(found) == 14 * 3
    assert len({row.sha256 for row in found}) == 14
    seen.clear()
    assert rows() == found
    assert not seen


def test_attacks_stay_in_the_ball_and_say_what_comes_out(ends: Ends):
    picture = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
    away, examples = attacked(ends, Pgd(epsilon=2, steps=2), CPU, picture)
    assert away in {name for _, name in CLASSES}
    assert len(examples) == SHOWN
    assert (examples[0].count, examples[-1].count) == (0, 13)
    for example in examples:
        assert 0 < np.linalg.norm(example.change) <= 2.001
        assert np.allclose(example.pixels, picture / 255 + example.change, atol=1e-5)


def test_the_command_draws_lists_and_shows(ends: Ends, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(transplant, "example", lambda: np.full((SIZE, SIZE, 3), 128, np.uint8))
    monkeypatch.setattr(transplant, "STEPS", 1)
    images = tmp_path / "images"
    for number, (wnid, _) in enumerate(CLASSES):
        (images / wnid).mkdir(parents=True)
        Image.new("RGB", (SIZE, SIZE), (80 * number, 90, 120)).save(images / wnid / "one.png")
    flags = ["--images", str(images), "--epsilons", "0.5,1", "--steps", "1", "--device", "cpu"]
    with pytest.raises(SystemExit) as exit_:
        main(["report", "transplant", "toy", "-o", str(tmp_path / "out"), *flags])
    assert exit_.value.code == 0
    drawing = ET.parse(tmp_path / "out" / "toy-transplant.svg").getroot()
    lines = [e for e in drawing.findall(".//{*}path") if e.get("class") == "line" and "L" in e.get("d", "")]
    assert [e.get("d", "").count("L") for e in lines] == [13] * 4  # clean, two radii, low frequencies
    assert not [e for e in drawing.iter() if e.get("href")]
    with (tmp_path / "out" / "toy-transplant.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["up to"] for row in rows][::13] == ["none", "all"]
    assert all(0 <= float(row["attacked at 1"]) <= float(row["attacked at 0.5"]) <= float(row["clean"]) for row in rows)
    with Image.open(tmp_path / "out" / "toy-transplant.jpg") as opened:
        assert opened.width > 1000


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["nosuch"], "nosuch"),
        (["toy", "--second", "nosuch"], "variant"),
        (["toy", "--strong", "-1"], "--strong"),
        (["toy", "--epsilons", "a"], "--epsilons"),
        (["toy", "-o", f"{__file__}/out"], f"{__file__}/out"),
    ],
)
@pytest.mark.usefixtures("ends")
def test_bad_flags_are_named(flags: list[str], named: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as exit_:
        main(["report", "transplant", *flags])
    assert exit_.value.code == 2
    assert named in capsys.readouterr().err
