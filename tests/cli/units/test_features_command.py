"""`perturber features` and `perturber visualize`: filled ahead, resumed, shared out, packed; mistakes are named."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from perturber import paths
from perturber.cli.main import BAD_INPUT, main
from perturber.cli.units import features_command as featurecommand
from perturber.core.jobs.feature_spec import NAIVE, Feature, FeatureSpec
from perturber.core.jobs.job import FeatureRequest
from perturber.core.session.models import FamilyModel
from perturber.engine.frame.feature_maker import FeatureMaker
from perturber.methods.features import Visualization
from perturber.nets.families.family import family
from perturber.nets.families.feature_store import FOLDER, Atlas, FeatureCache, atlas_file

QUICK = FeatureSpec(parameterization="naive", steps=3)
"""Not what is shown, so that nothing that ships is found."""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FeatureCache:
    """An empty cache, and images that are quickly made."""
    monkeypatch.setattr(paths, "cache", lambda: tmp_path)
    monkeypatch.setattr(featurecommand, "SPECS", {"naive": (QUICK,)})
    return FeatureCache(tmp_path / FOLDER)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for every step of the optimizer."""
    taken: list[int] = []
    original = Visualization.step

    def counted(self: Visualization) -> None:
        taken.append(len(self.objectives))
        original(self)

    monkeypatch.setattr(Visualization, "step", counted)
    return taken


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(list(arguments))
    return int(caught.value.code or 0)


def features(*arguments: str) -> int:
    asked = ("--variants", "standard", "--layers", "conv2d0", "--units", "0,1,2,3,4", "--batch", "2")
    return run("features", "studio", *asked, "--parameterization", "naive", *arguments)


def kept(cache: FeatureCache) -> set[int]:
    network = family("studio").variant("standard").checkpoints[-1].sha256
    return {unit for unit in range(32) if Feature(network, "conv2d0", unit, QUICK) in cache}


def test_parts_make_everything_once(cache: FeatureCache, steps: list[int]):
    assert features("--shard", "1/2") == 0
    assert kept(cache) == {0, 1, 4}
    assert features("--shard", "2/2") == 0
    assert kept(cache) == {0, 1, 2, 3, 4}
    assert sum(steps) == 5 * QUICK.steps
    assert features() == 0
    assert sum(steps) == 5 * QUICK.steps


def test_what_was_made_is_packed_for_the_family(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: FeatureCache):
    monkeypatch.setattr(featurecommand, "atlas_file", lambda found, checkpoint: tmp_path / checkpoint.file)
    assert features("--ship") == 0
    checkpoint = family("studio").variant("standard").checkpoints[-1]
    atlas = Atlas(tmp_path / checkpoint.file, checkpoint.sha256)
    assert len(atlas) == 5
    feature = Feature(checkpoint.sha256, "conv2d0", 3, QUICK)
    assert atlas.data(feature) == cache.data(feature)


def test_an_image_made_alone_is_the_one_made_in_a_batch(cache: FeatureCache):
    assert features() == 0
    network = family("studio").variant("standard").checkpoints[-1].sha256
    together = cache.data(Feature(network, "conv2d0", 4, QUICK))
    assert features("--units", "4", "--batch", "1") == 0
    import torch

    maker = FeatureMaker(torch.device("cpu"), torch.float32, FeatureCache(cache.folder.parent / "other"))
    alone = maker.get(FeatureRequest(model=FamilyModel(), layer="conv2d0", unit=4, spec=QUICK))
    assert alone.shape[0] == alone.shape[1] == 32
    from perturber.nets.families.feature_store import decode

    assert together is not None
    there = decode(together)
    assert there is not None
    assert np.abs(there.astype(int) - alone).max() <= 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--shard", "3/2"), "--shard"),
        (("--batch", "0"), "--batch"),
        (("--model", "squeezenet1_0", "--ship"), "--ship"),
        (("--units", "4000"), "conv2d0 has no unit 4000"),
        (("--units", "many"), "names no units"),
        (("--layers", "nowhere"), "no layer 'nowhere'"),
        (("--variants", "nobody"), "no variant 'nobody'"),
        (("--checkpoints", "s7"), "--checkpoints"),
    ],
)
def test_mistakes_are_named(arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]):
    assert features(*arguments) == BAD_INPUT
    assert said in capsys.readouterr().err


def test_every_shipped_atlas_belongs_to_its_checkpoint():
    found = family("studio")
    files = set()
    for variant in found.variants:
        for checkpoint in variant.checkpoints:
            file = atlas_file(found, checkpoint)
            files.add(file)
            atlas = Atlas(file, checkpoint.sha256)
            assert not atlas.problem
    assert set((found.folder / FOLDER).glob("*")) <= files
    last = found.variant("standard").checkpoints[-1]
    atlas = Atlas(atlas_file(found, last), last.sha256)
    assert all(Feature(last.sha256, "mixed4a", unit) in atlas for unit in range(8))
    assert all(Feature(last.sha256, "mixed4a", unit, NAIVE) in atlas for unit in range(8))


def test_a_sum_of_objectives_is_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "made.png"
    terms = ("unit:conv2d1:3", "-0.5*channel:conv2d1:4", "diversity:conv2d1:2", "0.001*l2")
    assert run("visualize", "--steps", "4", "--size", "32", "-o", str(file), "--json", "--", *terms) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["values"]) == 2
    with Image.open(file) as opened:
        assert opened.size == (32 + 4 + 32, 32)


def test_a_class_by_its_wordnet_id_from_a_picture(tmp_path: Path):
    start = tmp_path / "start.png"
    Image.new("RGB", (50, 40), (200, 30, 30)).save(start)
    file = tmp_path / "made.png"
    asked = ("class_logit:n02106662", "--start", str(start), "--steps", "0", "--size", "32", "-o", str(file))
    assert run("visualize", *asked) == 0
    assert np.abs(np.asarray(Image.open(file)).astype(int).mean((0, 1)) - (200, 30, 30)).max() <= 2


@pytest.mark.parametrize("term", ["nothing", "unit:conv2d1:4000", "unit:conv2d1:x", "unit:nowhere:1", "l2:1:2"])
def test_a_term_that_means_nothing_is_named(term: str, capsys: pytest.CaptureFixture[str]):
    assert run("visualize", term, "--steps", "1") == BAD_INPUT
    assert term in capsys.readouterr().err
