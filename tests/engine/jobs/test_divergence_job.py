"""The job that follows the frame: what the attack moved, what is apart between slots, and what cannot be compared."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from perturber.core.errors import InputError
from perturber.core.jobs.analysis import Diverge, Divergence
from perturber.core.jobs.job import Answer, FindUnits
from perturber.core.library.groups import Query
from perturber.core.parameters.parameter import replace, replace_all
from perturber.core.session.models import ArchitectureModel
from perturber.core.session.picture import clean
from perturber.core.session.session import Session
from perturber.core.storage.files import FileRef
from perturber.engine.frame.engine import Engine
from perturber.engine.jobs.job_registry import work_on
from perturber.engine.jobs.unit_groups import compute, finish
from perturber.engine.jobs.workbench import Workbench
from perturber.methods.units.divergence import compare, layers_of
from perturber.methods.units.scores import change
from perturber.nets.architectures.architecture import create


def model(folder: Path, name: str, seed: int, width: float = 0.0625) -> ArchitectureModel:
    torch.manual_seed(seed)
    file = folder / f"{name}.safetensors"
    save_file(create("inception_v1", 5, width=width, norm="batch").state_dict(), file)
    return ArchitectureModel(name="inception_v1", weights=FileRef(path=str(file)))


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    folder = tmp_path_factory.mktemp("weights")
    models = {"models.slot1.model": model(folder, "first", 1), "models.slot2.model": model(folder, "second", 2)}
    attack = {"attack.method.epsilon": 4.0, "attack.method.steps": 4, "attack.taken": 3}
    return replace_all(Session(), {**models, **attack, "probe.layer": "mixed3a"})


@pytest.fixture
def bench(engine: Engine) -> Workbench:
    return Workbench(engine)


def answer(bench: Workbench, session: Session) -> tuple[Divergence, list[Answer]]:
    found = list(work_on(bench, session, Diverge()))
    assert [a.finished for a in found] == [False] * (len(found) - 1) + [True]
    return found[-1].value, found


def test_each_slot_is_compared_with_itself_on_the_clean_frame(engine: Engine, bench: Workbench, session: Session):
    found, steps = answer(bench, session)
    assert (steps[-1].done, steps[-1].total) == (4, 4)
    for slot in ("slot1", "slot2"):
        network = engine.observer.network(session.models.model(slot))
        runs = [layers_of(network, engine.frame(s)) for s in (session, clean(session))]
        expected = compare(*runs)
        told = found.attacked[slot]
        assert told.taps == network.taps
        assert list(zip(told.relative, told.cosine, strict=True)) == list(expected.values())
        assert min(told.relative) > 0
    one, two = (
        layers_of(engine.observer.network(session.models.model(s)), engine.frame(session)) for s in ("slot1", "slot2")
    )
    assert dict(zip(found.between["slot1", "slot2"].taps, found.between["slot1", "slot2"].relative, strict=True)) == {
        tap: relative for tap, (relative, _) in compare(two, one).items()
    }
    assert (found.unlike, found.problems) == ({}, {})


def test_the_clean_runs_are_remembered_while_the_attack_goes_on(
    engine: Engine, bench: Workbench, session: Session, monkeypatch: pytest.MonkeyPatch
):
    runs: list[int] = []
    network = engine.observer.network(session.models.slot1.model)
    whole = network.run
    monkeypatch.setattr(network, "run", lambda *given, **named: runs.append(1) or whole(*given, **named))
    answer(bench, session)
    assert len(runs) == 2
    answer(bench, replace(session, "attack.taken", 2))
    assert len(runs) == 3  # one more: the attacked run alone
    before, _ = answer(bench, clean(session))
    assert before.attacked == {}
    assert set(before.between) == {("slot1", "slot2")}


def test_slots_with_the_same_model_and_edits_that_change_nothing_are_0_apart(bench: Workbench, session: Session):
    same = replace_all(session, {"models.slot2.model": session.models.slot1.model, "models.edited.enabled": True})
    found, _ = answer(bench, clean(same))
    assert set(found.between) == {("slot1", "slot2"), ("slot1", "edited"), ("slot2", "edited")}
    assert all(set(pair.relative) == {0.0} for pair in found.between.values())


def test_what_cannot_be_compared_or_opened_is_said(bench: Workbench, session: Session, tmp_path: Path):
    unlike = replace(session, "models.slot2.model", model(tmp_path, "wide", 3, 0.125))
    found, _ = answer(bench, unlike)
    assert set(found.attacked) == {"slot1", "slot2"}
    assert found.between == {}
    assert "architectures differ" in found.unlike["slot1", "slot2"]
    gone = ArchitectureModel(name="inception_v1", weights=FileRef(path=str(tmp_path / "gone")))
    found, _ = answer(bench, replace(session, "models.slot2.model", gone))
    assert set(found.attacked) == {"slot1"}
    assert "gone" in found.problems["slot2"]
    nothing = replace_all(clean(session), {"models.slot1.model": gone, "models.slot2.model": gone})
    with pytest.raises(InputError, match="gone"):
        answer(bench, nothing)
    with pytest.raises(InputError, match="n00000000"):
        answer(bench, replace(session, "attack.target", "n00000000"))


def test_frames_need_not_wait_for_an_attack_that_is_replayed(engine: Engine, bench: Workbench, session: Session):
    for job in (Diverge(), FindUnits(query=Query(kind="active"))):
        engine.attacks._trajectories.clear()
        steps = work_on(bench, session, job)
        assert [next(steps).total for _ in range(2)] == [0, 0]  # a step of the attack each
        assert list(steps)[-1].finished


def test_units_most_changed_are_those_the_attack_moved(engine: Engine, session: Session):
    query = Query(kind="changed", slot="slot2", layers=("mixed3a",), top=3)
    (group,) = finish(compute(engine, session, query, clean(session))).values()
    network = engine.observer.network(session.models.model("slot2"))
    after, before = (layers_of(network, engine.frame(s))["mixed3a"] for s in (session, clean(session)))
    scores = change(after, before)
    assert group.units == tuple(scores.argsort(descending=True)[:3].tolist())
    assert group.scores[0] == pytest.approx(float(scores.max()), rel=1e-3)
    with pytest.raises(InputError, match="are the same"):
        finish(compute(engine, clean(session), query, clean(session)))
