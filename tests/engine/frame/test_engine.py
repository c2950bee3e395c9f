"""One session, one answer; and nothing computed that did not change."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import replace, replace_all, walk
from perturber.core.session.models import ArchitectureModel
from perturber.core.session.scene import Photo
from perturber.core.session.session import Session, dumps, loads
from perturber.core.storage.files import FileRef
from perturber.engine.frame.engine import Engine

OFF = {"models.slot1.predictions": False, "models.slot2.predictions": False}


@dataclass(frozen=True)
class Work:
    """What an evaluation computed anew."""

    rasters: int
    posts: int
    blocks: dict[str, int]


def work(engine: Engine, session: Session) -> Work:
    engine.observer.blocks_run.clear()
    rasters, posts = engine.raster.runs, engine.post.runs
    engine.evaluate(session, strict=True)
    return Work(engine.raster.runs - rasters, engine.post.runs - posts, dict(engine.observer.blocks_run))


@pytest.fixture
def warm(engine: Engine) -> Session:
    session = Session(seed=1)
    engine.evaluate(session, strict=True)
    return session


def test_evaluation_is_whole_and_consistent(engine: Engine, warm: Session):
    evaluation = engine.evaluate(warm, strict=True)
    assert evaluation.session == warm
    assert evaluation.pixels.shape == (224, 224, 3)
    assert evaluation.pixels.dtype == np.uint8
    assert [s.slot for s in evaluation.slots] == ["slot1", "slot2"]
    for slot in evaluation.slots:
        assert slot.maps is not None
        assert slot.maps.layer == "mixed4a"
        assert slot.maps.values.shape[0] == 4
        assert np.isfinite(slot.maps.values).all()
        assert slot.maps.sigma > 0
        assert len(slot.top) == 5
        assert all(a.logit >= b.logit for a, b in zip(slot.top, slot.top[1:], strict=False))
        assert 0 < sum(p.probability for p in slot.top) <= 1 + 1e-5


def test_equal_session_computes_nothing(engine: Engine, warm: Session):
    assert work(engine, loads(dumps(warm))) == Work(0, 0, {})


def test_hue_drag_rasterizes_nothing(engine: Engine, warm: Session):
    for step in range(1, 5):
        done = work(engine, replace(warm, "post.color.hue", step / 10))
        assert (done.rasters, done.posts) == (0, 1)


def test_switching_the_shown_layer_renders_nothing(engine: Engine, warm: Session):
    for layer in ("conv2d0", "mixed5b", "mixed3a"):
        done = work(engine, replace(warm, "probe.layer", layer))
        assert (done.rasters, done.posts) == (0, 0)


def test_units_and_normalization_compute_nothing(engine: Engine, warm: Session):
    changes = {"probe.count": 8, "probe.normalization": 1.0, "probe.units": (5, 9)}
    assert work(engine, replace_all(warm, changes)) == Work(0, 0, {})


def test_predictions_off_runs_no_block_behind_the_shown_layer(engine: Engine, warm: Session):
    session = replace_all(warm, {**OFF, "probe.layer": "mixed3b", "scene.camera.yaw": 3.0})
    done = work(engine, session)
    assert done.rasters == 1
    assert set(done.blocks) == {"conv2d0", "conv2d1", "conv2d2", "mixed3a", "mixed3b"}
    assert set(done.blocks.values()) == {2}
    deeper = work(engine, replace(session, "probe.layer", "mixed4a"))
    assert "mixed4a" in deeper.blocks
    assert "mixed4b" not in deeper.blocks


def test_nothing_shown_runs_no_network(engine: Engine, warm: Session):
    hidden = {f"models.slot{n}.activations": False for n in (1, 2)}
    assert work(engine, replace_all(warm, {**OFF, **hidden, "seed": 99, "post.patches.k": 2})).blocks == {}


def test_the_same_model_in_both_slots_runs_once(engine: Engine, warm: Session):
    session = replace_all(warm, {"models.slot2.model": warm.models.slot1.model, "scene.camera.yaw": 11.0})
    assert set(work(engine, session).blocks.values()) == {1}


def test_with_a_photo_nothing_of_the_scene_matters(engine: Engine, warm: Session, tmp_path: Path):
    from PIL import Image

    file = tmp_path / "p.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)).save(file)
    session = replace(warm, "scene.photo", Photo(file=FileRef.of(file)))
    engine.evaluate(session, strict=True)
    assert work(engine, replace(session, "scene.camera.yaw", 40.0)) == Work(0, 0, {})


@pytest.mark.parametrize("parameter", [p for p in walk(Session) if p.low is not None], ids=lambda p: p.path)
def test_both_extremes_of_every_parameter_give_finite_answers(engine: Engine, warm: Session, parameter):
    for value in (parameter.low, parameter.high):
        evaluation = engine.evaluate(replace(warm, parameter.path, parameter.default.__class__(value)), strict=True)
        for slot in evaluation.slots:
            assert all(np.isfinite(p.logit) for p in slot.top)


def test_a_model_that_cannot_be_opened_spoils_its_own_slot_only(engine: Engine, warm: Session, tmp_path: Path):
    text = tmp_path / "weights.pth"
    text.write_text("these are no weights")
    session = replace(warm, "models.slot1.model", ArchitectureModel(name="alexnet", weights=FileRef.of(text)))
    with pytest.raises(InputError, match=r"weights\.pth"):
        engine.evaluate(session, strict=True)
    for strict in (False, True):  # known to be broken, it does not stand in the way of other proposals
        slots = engine.evaluate(session, strict=strict).slots
        assert "weights.pth" in slots[0].problem
        assert slots[1].top


def test_a_failed_scene_does_not_spoil_the_remembered_picture(engine: Engine, warm: Session):
    before = engine.evaluate(warm, strict=True).pixels
    with pytest.raises(InputError, match="nosuch"):
        engine.evaluate(replace(warm, "scene.background.name", "nosuch"), strict=True)
    np.testing.assert_array_equal(engine.evaluate(warm, strict=True).pixels, before)


def test_a_layer_nobody_has_is_replaced_by_one_at_the_same_depth(engine: Engine, warm: Session):
    session = replace_all(warm, {"probe.layer": "nosuch"})
    maps = engine.evaluate(session, strict=True).slots[0].maps
    assert maps is not None
    assert maps.layer.startswith("mixed4")
