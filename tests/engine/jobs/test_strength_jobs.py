"""How strong an attack has to be, and whom it fools: jobs on the default scene with two tiny networks."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch.nn.functional import one_hot

from perturber.core.errors import InputError
from perturber.core.jobs.job import Answer, Job
from perturber.core.jobs.strength import MeasureStrength, Strength, Transfer, TransferMatrix
from perturber.core.parameters.parameter import replace_all
from perturber.core.parameters.plugin import make
from perturber.core.session.attack import AttackMethod
from perturber.core.session.models import ArchitectureModel, FamilyModel
from perturber.core.session.picture import clean
from perturber.core.session.session import Session
from perturber.core.storage.files import FileRef
from perturber.engine.frame.engine import Engine
from perturber.engine.jobs.job_registry import work_on
from perturber.engine.jobs.workbench import Workbench
from perturber.methods.networks.victim import Victim
from perturber.nets.architectures.architecture import create
from perturber.nets.lookup.labels import KEY

Attacking = Callable[..., Session]
WNIDS = ("n02123045", "n02106030", "n03063599", "n04398044")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ArchitectureModel]:
    """Two networks that a small change overturns."""
    found = {}
    for number, slot in enumerate(("slot1", "slot2")):
        torch.manual_seed(2 * number + 1)
        network = create("inception_v1", len(WNIDS), width=0.0625, norm="batch")
        for layer in network.modules():
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.momentum = 1.0
        with torch.no_grad():  # lets it know what pictures are like: nothing dies out on its way through the layers
            network.train()(torch.nn.functional.interpolate(torch.rand(4, 3, 16, 16), 224, mode="bilinear"))
        state = network.state_dict()
        file = tmp_path_factory.mktemp("tiny") / f"{slot}.safetensors"
        save_file(state, file, {KEY: json.dumps([[wnid, wnid] for wnid in WNIDS])})
        found[f"models.{slot}.model"] = ArchitectureModel(name="inception_v1", weights=FileRef.of(file))
    return found


@pytest.fixture
def attacking(models: dict[str, ArchitectureModel]) -> Attacking:
    """Makes sessions whose attack is under way, which the jobs are not to build on."""

    def made(kind: str, target: str = "", **fields: Any) -> Session:
        method = make(AttackMethod, kind, **fields)
        changes = {"attack.method": method, "attack.target": target, "attack.taken": 1}
        return replace_all(Session(), models | changes)

    return made


def done(engine: Engine, session: Session, job: Job) -> tuple[list[Answer], Any]:
    answers = list(work_on(Workbench(engine), session, job))
    assert [answer.finished for answer in answers] == [False] * (len(answers) - 1) + [True]
    assert all(0 <= a.done <= b.done <= b.total for a, b in pairwise(answers))
    return answers, answers[-1].value


def test_the_smallest_epsilon_of_every_slot_on_the_way_and_in_the_end(engine: Engine, attacking: Attacking):
    session = attacking("pgd", epsilon=2.0, steps=3)
    answers, found = done(engine, session, MeasureStrength(high=0.125, points=2, precision=0.5))
    assert isinstance(found, Strength)
    assert (found.norm, found.high) == ("l2", 0.125)
    before = engine.evaluate(clean(session))
    for slot, result in zip(found.slots, before.slots, strict=True):
        assert slot.original == result.top[0]
        assert slot.epsilons == (0.0, 0.0625, 0.125)
        assert slot.probabilities[0] == pytest.approx(result.top[0].probability, abs=1e-5)
        assert list(slot.probabilities) == sorted(slot.probabilities, reverse=True)
        assert slot.minimal is not None
        assert 0 < slot.failed < slot.minimal <= 1.5 * slot.failed
        assert slot.fooled == tuple(epsilon >= slot.minimal for epsilon in slot.epsilons)
    partial = [answer.partial for answer in answers if answer.partial is not None]
    assert len({len(strength.slots[1].epsilons) for strength in partial}) == 4  # it comes piece by piece
    assert len(answers) > len(partial)  # one step at a time


def test_a_method_that_looks_for_the_smallest_change_is_run_once(engine: Engine, attacking: Attacking):
    _, found = done(engine, attacking("deepfool", candidates=2), MeasureStrength())
    for slot in found.slots:
        assert slot.problem == ""
        assert slot.minimal is not None
        assert slot.epsilons == (0.0, slot.minimal)
        assert slot.fooled == (False, True)


def test_problems_are_those_of_a_slot(engine: Engine, attacking: Attacking):
    bad = replace_all(attacking("pgd", steps=1), {"models.slot2.model": FamilyModel(variant="nosuch")})
    _, found = done(engine, bad, MeasureStrength(points=1, precision=1))
    assert found.slots[0].problem == ""
    assert "nosuch" in found.slots[1].problem
    _, matrix = done(engine, bad, Transfer())
    assert set(matrix.cells) == {("slot1", "slot1")}
    assert "nosuch" in matrix.problems["slot2"]
    with pytest.raises(InputError, match="epsilon"):
        next(work_on(Workbench(engine), attacking("pgd", epsilon=0.0), MeasureStrength()))


def test_a_transfer_matrix_tells_who_is_fooled_by_whose_attack(engine: Engine, attacking: Attacking):
    session = attacking("pgd", epsilon=2.0, steps=4)
    _, found = done(engine, session, Transfer())
    assert isinstance(found, TransferMatrix)
    assert set(found.cells) == {(a, b) for a in found.slots for b in found.slots}
    assert found.sizes == {slot: pytest.approx(2.0, rel=0.05) for slot in found.slots}
    own = found.cells["slot1", "slot1"]
    assert own.fooled
    attacked = engine.evaluate(replace_all(session, {"attack.taken": 4, "attack.method.step": 2.5 * 2.0 / 4}))
    assert attacked.attack is not None
    assert own.after == pytest.approx(attacked.attack.verdicts[0].after, abs=1e-4)
    other = found.cells["slot1", "slot2"]
    assert other.fooled == (other.top.wnid != other.original.wnid)
    assert other.after == pytest.approx(attacked.attack.verdicts[1].after, abs=1e-4)


def test_with_a_target_success_is_to_reach_it(engine: Engine, attacking: Attacking):
    session = attacking("pgd", epsilon=1.0, steps=6)
    wnid = engine.evaluate(clean(session)).slots[0].top[1].wnid
    session = replace_all(session, {"attack.target": wnid})
    _, found = done(engine, session, Transfer())
    own = found.cells["slot1", "slot1"]
    assert own.fooled
    assert own.top.wnid == wnid
    assert own.target == pytest.approx(own.top.probability, abs=1e-5)


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize(("kind", "fields"), [("pgd", {"steps": 1}), ("deepfool", {"candidates": 1}), ("square", {})])
def test_a_gradient_of_zero_is_noticed(
    engine: Engine, attacking: Attacking, monkeypatch: pytest.MonkeyPatch, kind: str, fields: dict[str, Any], flat: bool
):
    """Unless the attack takes no gradient: then its failure says something about the network."""
    if flat:
        logits = Victim.logits
        monkeypatch.setattr(Victim, "logits", lambda self, at: logits(self, at) * 0 + one_hot(self.goal, len(WNIDS)))
    session = attacking(kind, **fields)
    if kind == "square":
        monkeypatch.setattr(type(session.attack.method), "planned", 2)
    noticed = flat and kind != "square"
    _, found = done(engine, session, MeasureStrength(high=0.01, points=1, precision=1))
    assert [slot.notice.startswith("the gradient is zero") for slot in found.slots] == [noticed] * 2
    _, matrix = done(engine, session, Transfer())
    assert set(matrix.notices) == (set(matrix.slots) if noticed else set())
