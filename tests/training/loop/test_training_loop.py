"""Training: learns, is deterministic, goes on after a kill to the very bit, keeps the checkpoints asked for."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from perturber.core.errors import InputError
from perturber.methods.attacks.gradient.pgd import Pgd
from perturber.nets.architectures.architecture import create
from perturber.training.data.rendered_pictures import RenderedSet
from perturber.training.data.sources import Rendered
from perturber.training.loop.board import LOG, read_log
from perturber.training.loop.recipes.adversarial import Adversarial
from perturber.training.loop.recipes.base_recipe import AnyRecipe
from perturber.training.loop.recipes.consistent import Consistent
from perturber.training.loop.recipes.standard import Standard
from perturber.training.loop.schedule import Schedule
from perturber.training.loop.training_loop import STATE, Training, TrainingPlan, file_of, milestones, small

SCHEDULE = Schedule(epochs_small=2, epochs_full=1, small=32, full=64, batch=8, rate=0.01)


def colored(count: int = 48) -> RenderedSet:
    """Two classes that color tells apart: reddish and bluish pictures."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 80, (count, 64, 64, 3), np.uint8)
    targets = np.arange(count) % 2
    for number, target in enumerate(targets):
        pixels[number, ..., 2 * target] += 120
    return RenderedSet(pixels, targets, targets, np.full(count, -1))


def train(folder: Path, recipe: AnyRecipe | None = None, schedule: Schedule = SCHEDULE, **plan: int) -> Training:
    torch.manual_seed(0)
    module = create("inception_v1", 2, width=0.0625, norm="batch")
    training = Training(module, Rendered([colored()]), TrainingPlan(recipe or Standard(), schedule, **plan), folder)
    training.run()
    return training


def last(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(max(folder.glob("step-*.safetensors")))


@pytest.mark.slow
def test_it_is_deterministic(tmp_path: Path):
    for name in ("a", "b"):
        train(tmp_path / name)
    assert (tmp_path / "a" / LOG).read_bytes() == (tmp_path / "b" / LOG).read_bytes()
    one, two = last(tmp_path / "a"), last(tmp_path / "b")
    assert all(torch.equal(one[key], two[key]) for key in one)


ATTACK = Pgd(epsilon=2.0, steps=2, random_start=True)


@pytest.mark.slow
@pytest.mark.parametrize("recipe", [Standard(), Adversarial(attack=ATTACK), Consistent(attack=ATTACK)])
def test_every_recipe_learns(tmp_path: Path, recipe: AnyRecipe):
    """From ten other first weights: at least 87 % right where chance is 50 %, and at most 0.42 times the loss."""
    train(tmp_path, recipe, SCHEDULE.model_copy(update={"epochs_small": 5.0}))
    rows = read_log(tmp_path / LOG)
    assert float(rows[-1]["accuracy"]) > 0.7
    assert float(rows[-1]["loss"]) < 0.7 * float(rows[0]["loss"])


SCRIPT = """
    import os, sys
    from pathlib import Path
    import torch
    torch.set_num_threads(1)
    sys.path.insert(0, {here!r})
    from test_training_loop import train, Adversarial, ATTACK, STATE
    from perturber.training.loop import board
    tell, folder, after = board.Board.advance, Path({folder!r}), []
    def die(self, steps=1):
        tell(self, steps)
        after.extend([0] * (folder / STATE).exists())
        if len(after) == 2:
            os._exit(9)
    board.Board.advance = die
    train(folder, Adversarial(attack=ATTACK), save_every=4)
"""


@pytest.fixture
def _one_thread() -> Iterator[None]:
    """Sums over several threads may be added in another order."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.slow
@pytest.mark.usefixtures("_one_thread")
def test_a_killed_training_goes_on_to_the_very_bit(tmp_path: Path):
    """The killed one dies without a word, two steps after its state was saved for the first time."""
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    train(whole, Adversarial(attack=ATTACK), save_every=4)
    script = textwrap.dedent(SCRIPT.format(here=str(Path(__file__).parent), folder=str(cut)))
    killed = subprocess.run([sys.executable, "-c", script], env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False)
    assert killed.returncode == 9
    assert (cut / STATE).exists()
    assert len(list(cut.glob("step-*"))) < len(list(whole.glob("step-*")))
    train(cut, Adversarial(attack=ATTACK), save_every=4)
    one, two = last(whole), last(cut)
    assert all(torch.equal(one[key], two[key]) for key in one)
    assert (whole / LOG).read_text().splitlines()[-1] == (cut / LOG).read_text().splitlines()[-1]


def test_a_state_of_another_training_is_refused(tmp_path: Path):
    train(tmp_path)
    with pytest.raises(InputError, match="another training"):
        train(tmp_path, Adversarial(attack=ATTACK))
    (tmp_path / STATE).write_bytes(b"damaged")
    with pytest.raises(InputError, match="cannot be read"):
        train(tmp_path)


def test_checkpoints_stand_closer_at_the_beginning(tmp_path: Path):
    training = train(tmp_path, checkpoints=4)
    assert training.checkpoints == milestones(18, 4)
    assert {file.name for file in tmp_path.glob("step-*")} == {file_of(step) for step in training.checkpoints}
    steps = milestones(1000, 6)
    assert (steps[0], steps[-1], len(steps)) == (10, 1000, 6)
    assert np.all(np.diff(np.diff(steps)) > 0)


def test_impossible_plans_are_refused(tmp_path: Path):
    with pytest.raises(InputError, match="batch"):
        train(tmp_path, schedule=SCHEDULE.model_copy(update={"batch": 100}))
    with pytest.raises(InputError, match="no training steps"):
        train(tmp_path, schedule=SCHEDULE.model_copy(update={"epochs_small": 0.0, "epochs_full": 0.0}))


def test_running_statistics_stay_exact():
    assert small("a.running_var", torch.tensor([1e6])).dtype == torch.float32
    assert small("a.weight", torch.ones(2)).dtype == torch.float16
    assert small("a.num_batches_tracked", torch.tensor(3)).dtype == torch.int64
