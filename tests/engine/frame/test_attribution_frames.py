"""Attributions in frames and as jobs: of the exact frame, remembered, in small steps, and honest about problems."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from perturber.core.errors import InputError
from perturber.core.evaluation import AttributionResult
from perturber.core.jobs.job import Answer, Attribute
from perturber.core.parameters.parameter import replace_all
from perturber.core.parameters.plugin import make
from perturber.core.session.attribution import AttributionMethod
from perturber.core.session.models import ArchitectureModel
from perturber.core.session.session import Session
from perturber.core.storage.files import FileRef
from perturber.engine.frame.engine import Engine
from perturber.engine.jobs.attribution_job import explain, finish
from perturber.engine.jobs.job_registry import work_on
from perturber.engine.jobs.workbench import Workbench
from perturber.methods.attributions.base_attribution import Attribution
from perturber.methods.networks.explained import Explained
from perturber.nets.architectures.architecture import create
from perturber.nets.lookup.labels import KEY

CLASSES = [[f"n0000000{number}", f"thing {number}"] for number in range(5)]
FAST = {"smooth_grad": {"samples": 3}, "occlusion": {"window": 112, "stride": 56}, "rise": {"masks": 4}}


def model(folder: Path, seed: int) -> ArchitectureModel:
    torch.manual_seed(seed)
    file = folder / f"tiny{seed}.safetensors"
    tensors = create("inception_v1", 5, width=0.0625, norm="batch").state_dict()
    save_file(tensors, file, {KEY: json.dumps(CLASSES)})
    return ArchitectureModel(name="inception_v1", weights=FileRef(path=str(file)))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Session:
    folder = tmp_path_factory.mktemp("weights")
    changes = {"models.slot1.model": model(folder, 1), "models.slot2.model": model(folder, 2)}
    return replace_all(Session(), {**changes, "probe.layer": "conv2d2"})


def asking(session: Session, kind: str, **changes: Any) -> Session:
    method = make(AttributionMethod, kind, **FAST.get(kind, {}))
    return replace_all(session, {"attribution.method": method, **changes})


def directly(engine: Engine, session: Session) -> np.ndarray:
    """What the method says of the exact frame, without the engine's short cuts."""
    method, network = (
        session.attribution.method,
        engine.observer.network(session.models.model(session.attribution.slot)),
    )
    assert isinstance(method, Attribution)
    frame = engine.frame(session)
    with torch.inference_mode():
        logits = network.run(frame).logits
    assert logits is not None
    wanted = session.attribution
    output = network.labels.wnids.index(wanted.target) if wanted.target else int(logits[0].argmax())
    generator = torch.Generator().manual_seed(session.seed)
    return method.values(Explained(network, output, frame, wanted.layer, generator)).numpy()


def of_frame(engine: Engine, session: Session) -> AttributionResult:
    found = engine.evaluate(session).attribution
    assert found is not None
    return found


def close(found: AttributionResult, expected: np.ndarray) -> None:
    assert found.problem == ""
    np.testing.assert_allclose(found.values, expected, rtol=0, atol=1e-4 * float(np.abs(expected).max()))


@pytest.mark.parametrize("kind", ["gradient", "gradient_input", "grad_cam"])
@pytest.mark.parametrize("fresh", [True, False])
def test_a_frame_brings_its_cheap_attribution(engine: Engine, plain: Session, kind: str, fresh: bool):
    """Also when the frame was observed before anybody asked for an attribution of it."""
    moved = replace_all(plain, {"scene.camera.yaw": 7.0 + 2 * fresh + len(kind)})
    clean = engine.evaluate(moved) if not fresh else None
    asked = asking(moved, kind, **{"attribution.slot": "slot2"})
    evaluation = engine.evaluate(asked)
    found = evaluation.attribution
    assert found is not None
    close(found, directly(engine, asked))
    assert (found.slot, found.kind, found.signed) == ("slot2", kind, kind == "gradient_input")
    assert found.wnid == evaluation.slots[1].top[0].wnid
    again = clean or engine.evaluate(moved)
    for one, other in zip(again.slots, evaluation.slots, strict=True):
        assert one.top == other.top
        assert one.maps is not None
        assert other.maps is not None
        np.testing.assert_array_equal(one.maps.values, other.maps.values)


def test_a_slot_that_shows_no_predictions_is_explained(engine: Engine, plain: Session):
    silent = {"models.slot1.predictions": False, "scene.camera.yaw": 3.0}
    for kind in ("gradient", "grad_cam"):
        asked = asking(plain, kind, **silent)
        close(of_frame(engine, asked), directly(engine, asked))


def test_a_slot_that_shows_nothing_is_not_explained_by_an_older_frame(engine: Engine, plain: Session):
    """Its network runs with the first frame only."""
    engine.evaluate(replace_all(plain, {"models.edited.enabled": True, "scene.camera.yaw": 0.0}))
    hidden = {"models.slot1.predictions": False, "models.slot1.activations": False, "models.edited.enabled": True}
    asked = asking(plain, "grad_cam", **hidden, **{"scene.camera.yaw": 80.0, "scene.morph.shape": 1.0})
    close(of_frame(engine, asked), directly(engine, asked))


def test_nothing_is_kept_of_how_a_frame_was_computed(engine: Engine, plain: Session):
    there, back = (asking(plain, "gradient", **{"scene.camera.yaw": yaw}) for yaw in (41.0, 42.0))
    for asked in (there, back, there):
        of_frame(engine, asked)
        for seen in engine.observer._answers.values():
            assert seen.answer.logits is not None
            assert not seen.answer.logits.requires_grad


