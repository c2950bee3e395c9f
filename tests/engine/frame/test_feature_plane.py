"""The plane with a feature image: what the engine puts on it, and how far a unit follows it when it is turned."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from perturber.core.errors import InputError
from perturber.core.jobs.feature_spec import shown_spec
from perturber.core.jobs.job import FeatureRequest
from perturber.core.parameters.parameter import replace_all
from perturber.core.session.models import FamilyModel
from perturber.core.session.scene import Photo
from perturber.core.session.session import Session
from perturber.core.storage.files import FileRef
from perturber.engine.frame.engine import Engine
from perturber.engine.frame.feature_maker import FeatureMaker
from perturber.engine.frame.plane_picture import plane_wanted
from perturber.nets.families.feature_store import FeatureCache, FeatureStore

FRONT = {"scene.plane.enabled": True, "scene.camera.yaw": 0.0, "scene.camera.pitch": 0.0}
QUIET = {f"models.{slot}.{what}": False for slot in ("slot1", "slot2") for what in ("predictions", "activations")}
UNITS = (12, 100, 222)
STEPS = 24


@pytest.fixture
def plane(engine: Engine, tmp_path: Path) -> Iterator[Engine]:
    """The engine with no feature images, neither shipped nor kept, and nothing remembered."""
    cache = FeatureCache(tmp_path / "kept")
    engine.features = FeatureMaker(engine.observer.device, engine.observer.dtype, cache)
    engine.features.store = FeatureStore({}, cache)
    for stage in (engine.plane, engine.raster, engine.post):
        stage.clear()
    yield engine
    del engine.features


def changed(**changes: Any) -> Session:
    return replace_all(Session(), {**FRONT, **{path.replace("__", "."): value for path, value in changes.items()}})


def keep_quick_ones(features: FeatureMaker, wanted: list[FeatureRequest]) -> None:
    """Put images of fewer steps in the place of those that do not ship."""
    missing = [w for w in wanted if features.feature(w) not in features.store]
    if missing:
        model, layer, spec = missing[0].model, missing[0].layer, missing[0].spec
        made = features.start((model, layer, spec.model_copy(update={"steps": STEPS})), [w.unit for w in missing])
        for _ in range(STEPS):
            made.step()
        for one, picture in zip(missing, made.pictures(), strict=True):
            features.store.keep(features.feature(one), picture)


def keep_noise(features: FeatureMaker, session: Session, side: int) -> np.ndarray:
    """Put a smooth picture in the place of the session's, which then need not be made."""
    wanted = plane_wanted(session)
    assert wanted is not None
    rng = np.random.default_rng(wanted.unit)
    noise = Image.fromarray(rng.integers(0, 255, (4, 4, 3), np.uint8)).resize((side, side), Image.Resampling.BICUBIC)
    return features.store.keep(features.feature(wanted), np.asarray(noise))


def test_turning_the_plane_by_60_degrees_lowers_the_units_activation(plane: Engine):
    """As in Figure 5.10 of Sietzen (2022), on the embedded family; by yaw and by roll alike."""
    model, features = Session().models.slot1.model, plane.features
    features.store = FeatureStore(features.families, features.store.cache)  # the images that ship
    wanted = [FeatureRequest(model=model, layer="mixed4a", unit=unit, spec=shown_spec(False)) for unit in UNITS]
    keep_quick_ones(plane.features, wanted)

    def activation(unit: int, **turned: float) -> float:
        shown = {"models.slot1.activations": True, "probe.units": (unit,), "probe.count": 1, "scene.plane.unit": unit}
        angles = {f"scene.camera.{name}": angle for name, angle in turned.items()}
        maps = plane.evaluate(replace_all(Session(), {**FRONT, **QUIET, **shown, **angles}), strict=True).slots[0].maps
        assert maps is not None
        assert maps.layer == "mixed4a"
        assert maps.units == (unit,)
        return float(maps.values.max())

    for unit in UNITS:
        front = activation(unit)
        object_alone = activation(unit, yaw=90.0)  # edge-on, the plane is not to be seen
        assert front > 1.5 * object_alone
        assert activation(unit, yaw=60.0) < 0.85 * front
        assert activation(unit, roll=60.0) < 0.7 * front


def test_the_picture_is_the_one_that_is_kept_unscaled(plane: Engine):
    session = changed(scene__plane__unit=13)
    kept = keep_noise(plane.features, session, 96)
    assert np.abs(plane.render(session)[64:160, 64:160].astype(int) - kept).mean() < 1


def test_equal_sessions_give_equal_pixels_whether_made_or_found(plane: Engine):
    session = changed(scene__plane__layer="conv2d1", scene__plane__unit=3)
    made = plane.render(session)
    for stage in (plane.plane, plane.raster, plane.post):
        stage.clear()
    np.testing.assert_array_equal(plane.render(session), made)
    assert (plane.render(changed(scene__plane__layer="conv2d1", scene__plane__unit=4)) != made).any()


def test_only_what_the_picture_depends_on_draws_it_anew(plane: Engine):
    base = {"scene.plane.layer": "conv2d1", "scene.plane.unit": 3}
    session = replace_all(changed(), base)
    runs = []
    for changes in (
        {},
        {"models.slot2.model": FamilyModel(variant="stylized")},
        {"models.edited.enabled": True},
        {"probe.naive": True, "probe.units": (7,)},
        {"scene.surface.lighting": 0.5, "scene.morph.overall": 1.0},
        {"scene.camera.yaw": 20.0},
        {"scene.plane.slot": "slot2"},
        {"scene.plane.slot": "slot2", "models.slot2.model": FamilyModel(variant="stylized")},
        {"scene.plane.naive": True},
    ):
        now = replace_all(session, changes)
        keep_noise(plane.features, now, 32)
        plane.render(now)
        runs.append((plane.plane.runs, plane.raster.runs))
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(runs)]
    assert steps == [(0, 0)] * 4 + [(0, 1), (1, 1), (1, 1), (1, 1)]


def test_switched_off_it_decides_nothing(plane: Engine):
    plane.render(Session())
    before = plane.raster.runs, plane.post.runs
    plane.render(replace_all(Session(), {"scene.plane.unit": 5, "scene.plane.slot": "slot2", "scene.plane.layer": "x"}))
    assert (plane.raster.runs, plane.post.runs) == before


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"scene__plane__unit": 256}, "scene.plane.unit", "0 to 255"),
        ({"scene__plane__layer": "nosuch"}, "scene.plane.layer", "mixed4a"),
    ],
)
def test_what_the_network_does_not_have_is_refused_by_name(
    plane: Engine, changes: dict[str, Any], field: str, expected: str
):
    before = plane.render(Session())
    with pytest.raises(InputError) as caught:
        plane.render(changed(**changes))
    assert caught.value.source == field
    assert expected in (caught.value.expected or "")
    np.testing.assert_array_equal(plane.render(Session()), before)


def test_a_photo_wins_and_asks_for_no_feature_image(plane: Engine, tmp_path: Path):
    Image.new("RGB", (9, 9), (10, 20, 30)).save(tmp_path / "p.png")
    session = changed(scene__photo=Photo(file=FileRef.of(tmp_path / "p.png")), scene__plane__unit=9999)
    assert (plane.render(session) == (10, 20, 30)).all()


def test_the_mask_covers_the_plane(plane: Engine):
    session = changed()
    keep_noise(plane.features, session, 32)
    assert plane.mask(session).sum() / 255 == pytest.approx(32 * 32, rel=0.02)
