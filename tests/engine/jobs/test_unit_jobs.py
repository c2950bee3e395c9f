"""Jobs about one unit give what asking directly gives, and leave the session's frame as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from perturber.core.errors import InputError
from perturber.core.jobs.feature_spec import FeatureSpec
from perturber.core.jobs.job import Answer, Diversify, FeatureRequest, FindInputs, Job, Tune, TuningCurve
from perturber.core.parameters.parameter import replace, replace_all
from perturber.core.session.models import ArchitectureModel
from perturber.core.session.session import Session
from perturber.core.storage.files import FileRef
from perturber.engine.frame.engine import Engine
from perturber.engine.frame.observer import to_tensor
from perturber.engine.jobs.job_registry import work_on
from perturber.engine.jobs.workbench import Workbench
from perturber.nets.architectures.architecture import create


def model(folder: Path, name: str, seed: int, width: float) -> ArchitectureModel:
    torch.manual_seed(seed)
    file = folder / f"{name}.safetensors"
    save_file(create("inception_v1", 5, width=width, norm="batch").state_dict(), file)
    return ArchitectureModel(name="inception_v1", weights=FileRef(path=str(file)))


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """Two networks, the second with more units."""
    folder = tmp_path_factory.mktemp("weights")
    first, second = model(folder, "first", 1, 0.0625), model(folder, "second", 2, 0.125)
    changes = {"models.slot1.model": first, "models.slot2.model": second, "probe.layer": "conv2d2"}
    return replace_all(Session(), changes)


def answers(engine: Engine, session: Session, job: Job) -> list[Answer]:
    found = list(work_on(Workbench(engine), session, job))
    assert [answer.finished for answer in found] == [False] * (len(found) - 1) + [True]
    return found


def highest(engine: Engine, session: Session, slot: str, layer: str, unit: int) -> float:
    network = engine.features.network(session.models.model(slot))
    with torch.inference_mode():
        answer = network.run(to_tensor(engine.render(session), network.device), upto=layer)
    return float(answer.activations[layer][0, unit].max())


def test_a_tuning_curve_is_what_every_step_shows(engine: Engine, session: Session):
    job = Tune(layer="mixed3a", unit=2, parameter="scene.camera.yaw", steps=5)
    before = engine.evaluate(session)
    found = answers(engine, session, job)
    after = engine.evaluate(session)
    assert np.array_equal(before.pixels, after.pixels)
    assert [slot.top for slot in before.slots] == [slot.top for slot in after.slots]
    curve = found[-1].value
    assert isinstance(curve, TuningCurve)
    assert curve.values == (-180, -90, 0, 90, 180)
    assert [len(answer.partial.values) for answer in found] == [1, 2, 3, 4, 5]
    for slot in ("slot1", "slot2"):
        turned = [replace(session, "scene.camera.yaw", value) for value in curve.values]
        expected = [highest(engine, there, slot, "mixed3a", 2) for there in turned]
        assert list(curve.activations[slot]) == pytest.approx(expected, rel=1e-5)
        assert len(set(expected)) > 3


def test_slots_without_the_unit_are_left_out(engine: Engine, session: Session):
    small, large = (engine.features.network(session.models.model(slot)).channels for slot in ("slot1", "slot2"))
    unit = small["mixed3a"]
    assert unit < large["mixed3a"]
    curve = answers(engine, session, Tune(layer="mixed3a", unit=unit, steps=2))[-1].value
    assert list(curve.activations) == ["slot2"]
    with pytest.raises(InputError, match="9999"):
        answers(engine, session, Tune(layer="mixed3a", unit=9999, steps=2))


def test_an_edit_can_be_tuned_along(engine: Engine, session: Session):
    session = replace(session, "models.slot2.model", session.models.slot1.model)
    session = replace(session, "models.edited.enabled", True)
    curve = answers(engine, session, Tune(layer="conv2d2", unit=1, parameter="post.noise.sigma", steps=3))[-1].value
    assert list(curve.activations) == ["slot1", "slot2", "edited"]
    assert curve.activations["edited"] == pytest.approx(curve.activations["slot1"], rel=1e-5)
    assert len(set(curve.activations["edited"])) == 3


def test_inputs_are_ranked_by_what_they_can_do(engine: Engine, session: Session):
    (answer,) = answers(engine, session, FindInputs(layer="conv2d2", unit=1, count=3))
    weights = engine.features.network(session.models.slot1.model).architecture.state_dict()["conv2d2.weight"][1]
    strength = weights.abs().sum((1, 2))
    assert [found.layer for found in answer.value] == ["conv2d1"] * 3
    assert [found.unit for found in answer.value] == strength.argsort(descending=True)[:3].tolist()
    for found in answer.value:
        assert found.weight == pytest.approx(float(found.kernel.sum()), abs=1e-5)
        assert found.kernel.dtype == np.float32
    with pytest.raises(InputError, match="slot7"):
        answers(engine, session, FindInputs(slot="slot7", layer="conv2d2", unit=1))


def test_diverse_images_differ_and_are_the_same_next_time(engine: Engine, session: Session):
    spec = FeatureSpec(size=32, steps=12)
    wanted = FeatureRequest(model=session.models.slot1.model, layer="conv2d2", unit=1, spec=spec)
    found = answers(engine, session, Diversify(wanted=wanted, count=3))
    pictures = found[-1].value
    assert [picture.shape for picture in pictures] == [(32, 32, 3)] * 3
    assert all(np.abs(one.astype(int) - other).mean() > 10 for one, other in _pairs(pictures))
    assert [len(answer.partial) for answer in found if answer.partial is not None] == [3]
    again = answers(engine, session, Diversify(wanted=wanted, count=3))[-1].value
    assert all(np.array_equal(one, other) for one, other in zip(pictures, again, strict=True))


def _pairs(pictures: tuple[np.ndarray, ...]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for number, one in enumerate(pictures):
        for other in pictures[:number]:
            yield one, other
