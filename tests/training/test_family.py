"""A whole family in miniature: rendered, trained, written, opened; and the one that ships."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from perturber import paths
from perturber.core.models import FamilyModel
from perturber.nets.families import read_family
from perturber.nets.models import open_model
from perturber.nets.weights import check_sha256
from perturber.training.family import make_family, small
from perturber.training.loop import accuracy, batches, train
from perturber.training.pictures import PictureFile, render_pictures
from perturber.training.recipe import FamilyPlan, Pictures, Recipe, Variant
from perturber.training.sample import classes

TINY = Recipe(epochs_small=1, epochs_full=1, small=64, full=64, batch=8)


def coloured(count: int = 48) -> PictureFile:
    """Two classes a linear layer can tell apart: reddish and bluish pictures."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 80, (count, 224, 224, 3), np.uint8)
    targets = np.arange(count) % 2
    for number, target in enumerate(targets):
        pixels[number, ..., 2 * target] += 120
    return PictureFile(pixels, targets)


def linear() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2))


def test_training_learns_and_is_deterministic(tmp_path: Path):
    recipe = TINY.model_copy(update={"epochs_small": 6, "rate": 0.3})
    trained = []
    for name in ("a", "b"):
        module = linear()
        train(module, coloured(), recipe, tmp_path / f"{name}.pt", lambda line: None)
        trained.append(module)
    assert accuracy(trained[0], coloured(), 64).top1 == 1.0
    for one, two in zip(trained[0].parameters(), trained[1].parameters(), strict=True):
        torch.testing.assert_close(one, two, rtol=0, atol=0)


def test_interrupted_training_goes_on_where_it_stopped(tmp_path: Path):
    recipe = TINY.model_copy(update={"epochs_small": 3})

    class KilledError(Exception):
        pass

    def stop(line: str) -> None:
        if line.startswith("epoch 2"):
            raise KilledError

    whole, resumed = linear(), linear()
    train(whole, coloured(), recipe, tmp_path / "whole.pt", lambda line: None)
    with pytest.raises(KilledError):
        train(resumed, coloured(), recipe, tmp_path / "cut.pt", stop)
    fresh = linear()
    lines: list[str] = []
    train(fresh, coloured(), recipe, tmp_path / "cut.pt", lines.append)
    assert [line[:7] for line in lines] == ["epoch 3", "epoch 4"]
    for one, two in zip(whole.parameters(), fresh.parameters(), strict=True):
        torch.testing.assert_close(one, two, rtol=0, atol=0)


def test_batches_visit_each_picture_once_in_an_order_of_the_seed():
    seen = np.concatenate(list(batches(50, 8, (1, 0))))
    assert len(seen) == len(set(seen)) == 48
    assert not np.array_equal(seen, np.concatenate(list(batches(50, 8, (1, 1)))))


def test_rendering_resumes(tmp_path: Path):
    pictures = Pictures(count=6, strength="plain", seed=3)
    rendered: list[int] = []

    def render(session: object) -> np.ndarray:
        rendered.append(1)
        if len(rendered) == 4:
            raise KeyboardInterrupt
        return np.full((224, 224, 3), len(rendered), np.uint8)

    with pytest.raises(KeyboardInterrupt):
        render_pictures(pictures, tmp_path, render, lambda line: None)
    done = render_pictures(pictures, tmp_path, render, lambda line: None)
    again = render_pictures(pictures, tmp_path, lambda session: pytest.fail("rendered again"), lambda line: None)
    assert (done.pixels == again.pixels).all()
    assert list(done.targets) == [i % len(classes()) for i in range(6)]


def test_running_statistics_stay_exact():
    assert small("a.running_var", torch.tensor([1e6])).dtype == torch.float32
    assert small("a.weight", torch.ones(2)).dtype == torch.float16
    assert small("a.num_batches_tracked", torch.tensor(3)).dtype == torch.int64


def test_a_family_in_miniature(tmp_path: Path):
    pictures = Pictures(count=16, strength="strong", seed=1)
    variants = (
        Variant(name="one", label="One", pictures=pictures, recipe=TINY),
        Variant(name="two", label="Two", pictures=pictures, recipe=TINY.model_copy(update={"start": "one"})),
    )
    plan = FamilyPlan(name="tiny", label="Tiny", width=0.25, variants=variants, tests=(pictures,))
    lines: list[str] = []
    make_family(plan, tmp_path / "work", tmp_path / "tiny", lines.append)
    family = read_family(tmp_path / "tiny" / "family.toml")
    assert [v.name for v in family.variants] == ["one", "two"]
    assert family.classes[0][0].startswith("n")
    for variant in family.variants:
        last = variant.checkpoint("")
        check_sha256(tmp_path / "tiny" / last.file, last.sha256)
        assert set(last.accuracy) == {"strong"}
    assert any("epoch" in line for line in lines)


def test_the_family_that_ships_opens_and_states_its_accuracy():
    family = read_family(paths.models() / "studio" / "family.toml")
    assert {v.name for v in family.variants} == {"standard", "robust"}
    for variant in family.variants:
        assert set(variant.checkpoint("").accuracy) == {"plain", "strong"}
        network = open_model(FamilyModel(variant=variant.name), torch.device("cpu"), torch.float32)
        assert network.labels.wnids == tuple(kind.wnid for kind in classes())
    plain = {v.name: v.checkpoint("").accuracy for v in family.variants}
    assert plain["standard"]["plain"] > 0.9
    assert plain["robust"]["strong"] > plain["standard"]["strong"]
