"""The edited model in frames: what is computed anew, and that it is what a fresh engine computes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from perturber.core.errors import InputError
from perturber.core.evaluation import SlotResult
from perturber.core.jobs.job import SaveWeights
from perturber.core.session.edit import Edit
from perturber.core.session.models import ArchitectureModel, EditedSlot, ModelRef, Models, Probe, Slot
from perturber.core.session.session import Session
from perturber.core.storage.files import FileRef
from perturber.engine.frame import observer as observe
from perturber.engine.frame.engine import Engine
from perturber.engine.frame.observer import NetworkInput, Observer, to_tensor
from perturber.engine.jobs.job_registry import work_on
from perturber.engine.jobs.workbench import Workbench
from perturber.nets.architectures.inception_v1 import FULL

PIXELS = np.random.default_rng(0).integers(0, 256, (224, 224, 3), np.uint8)
OTHER = PIXELS[::-1].copy()
TAPS = list(FULL)
BLOCKS = (*TAPS, "head")


def models(edit: Edit, **fields: bool) -> Models:
    return Models(edited=EditedSlot(enabled=True, edit=edit, **fields))


def look(observer: Observer, edit: Edit, other: bool = False, layer: str = "mixed4a") -> tuple[SlotResult, ...]:
    view = NetworkInput(OTHER if other else PIXELS, other, Probe(layer=layer))
    return observer.observe(view, models(edit), strict=True).results


def counted(observer: Observer, act: Callable[[], object]) -> dict[str, int]:
    before = observer.blocks_run.copy()
    act()
    return dict(observer.blocks_run - before)


def same(one: SlotResult, other: SlotResult) -> bool:
    assert one.maps is not None
    assert other.maps is not None
    return one.top == other.top and np.array_equal(one.maps.values, other.maps.values)


@pytest.fixture
def observer() -> Observer:
    return Observer("cpu", "float32")


def fresh(edit: Edit, other: bool = False, layer: str = "mixed4a") -> tuple[SlotResult, ...]:
    return look(Observer("cpu", "float32"), edit, other, layer)


def test_the_edited_model_takes_part_only_while_it_is_enabled(observer: Observer):
    view = NetworkInput(PIXELS, 0, Probe())
    assert [result.slot for result in observer.observe(view, Models()).results] == ["slot1", "slot2"]
    first, second, edited = look(observer, Edit())
    assert (edited.slot, edited.name, edited.layers) == ("edited", "Edited", first.layers)
    assert same(edited, first)
    _, second, edited = look(observer, Edit().mixed_up_to("head", BLOCKS))
    assert same(edited, second)


def test_editing_a_block_computes_only_what_lies_behind_it(observer: Observer):
    edit = Edit().mixed("mixed3a", 0.5).mixed("mixed4a", 0.3)
    look(observer, edit)
    moved = edit.mixed("mixed4a", 0.6)
    assert counted(observer, lambda: look(observer, moved)) == dict.fromkeys(TAPS[TAPS.index("mixed4a") :], 1)
    assert counted(observer, lambda: look(observer, moved)) == {}
    pruned = moved.pruned("mixed5a", 0.2, 0.9)
    assert counted(observer, lambda: look(observer, pruned)) == dict.fromkeys(("mixed5a", "mixed5b"), 1)
    unit = pruned.scaled("mixed4e", 3, -1)
    assert counted(observer, lambda: look(observer, unit)) == dict.fromkeys(("mixed4e", "mixed5a", "mixed5b"), 1)
    assert counted(observer, lambda: look(observer, unit.mixed("head", 1))) == {}
    for path in (look(observer, unit), look(observer, unit, layer="conv2d0")):
        layer = path[2].maps.layer if path[2].maps else ""
        assert all(same(one, other) for one, other in zip(path, fresh(unit, layer=layer), strict=True))


def test_a_layer_before_its_relu_is_computed_where_it_was_not_kept(observer: Observer):
    edit = Edit().mixed("mixed4a", 0.3).mixed("mixed5a", 0.5)
    look(observer, edit)
    before = NetworkInput(PIXELS, False, Probe(layer="mixed4a", before=True))
    found: list[tuple[SlotResult, ...]] = []
    done = counted(observer, lambda: found.append(observer.observe(before, models(edit), strict=True).results))
    assert done == dict.fromkeys(TAPS[TAPS.index("mixed4a") :], 3)
    other = Observer("cpu", "float32").observe(before, models(edit), strict=True).results
    assert all(same(one, another) for one, another in zip(found[0], other, strict=True))
    assert found[0][2].maps is not None
    assert found[0][2].maps.values.min() < 0
    moved = edit.mixed("mixed5a", 0.6)
    done = counted(observer, lambda: observer.observe(before, models(moved), strict=True))
    assert done == dict.fromkeys(("mixed5a", "mixed5b"), 1)


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_half_precision_is_edited_as_it_is_computed(precision: str):
    edit = Edit().mixed("mixed4a", 0.3)
    observer = Observer("cpu", precision)
    look(observer, edit.mixed("mixed4a", 0.9))
    found = look(observer, edit), look(Observer("cpu", precision), edit), look(Observer("cpu", precision), Edit())
    assert same(found[0][2], found[1][2])
    assert same(found[2][2], found[2][0])
    rough, exact = found[0][2].top[0], fresh(edit)[2].top[0]
    assert rough.logit == pytest.approx(exact.logit, abs=0.3)


def test_blocks_that_networks_share_are_computed_once_a_frame(observer: Observer):
    edit = Edit().mixed("mixed4a", 0.5)
    look(observer, edit)
    early = TAPS[: TAPS.index("mixed4a")]
    expected = dict.fromkeys(early, 2) | dict.fromkeys(TAPS[len(early) :], 3)
    found: list[tuple[SlotResult, ...]] = []
    assert counted(observer, lambda: found.append(look(observer, edit, other=True))) == expected
    assert all(same(one, other) for one, other in zip(found[0], fresh(edit, other=True), strict=True))
    back = Edit().mixed_up_to("mixed4a", BLOCKS)
    assert counted(observer, lambda: look(observer, back, other=True)) == dict.fromkeys(TAPS[len(early) + 1 :], 1)


def test_nothing_is_waited_for_that_does_not_come(observer: Observer, monkeypatch: pytest.MonkeyPatch):
    """A model that others start from fails in the middle of its run."""
    edit = Edit().mixed("mixed4a", 0.5)
    first = look(observer, edit)[2]
    broken = observer._answers[next(iter(observer._answers))].network

    def fail(*arguments: object) -> None:
        time.sleep(0.05)
        raise RuntimeError("no more of this")

    monkeypatch.setattr(broken, "run", fail)
    results = observer.observe(NetworkInput(PIXELS, "again", Probe()), models(edit)).results
    assert "no more of this" in results[0].problem
    assert results[2].top == first.top


def test_nothing_is_waited_for_when_the_picture_cannot_be_moved(observer: Observer, monkeypatch: pytest.MonkeyPatch):
    """The first to need the picture finds the device full; those that would start from its activations do not wait."""
    moved = iter([RuntimeError("the device is full")])

    def fail(*arguments: object) -> torch.Tensor:
        for error in moved:
            raise error
        return to_tensor(PIXELS, torch.device("cpu"))

    monkeypatch.setattr(observe, "to_tensor", fail)
    results = observer.observe(NetworkInput(PIXELS, 0, Probe()), models(Edit().mixed("mixed4a", 0.5))).results
    assert sum("the device is full" in result.problem for result in results) == 1
    assert sum(len(result.top) == 5 for result in results) == 2


def test_a_model_that_cannot_be_opened_is_not_tried_again_with_every_edit(monkeypatch: pytest.MonkeyPatch):
    asked = []

    def fail(ref: ModelRef, *arguments: object) -> None:
        asked.append(ref)
        raise InputError("squeezenet1_0", "it cannot be downloaded")

    monkeypatch.setattr(observe, "open_model", fail)
    observer, slot = Observer("cpu", "float32"), Slot(model=ArchitectureModel(name="squeezenet1_0"))
    for share in (0.1, 0.2, 0.3):
        edit = EditedSlot(enabled=True, edit=Edit().mixed("head", share))
        shown = observer.observe(NetworkInput(PIXELS, 0, Probe()), Models(slot1=slot, slot2=slot, edited=edit)).results
        assert all("cannot be downloaded" in result.problem for result in shown)
    assert asked == [slot.model]


@pytest.mark.parametrize("cores", [1, 2, 3])
def test_logits_depend_on_the_session_alone(cores: int):
    """Whatever was shown before: fewer models, whose networks had more cores each, other edits, other pictures."""
    threads = torch.get_num_threads()
    torch.set_num_threads(cores)
    try:
        edit = Edit().mixed("mixed3b", 0.25)
        observer = Observer("cpu", "float32")
        observer.observe(NetworkInput(PIXELS, False, Probe(layer="mixed4a")), Models())
        look(observer, edit.mixed("conv2d1", 1))
        found = look(observer, edit)
        assert all(same(one, other) for one, other in zip(found, fresh(edit), strict=True))
    finally:
        torch.set_num_threads(threads)


def test_an_edit_that_does_not_fit_is_its_slots_affair(observer: Observer):
    results = observer.observe(NetworkInput(PIXELS, 0, Probe()), models(Edit().mixed("layer9", 1))).results
    assert [bool(result.problem) for result in results] == [False, False, True]
    assert "models.edited.edit.mix.layer9" in results[2].problem
    assert len(look(observer, Edit())[2].top) == 5


def test_the_window_has_the_edited_weights_saved_by_a_job(tmp_path: Path, engine: Engine):
    edit = Edit().mixed("mixed4a", 0.5)
    session = Session(models=models(edit))
    file = tmp_path / "w.safetensors"
    *_, answer = work_on(Workbench(engine), session, SaveWeights(file=str(file)))
    assert (answer.value, answer.finished) == (str(file), True)
    ref = ArchitectureModel(name="inception_v1", weights=FileRef.of(file))
    both = session.models.model_copy(update={"slot1": Slot(model=ref)})
    saved, edited = (
        engine.observer.observe(NetworkInput(PIXELS, 0, Probe()), m, strict=True).results
        for m in (both, session.models)
    )
    assert [p.logit for p in saved[0].top] == [p.logit for p in edited[2].top]
    with pytest.raises(InputError, match=r"w\.pt"):
        list(work_on(Workbench(engine), session, SaveWeights(file="w.pt")))
