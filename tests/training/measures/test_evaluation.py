"""A family is measured once; what was found is kept, and told."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from toy import CLASSES, SIZE, make_family, pool

from perturber import paths
from perturber.cli.main import main
from perturber.core.errors import InputError
from perturber.nets.families.family import Family
from perturber.training.data.rendered_pictures import RenderedSet
from perturber.training.measures.family_evaluation import Evaluator, Findings, Options, Supply, check_options
from perturber.training.measures.pools import from_folder, rendered

CPU = torch.device("cpu")
QUICK: dict[str, Any] = {"attacked": 4, "before": 0.75, "epsilons": (0.5, 2.0), "steps": 2, "pictures": 6}
KINDS = ("clean", "robust", "shape", "frequency", "background", "activations", "weights")


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> Family:
    return make_family(tmp_path_factory.mktemp("toy"))


class Run:
    """Evaluates, and remembers what was really measured."""

    def __init__(self, family: Family, folder: Path) -> None:
        self.family, self.folder = family, folder
        self.seen: Counter[str] = Counter()
        self.stop = 0

    def watch(self, what: str, done: int, count: int) -> None:
        if done == 0:
            self.seen[what] += 1
            if self.seen.total() == self.stop:
                raise KeyboardInterrupt

    def __call__(self, seed: int = 0, kinds: tuple[str, ...] = KINDS, **fields: Any) -> Findings:
        def load() -> dict[str, Any]:
            return {"plain": pool(seed=seed), "conflict": pool(seed=1, textures=True), "swapped": pool(seed=2)}

        self.seen.clear()
        evaluator = Evaluator(self.family, Supply("random", load), CPU, self.watch, self.folder)
        return evaluator.run(Options(measures=kinds, **{**QUICK, **fields}))


@pytest.fixture(scope="module")
def run(family: Family, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Run(family, tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="module")
def findings(run: Run) -> Findings:
    return run()


def test_every_checkpoint_gets_every_measure(findings: Findings):
    found = Counter((row.variant, row.checkpoint, row.measure) for row in findings.rows)
    variants = [("standard", "step10"), ("standard", "last"), ("adversarial", "step5"), ("adversarial", "last")]
    assert found == Counter((*variant, kind) for variant in variants for kind in KINDS)
    assert all(np.isfinite(value) for row in findings.rows for value in row.values.values())
    assert [row.parameters["pictures"] for row in findings.of("robust", "standard")] == [3, 4]
    assert findings.left_out == ()


def test_the_reference_agrees_with_itself_and_the_near_more_than_the_far(findings: Findings):
    for kind in ("activations", "weights"):
        rows = {(row.variant, row.checkpoint): row.values for row in findings.of(kind)}
        assert list(rows["standard", "last"].values()) == pytest.approx([1] * len(rows["standard", "last"]))
        near, far = rows["adversarial", "last"], rows["adversarial", "step5"]
        assert all(near[block] > far[block] for block in near)
        assert list(near)[:2] == ["conv2d0", "conv2d1"]
    assert "head" in findings.of("weights")[0].values


def test_what_was_measured_is_not_measured_again(run: Run, findings: Findings):
    assert run().rows == findings.rows
    assert not run.seen
    run(seed=5)
    assert len(run.seen) == 4 * 5  # other pictures: all but the conflicts and the weights
    run(epsilons=(0.5, 1.0))
    assert {what.split(": ")[1] for what in run.seen} == {"robust accuracy"}


def test_an_interrupted_run_goes_on(family: Family, tmp_path: Path):
    run = Run(family, tmp_path)
    run.stop = 4
    with pytest.raises(KeyboardInterrupt):
        run(kinds=("clean", "weights"))
    run.stop = 0
    assert len(run(kinds=("clean", "weights")).rows) == 8
    assert len(run.seen) == 5
    kept = next(tmp_path.glob("*/clean-*.json"))
    kept.write_text('{"top1"')  # cut short
    run(kinds=("clean", "weights"))
    assert len(run.seen) == 1


def test_only_the_last_checkpoints(run: Run, findings: Findings):
    rows = run(checkpoints="last", kinds=("clean",)).rows
    assert [(row.variant, row.checkpoint) for row in rows] == [("standard", "last"), ("adversarial", "last")]
    assert {row.sha256 for row in rows} <= {row.sha256 for row in findings.rows}


def test_a_few_pictures_are_balanced_and_among_more():
    whole = pool(30)
    few, more = whole.take(6), whole.take(15)
    assert sorted(few.targets) == [0, 0, 1, 1, 2, 2]
    assert (more.pixels[:6] == few.pixels).all()
    assert len(whole.take(100).targets) == 30
    assert few.digest == pool(30).take(6).digest != more.digest


def test_rendered_pictures_of_unknown_classes_are_left_out(family: Family):
    targets = np.arange(8) % 4
    pixels = np.zeros((8, 4, 4, 3), np.uint8) + targets[:, None, None, None].astype(np.uint8)
    sets = {"conflict": RenderedSet(pixels, targets, (targets + 1) % 4, np.zeros(8, np.int64))}
    wnids = ("n02123045", "n02106662", "n00000000", "n03345487")  # cat, dog, nobody, fire truck
    told: list[str] = []
    found = rendered(family, sets, wnids, told.append)["conflict"]
    assert list(found.targets) == [1, 2, 1, 2]  # the dog wears what nobody knows
    assert list(found.textures) == [0, 1, 0, 1]
    assert found.read(np.array([0, 1]))[:, 0, 0, 0].tolist() == [0, 3]
    assert "3" in told[0]
    with pytest.raises(InputError, match=r"--images.*knows 1 of"):
        rendered(family, sets, (*wnids[:1], "n0", "n1"), told.append)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder in ImageNet's layout with two known classes and a strange one."""
    rng = np.random.default_rng(0)
    for wnid in (CLASSES[0][0], CLASSES[2][0], "n99999999"):
        (tmp_path / "images" / wnid).mkdir(parents=True)
        for number in range(2):
            pixels = rng.integers(0, 256, (SIZE, SIZE + 8, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "images" / wnid / f"{number}.png")
    return tmp_path / "images"


def test_a_folder_of_pictures_takes_the_place_of_rendered_ones(family: Family, images: Path, tmp_path: Path):
    told: list[str] = []
    found = from_folder(family, images, told.append)["plain"]
    assert list(found.targets) == [0, 0, 2, 2]
    assert found.read(np.array([3])).shape == (1, 224, 224, 3)
    assert "1 of 3 folders" in told[0]
    (tmp_path / "strange" / "n1").mkdir(parents=True)
    (images / CLASSES[0][0]).rename(tmp_path / "strange" / "n2")
    with pytest.raises(InputError, match="fewer than two"):
        from_folder(family, tmp_path / "strange", told.append)


def test_the_command_prints_json_and_a_table(
    family: Family,
    images: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setattr(paths, "cache", lambda: tmp_path / "cache")
    arguments = ["evaluate", str(family.folder), "--images", str(images), "--measures", "clean,shape,weights"]
    for extra in (["--json"], []):
        with pytest.raises(SystemExit) as exit_:
            main([*arguments, "--checkpoints", "last", "--device", "cpu", *extra])
        assert exit_.value.code == 0
        out, err = capsys.readouterr()
        if extra:
            found = json.loads(out)
            assert found["left_out"] == ["shape"]
            assert {row["measure"] for row in found["results"]} == {"clean", "weights"}
            assert found["results"][0]["sha256"] == family.variants[0].checkpoints[-1].sha256
            assert "Standard @ last: clean accuracy" in err
        else:
            assert "Adversarial @ last" in out
            assert "Shape or texture: left out" in out


@pytest.mark.parametrize(
    ("fields", "flag"),
    [
        ({"measures": ("clean", "speed")}, "--measures: there is no measure 'speed'"),
        ({"epsilons": (0.5, -1.0)}, "--epsilons"),
        ({"pictures": 0}, "--pictures"),
        ({"before": 0.0}, "--before"),
    ],
)
def test_bad_flags_are_named(fields: dict[str, Any], flag: str):
    with pytest.raises(InputError, match=flag):
        check_options(**fields)
