"""Feature images as jobs: made in order, told as they come, kept once."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from perturber.core.errors import InputError
from perturber.core.jobs.feature_spec import FeatureSpec
from perturber.core.jobs.job import Answer, FeatureBatch, FeatureRequest, LiveFeatures, MakeFeatures
from perturber.core.session.edit import Edit
from perturber.core.session.models import EditedModel, FamilyModel
from perturber.core.session.session import Session
from perturber.engine.frame.feature_maker import BATCH, TELL, FeatureMaker
from perturber.engine.jobs.feature_jobs import live_features, make_features
from perturber.nets.families.feature_store import FeatureCache

SPEC = FeatureSpec(steps=2 * TELL + 1)
LAYER = "conv2d0"


@pytest.fixture
def bench(tmp_path: Path) -> Any:
    """Of a workbench only what makes feature images."""
    maker = FeatureMaker(torch.device("cpu"), torch.float32, FeatureCache(tmp_path))
    return SimpleNamespace(engine=SimpleNamespace(features=maker))


def wanted(*units: int, variant: str = "standard") -> tuple[FeatureRequest, ...]:
    return tuple(
        FeatureRequest(model=FamilyModel(variant=variant), layer=LAYER, unit=unit, spec=SPEC) for unit in units
    )


def told(answers: list[Answer]) -> list[FeatureBatch]:
    return [answer.partial for answer in answers if answer.partial is not None]


def test_images_come_step_by_step_and_are_kept(bench: Any):
    asked = wanted(7, 2, 9, 4, 1)
    answers = list(make_features(bench, Session(), MakeFeatures(wanted=asked)))
    images = told(answers)
    complete = [tuple(w.unit for w in shown.pictures) for shown in images if shown.complete]
    assert complete == [(7, 2, 9, 4), (1,)]
    assert sum(not shown.complete for shown in images) == 2 * (SPEC.steps // TELL)
    assert len(answers) >= 2 * SPEC.steps  # between any two the engine may look at its mailbox
    assert answers[-1] == Answer(5, 5, value=5)
    last = [shown for shown in images if shown.complete][-1].pictures[asked[4]]
    assert (bench.engine.features.get(asked[4]) == last).all()


def test_what_is_kept_is_not_made_again(bench: Any):
    list(make_features(bench, Session(), MakeFeatures(wanted=wanted(3))))
    again = list(make_features(bench, Session(), MakeFeatures(wanted=wanted(3))))
    assert not told(again)
    assert again[-1].finished


def test_images_of_several_networks_stay_apart(bench: Any):
    asked = (*wanted(3), *wanted(3, variant="adversarial"))
    list(make_features(bench, Session(), MakeFeatures(wanted=asked)))
    one, two = (bench.engine.features.get(w) for w in asked)
    assert (one != two).any()


def test_a_batch_leaves_room_for_frames():
    assert BATCH <= 4


def test_live_images_follow_the_edit_and_are_kept_nowhere(bench: Any, tmp_path: Path):
    base = FamilyModel()
    silent = EditedModel(first=base, second=base, edit=Edit().scaled(LAYER, 3, -1.0))
    asked = tuple(FeatureRequest(model=silent, layer=LAYER, unit=unit, spec=SPEC) for unit in (3, 5))
    answers = list(live_features(bench, Session(), LiveFeatures(wanted=asked)))
    assert answers[-1].finished
    assert answers[-1].value.complete
    pictures = answers[-1].value.pictures
    assert not list(tmp_path.rglob("*.pfi"))
    plain = [bench.engine.features.get(w) for w in wanted(3, 5)]
    inverted, same = (np.abs(pictures[w].astype(int) - p).mean() for w, p in zip(asked, plain, strict=True))
    assert inverted > 20
    assert same < 8  # but for what keeping an image costs


def test_live_images_are_of_one_layer(bench: Any):
    other = FeatureRequest(model=FamilyModel(), layer="conv2d1", unit=0, spec=SPEC)
    with pytest.raises(InputError, match="one model and layer"):
        list(live_features(bench, Session(), LiveFeatures(wanted=(*wanted(1), other))))


@pytest.mark.parametrize(("layer", "unit", "said"), [("nowhere", 0, "no layer"), (LAYER, 99, "no unit 99")])
def test_what_the_network_lacks_is_named(bench: Any, layer: str, unit: int, said: str):
    asked = FeatureRequest(model=FamilyModel(), layer=layer, unit=unit, spec=SPEC)
    with pytest.raises(InputError, match=said):
        list(make_features(bench, Session(), MakeFeatures(wanted=(asked,))))