def test_another_class_and_layer_are_explained(engine: Engine, plain: Session):
    first = asking(plain, "grad_cam", **{"attribution.target": "n00000003", "attribution.layer": "mixed4a"})
    found = of_frame(engine, first)
    assert (found.wnid, found.name) == ("n00000003", "thing 3")
    close(found, directly(engine, first))
    deeper = of_frame(engine, replace_all(first, {"attribution.layer": "mixed4d"}))
    assert not np.allclose(deeper.values, found.values)


def test_moving_the_overlays_strength_computes_nothing(engine: Engine, plain: Session):
    asked = asking(plain, "gradient")
    before = of_frame(engine, asked)
    runs = engine.attributions._frames.runs
    blocks = engine.observer.blocks_run.copy()
    for alpha in (0.1, 0.9):
        assert of_frame(engine, replace_all(asked, {"attribution.alpha": alpha})) is before
    assert engine.attributions._frames.runs == runs
    assert engine.observer.blocks_run == blocks


def test_the_frames_own_run_is_what_is_followed_back(engine: Engine, plain: Session):
    """A fresh frame with a gradient runs each block of the network once."""
    asked = asking(replace_all(plain, {"scene.camera.yaw": 31.0}), "gradient")
    engine.observer.blocks_run.clear()
    of_frame(engine, asked)
    assert set(engine.observer.blocks_run.values()) == {2}  # once for each of the two networks
    engine.observer.blocks_run.clear()
    of_frame(engine, asking(replace_all(plain, {"scene.camera.yaw": 32.0}), "grad_cam"))
    assert set(engine.observer.blocks_run.values()) == {2}


def test_the_attacked_frame_is_explained_exactly(engine: Engine, plain: Session):
    attacked = replace_all(plain, {"attack.taken": 2, "attack.alpha": 0.5})
    for kind in ("gradient", "grad_cam"):
        asked = asking(attacked, kind)
        close(of_frame(engine, asked), directly(engine, asked))
    clean = of_frame(engine, asking(plain, "gradient"))
    assert not np.array_equal(clean.values, of_frame(engine, asking(attacked, "gradient")).values)


@pytest.mark.parametrize("kind", ["smooth_grad", "occlusion", "rise", "guided_backprop", "gradient"])
def test_a_job_tells_how_far_it_is_and_remembers(engine: Engine, plain: Session, kind: str):
    asked = asking(plain, kind)
    if kind != "gradient":
        assert engine.evaluate(asked).attribution is None
    bench = Workbench(engine)
    answers = list(work_on(bench, asked, Attribute()))
    assert [answer.finished for answer in answers] == [False] * (len(answers) - 1) + [True]
    found = answers[-1].value
    close(found, directly(engine, asked))
    partial = [answer.partial for answer in answers if answer.partial is not None]
    assert all(part.values.shape == found.values.shape for part in partial)
    assert len(partial) > 1 or kind not in {"smooth_grad", "occlusion"}
    again = list(work_on(bench, replace_all(asked, {"attribution.alpha": 0.2}), Attribute()))
    assert again == [Answer(1, 1, found)]


def test_a_job_explains_the_attacked_frame(engine: Engine, plain: Session):
    asked = asking(replace_all(plain, {"attack.taken": 3}), "guided_grad_cam")
    close(finish(explain(Workbench(engine), asked, Attribute())), directly(engine, asked))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"attribution.target": "n09999999"}, "attribution.target"),
        ({"attribution.slot": "edited"}, "attribution.slot"),
        ({"attribution.layer": "mixed9z"}, "attribution.layer"),
    ],
)
def test_what_cannot_be_explained_is_said(engine: Engine, plain: Session, changes: dict[str, str], field: str):
    asked = asking(plain, "grad_cam", **changes)
    evaluation = engine.evaluate(asked)
    assert evaluation.attribution is not None
    assert field in evaluation.attribution.problem
    assert evaluation.attribution.values.size == 0
    assert all(result.top for result in evaluation.slots)
    with pytest.raises(InputError, match=field):
        engine.evaluate(asked, strict=True)
    with pytest.raises(InputError, match=field):
        finish(explain(Workbench(engine), asked, Attribute()))


def test_a_model_that_does_not_open_is_its_slots_problem(engine: Engine, plain: Session, tmp_path: Path):
    gone = ArchitectureModel(name="inception_v1", weights=FileRef(path=str(tmp_path / "gone.safetensors")))
    asked = asking(plain, "gradient", **{"models.slot1.model": gone})
    assert "gone.safetensors" in of_frame(engine, asked).problem
    other = of_frame(engine, replace_all(asked, {"attribution.slot": "slot2"}))
    assert other.values.any()


@pytest.mark.parametrize("slot", ["slot1", "edited"])
def test_explaining_beside_an_edit_changes_no_answer(engine: Engine, plain: Session, slot: str):
    """The edited network starts where another one's run has got to; one that is followed back starts at the pixels."""
    edit = {"models.edited.enabled": True, "models.edited.edit.mix": {"mixed4a": 0.4}, "scene.camera.yaw": 17.0}
    edited = replace_all(plain, edit)
    for number, kind in enumerate(("gradient", "grad_cam")):
        asked = asking(edited, kind, **{"attribution.slot": slot, "seed": number})
        evaluation = engine.evaluate(asked)
        assert evaluation.attribution is not None
        close(evaluation.attribution, directly(engine, asked))
        engine.evaluate(plain)
        without = engine.evaluate(replace_all(edited, {"seed": number}))
        assert [result.top for result in evaluation.slots] == [result.top for result in without.slots]
