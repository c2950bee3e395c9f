"""``perturber train`` and ``finetune``: any recipe, any architecture, any folder, one process or several."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from perturber.cli.training.finetune_command import FinetuneOptions
from perturber.cli.training.train_command import TrainOptions, recipe_of, schedule_of, train
from perturber.core.errors import InputError
from perturber.core.parameters.plugin import kinds
from perturber.core.session.models import FamilyModel
from perturber.nets.lookup.labels import named_in
from perturber.nets.open_model import weights_of
from perturber.training.loop.board import LOG, read_log
from perturber.training.loop.recipes.adversarial import Adversarial
from perturber.training.loop.recipes.base_recipe import Recipe

CPU = torch.device("cpu")
SMALL = {
    "epochs_small": 2.0,
    "epochs_full": 1.0,
    "small": 32,
    "full": 64,
    "batch": 8,
    "width": 0.0625,
    "checkpoints": 2,
}


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes of reddish and bluish pictures, in ImageNet's layout."""
    root, rng = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    for number, name in enumerate(("n01", "n02")):
        (root / name).mkdir()
        for index in range(12):
            pixels = rng.integers(0, 90, (70, 80, 3), np.uint8)
            pixels[..., 2 * number] += 120
            Image.fromarray(pixels).save(root / name / f"{index}.png")
    return root


def test_a_folder_is_trained_on_and_tuned_further(images: Path, tmp_path: Path):
    file = train(TrainOptions(out=tmp_path / "a", data=str(images), **SMALL), CPU)  # type: ignore[arg-type]
    assert file.is_file()
    tuned = FinetuneOptions(out=tmp_path / "b", data=str(images), start=str(file), recipe="consistent", **SMALL)  # type: ignore[arg-type]
    before, after = load_file(file), load_file(train(tuned, CPU))
    near = [
        torch.corrcoef(torch.stack([before[k].flatten(), after[k].flatten()]).float())[0, 1]
        for k in before
        if "conv2d2.w" in k
    ]
    assert min(near) > 0.5, "fine-tuning did not start from the weights given"
    assert any(not torch.equal(before[key], after[key]) for key in before)
    assert any((tmp_path / "a" / "events").iterdir()), "no TensorBoard events"


def test_another_architecture_is_trained(images: Path, tmp_path: Path):
    options = TrainOptions(
        out=tmp_path, data=str(images), architecture="squeezenet1_1", **{**SMALL, "epochs_small": 0.5}
    )  # type: ignore[arg-type]
    assert load_file(train(options, CPU))["classifier.1.weight"].shape[0] == 2


def test_options_become_recipe_and_schedule(tmp_path: Path):
    options = TrainOptions(out=tmp_path, recipe="adversarial", norm="linf", epsilon=0.03, steps=4, rate=0.5, seed=9)
    recipe, schedule = recipe_of(options), schedule_of(options)
    assert isinstance(recipe, Adversarial)
    assert (recipe.attack.norm, recipe.attack.epsilon, recipe.attack.steps) == ("linf", 0.03, 4)
    assert (schedule.rate, schedule.seed) == (0.5, 9)
    assert set(kinds(Recipe)) == {"standard", "stylized", "adversarial", "consistent"}


def test_other_classes_get_a_fresh_head_and_their_names(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    options = FinetuneOptions(out=tmp_path, data=str(images), start="studio/standard", rate=1e-9, **SMALL)  # type: ignore[arg-type]
    file = train(options, CPU)
    assert (
        "the weights know 18 classes, the pictures show 2: the head is replaced (softmax2." in capsys.readouterr().err
    )
    trained, start = load_file(file), weights_of(FamilyModel()).bare().state_dict()
    assert trained["softmax2.weight"].shape[0] == 2
    kept = [key for key in start if key.endswith("weight") and not key.startswith("softmax2")]
    assert all(torch.allclose(trained[key].float(), start[key].float(), atol=2e-3) for key in kept)
    labels = named_in(file, 2)
    assert labels is not None
    assert labels.names == ("n01", "n02")


def test_starts_that_do_not_fit_are_refused(images: Path, tmp_path: Path):
    for start, message in (
        ("nowhere", "neither a file"),
        ("studio/nobody", "no variant"),
    ):
        options = FinetuneOptions(out=tmp_path, data=str(images), start=start, **SMALL)  # type: ignore[arg-type]
        with pytest.raises(InputError, match=message):
            train(options, CPU)


@pytest.mark.slow
def test_two_processes_train_together(images: Path, tmp_path: Path):
    flags = [part for name, value in SMALL.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        "2",
        "-m",
        "perturber",
    ]
    done = subprocess.run(
        [*command, "train", "--out", str(tmp_path), "--data", str(images), "--device", "cpu", *flags],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert read_log(tmp_path / LOG)[-1]["step"] == "9"
    assert len(list(tmp_path.glob("step-*.safetensors"))) == 2
