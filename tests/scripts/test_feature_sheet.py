"""The sheet of feature images: every image once, at its place, with what was measured on it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from perturber import paths
from perturber.core.jobs.feature_spec import FeatureSpec
from perturber.core.jobs.job import FeatureRequest
from perturber.engine.frame.feature_maker import FeatureMaker
from perturber.nets import open_model as models
from perturber.nets.families.feature_store import FeatureCache
from perturber.training.measures.gradient_frequency import low_share
from scripts.features import (
    LEFT,
    LINE,
    MARGIN,
    TILE,
    Board,
    Plan,
    Share,
    feature_sheet,
    measure,
    page,
    prepare,
    wanted,
)
from tests.training.toy import make_family

QUICK = {"steps": 1, "size": 32, "transforms": None}
SPECS = {name: FeatureSpec(parameterization=name, **QUICK) for name in ("fourier", "naive")}


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plan]:
    monkeypatch.setattr(paths, "models", lambda: tmp_path / "models")
    monkeypatch.setattr(paths, "cache", lambda: tmp_path / "cache")
    yield Plan(
        make_family(tmp_path / "models" / "toy"),
        variants=("standard", "adversarial"),
        courses=("adversarial",),
        units=(("mixed3a", 1), ("mixed3b", 0)),
        along=(("mixed3b", 0),),
        measured=(("mixed3a", 0), ("mixed3a", 1), ("mixed4a", 2)),
        specs=SPECS,
        seeds=2,
    )
    models._open.cache_clear()


@pytest.fixture
def maker(plan: Plan, tmp_path: Path) -> FeatureMaker:
    return FeatureMaker(torch.device("cpu"), torch.float32, FeatureCache(tmp_path / "images"))


def test_images_are_made_once_and_measured_as_they_are(plan: Plan, maker: FeatureMaker):
    prepare(maker, plan)
    assert not list(maker.make(wanted(plan)))
    found = measure(maker, plan)
    assert len(found) == (2 * 2 + 1) * 3  # two ways, two variants, one earlier checkpoint; two layers and both together
    first = [share for share in found if (share.variant, share.made) == ("standard", "fourier")]
    assert [(share.layer, share.units) for share in first] == [("mixed3a", 2), ("mixed4a", 1), ("all", 3)]
    values = []
    for seed in (0, 1):
        spec = SPECS["fourier"].model_copy(update={"seed": seed})
        picture = maker.get(FeatureRequest(model=plan.last("standard"), layer="mixed4a", unit=2, spec=spec))
        values.append(float(low_share(torch.from_numpy(picture.transpose(2, 0, 1)[None].astype(np.float32)))))
    assert values[0] != values[1]
    assert (first[1].value, first[1].seeds) == (pytest.approx(np.mean(values)), 2)
    assert (first[1].low, first[1].high) == pytest.approx((min(values), max(values)))
    assert first[1].deviation == pytest.approx(np.std(values, ddof=1))
    assert first[2].value == pytest.approx((2 * first[0].value + first[1].value) / 3)
    earlier = [share for share in found if share.checkpoint.step == 5]
    assert {(share.seeds, share.low == share.value == share.high) for share in earlier} == {(1, True)}
    assert all(np.isnan(share.deviation) for share in earlier)


def test_the_spread_is_between_seeds_not_between_units(plan: Plan):
    values = np.array([[0.1, 0.3], [0.7, 0.7]])
    share = Share.of(("standard", plan.found.variant("standard").checkpoints[-1], "naive", "all"), values)
    assert (share.value, share.low, share.high) == pytest.approx((0.45, 0.4, 0.5))
    assert share.deviation == pytest.approx(np.sqrt(0.02 / 2))
    assert "| naive | Standard | 2 | 2 | 45.0% | 40.0% to 50.0% | ± 10.0% |" in page([share], plan)


def test_the_sheet_shows_every_image_at_its_place(plan: Plan, maker: FeatureMaker, tmp_path: Path):
    feature_sheet(tmp_path / "sheet.jpg", maker, plan)
    with (tmp_path / "sheet.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(list((tmp_path / "sheet.md").read_text().partition("|---")[2].splitlines())) == 1 + 2 * 2
    assert {row["step"] for row in rows if row["variant"] == "adversarial"} == {"5", "40"}
    shown = np.asarray(Board(maker, plan, measure(maker, plan)).picture)
    with Image.open(tmp_path / "sheet.jpg") as opened:
        assert opened.size == shown.shape[1::-1]
    picture = maker.get(FeatureRequest(model=plan.last("standard"), layer="mixed3a", unit=1, spec=SPECS["fourier"]))
    tile = Image.fromarray(picture).resize((TILE, TILE), Image.Resampling.BICUBIC)
    top = MARGIN + 2 * LINE
    assert (shown[top : top + TILE, LEFT : LEFT + TILE] == np.asarray(tile)).all()
