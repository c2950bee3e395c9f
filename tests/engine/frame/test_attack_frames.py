"""Attacks in frames: what the networks receive, what is said of it, and that nothing is computed twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from perturber.core.errors import InputError
from perturber.core.evaluation import AttackResult, Evaluation, Prediction, Verdict
from perturber.core.jobs.job import Answer, TakeSteps
from perturber.core.parameters.parameter import replace_all
from perturber.core.session.models import ArchitectureModel
from perturber.core.session.picture import clean
from perturber.core.session.session import Session, dumps, loads
from perturber.core.storage.files import FileRef
from perturber.engine.frame.attacker import rounded
from perturber.engine.frame.engine import Engine
from perturber.engine.frame.observer import to_tensor
from perturber.engine.jobs.job_registry import work_on
from perturber.engine.jobs.workbench import Workbench
from perturber.methods.attacks.gradient.pgd import Pgd
from perturber.methods.attributions.gradient import Gradient
from perturber.methods.networks.victim import Victim
from perturber.nets.open_model import open_model

CPU = torch.device("cpu")


def attacked(taken: int, **fields: Any) -> Session:
    return replace_all(Session(), {"attack.taken": taken, **{f"attack.{name}": v for name, v in fields.items()}})


def result_of(evaluation: Evaluation) -> AttackResult:
    assert evaluation.attack is not None
    return evaluation.attack


@pytest.fixture
def steps(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for every gradient that an attack takes."""
    taken: list[int] = []
    gradient = Victim.gradient

    def counted(self: Victim, pixels: torch.Tensor) -> torch.Tensor:
        taken.append(1)
        return gradient(self, pixels)

    monkeypatch.setattr(Victim, "gradient", counted)
    return taken


def test_the_networks_receive_the_exact_picture_of_the_attack(engine: Engine):
    session = attacked(3)
    pixels = to_tensor(engine.render(session), CPU)
    network = open_model(session.models.slot1.model, CPU)
    logits = network.logits(pixels)
    eighths = Pgd(epsilon=3, step=3 / 8, steps=3)
    expected = eighths.run(network.logits, pixels, logits.argmax(1))
    assert torch.equal(engine.frame(session), expected)
    evaluation = engine.evaluate(session, strict=True)
    np.testing.assert_array_equal(evaluation.pixels, rounded(expected))
    found = result_of(evaluation)
    np.testing.assert_array_equal(found.pixels, engine.evaluate(clean(session)).pixels)
    assert found.taken == 3
    assert found.l2 == pytest.approx(float((expected - pixels).norm()), rel=1e-5)
    assert found.rms == pytest.approx(found.l2 / np.sqrt(expected.numel()), rel=1e-5)
    after = network.logits(expected).softmax(1)[0, logits.argmax()]
    assert found.verdicts[0].after == pytest.approx(float(after), abs=1e-5)


def test_verdicts_tell_of_every_slot_before_and_after(engine: Engine):
    before = engine.evaluate(Session(), strict=True)
    evaluation = engine.evaluate(attacked(8), strict=True)
    standard, adversarial = result_of(evaluation).verdicts
    assert standard.original == before.slots[0].top[0]
    assert standard.top == evaluation.slots[0].top[0]
    assert standard.fooled
    assert not adversarial.fooled
    assert standard.after < 0.1 < adversarial.after


def test_another_attack_on_the_same_frame_leaves_the_class_of_the_clean_one(engine: Engine):
    """And not the class that stood first on the frame attacked before."""
    engine.evaluate(attacked(8), strict=True)
    found = result_of(engine.evaluate(attacked(8, **{"method.norm": "linf", "method.epsilon": 0.03}), strict=True))
    assert found.verdicts[0].fooled
    assert found.verdicts[0].after < 0.1


def test_scrubbing_and_undo_compute_no_step_again(engine: Engine, steps: list[int]):
    for taken in (5, 2, 5, 3):
        result = result_of(engine.evaluate(attacked(taken, **{"method.epsilon": 2.5}), strict=True))
        assert result.taken == taken
    engine.evaluate(Session())
    engine.evaluate(attacked(4, **{"method.epsilon": 2.5}), strict=True)
    assert len(steps) == 5


def test_a_stepwise_frame_takes_one_step_and_comes_to_the_same_bytes(engine: Engine, steps: list[int]):
    session = attacked(3, **{"method.epsilon": 2.25})
    reached = [result_of(engine.evaluate(session, stepwise=True)).taken for _ in range(4)]
    assert reached == [1, 2, 3, 3]
    assert len(steps) == 3
    there = Engine("cpu", "float32")
    try:
        np.testing.assert_array_equal(there.frame(loads(dumps(session))), engine.frame(session))
    finally:
        there.close()


def test_the_job_makes_room_after_each_step_and_frames_show_how_far_it_is(engine: Engine, steps: list[int]):
    session = attacked(5, **{"method.epsilon": 2.125})
    assert result_of(engine.evaluate(session, stepwise=True)).taken == 1
    answers = []
    for answer in work_on(Workbench(engine), session, TakeSteps()):
        answers.append(answer)
        assert len(steps) == len(answers) + 1
    assert answers == [Answer(2, 5), Answer(3, 5), Answer(4, 5), Answer(5, 5, 5)]
    assert result_of(engine.evaluate(session, stepwise=True)).taken == 5
    assert list(work_on(Workbench(engine), session, TakeSteps())) == [Answer(5, 5, 5)]
    assert len(steps) == 5
    there = Engine("cpu", "float32")
    try:
        np.testing.assert_array_equal(there.frame(session), engine.frame(session))
    finally:
        there.close()


def test_the_job_ends_with_the_attack_and_says_why_it_cannot_begin(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Pgd, "steps_on", lambda self, victim, pixels: iter([pixels, pixels]))
    session = attacked(4, **{"method.epsilon": 2.0625})
    *_, last = work_on(Workbench(engine), session, TakeSteps())
    assert last.finished
    found = result_of(engine.evaluate(session, stepwise=True))
    assert (found.taken, found.finished) == (2, True)
    with pytest.raises(InputError, match=r"attack\.slot"):
        list(work_on(Workbench(engine), attacked(2, slot="edited"), TakeSteps()))
    assert list(work_on(Workbench(engine), Session(), TakeSteps())) == [Answer(0, 0, 0)]


def test_fades_add_a_share_of_the_change_to_a_share_of_the_picture(engine: Engine):
    session = attacked(2)
    whole, plain = engine.frame(session), engine.frame(clean(session))
    faint = engine.frame(attacked(2, alpha=0.5, original=0.25))
    expected = (0.5 + 0.25 * (plain - 0.5) + 0.5 * (whole - plain)).clamp(0, 1)
    torch.testing.assert_close(faint, expected, atol=1e-6, rtol=0)
    assert torch.equal(engine.frame(attacked(2, alpha=0)), plain)


def test_a_target_is_reached_for(engine: Engine):
    found = result_of(engine.evaluate(attacked(8, target="n02123045"), strict=True))
    assert found.verdicts[0].top.wnid == "n02123045"


@pytest.mark.parametrize(
    ("fields", "named"), [({"target": "n99999999"}, "attack.target"), ({"slot": "edited"}, "attack.slot")]
)
def test_what_cannot_be_attacked_is_said_beside_the_frame(engine: Engine, fields: dict[str, Any], named: str):
    session = attacked(2, **fields)
    evaluation = engine.evaluate(session)
    found = result_of(evaluation)
    assert named in found.problem
    assert found.taken == 0
    np.testing.assert_array_equal(evaluation.pixels, engine.evaluate(clean(session)).pixels)
    with pytest.raises(InputError, match=named):
        engine.evaluate(session, strict=True)


def test_a_session_whose_attack_cannot_begin_can_be_taken_up(engine: Engine):
    """As the window asks for a file that is opened: it may have been saved in that state."""
    session = replace_all(attacked(2, slot="edited"), {"attribution.method": Gradient(), "attribution.target": "n1"})
    evaluation = engine.evaluate(session, strict=True, stepwise=True)
    assert "attack.slot" in result_of(evaluation).problem
    assert evaluation.attribution is not None
    assert "attribution.target" in evaluation.attribution.problem


def test_an_attack_does_not_hide_that_another_slot_has_no_model(engine: Engine, tmp_path: Path):
    missing = ArchitectureModel(name="inception_v1", weights=FileRef(path=str(tmp_path / "none.safetensors")))
    session = replace_all(attacked(1), {"models.slot2.model": missing})
    with pytest.raises(InputError, match=r"none\.safetensors"):
        engine.evaluate(session, strict=True, stepwise=True)


@pytest.mark.parametrize("named", ["nothing leads on", "not finite"])
def test_an_attack_that_fails_on_its_way_is_no_attacked_picture(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, named: str
):
    def failing(self: Pgd, victim: Victim, pixels: torch.Tensor) -> Iterator[torch.Tensor]:
        yield pixels
        if named == "not finite":
            yield pixels * torch.nan
        raise InputError("attack.method.norm", "nothing leads on")

    monkeypatch.setattr(Pgd, "steps_on", failing)
    session = attacked(3, **{"method.epsilon": 2.75 + len(named) / 1000})
    found = result_of(engine.evaluate(session))
    assert (named in found.problem, found.taken) == (True, 1)
    with pytest.raises(InputError, match=named):
        engine.frame(session)


def test_a_gradient_of_zero_is_noticed_and_ends_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    session = attacked(2, **{"method.epsilon": 2.85})
    assert result_of(engine.evaluate(session)).notice == ""
    logits = Victim.logits
    monkeypatch.setattr(Victim, "logits", lambda self, pixels: logits(self, pixels) * 0)
    found = result_of(engine.evaluate(attacked(2, **{"method.epsilon": 2.95}), strict=True))
    assert found.notice.startswith("the gradient is zero")
    assert (found.taken, found.finished, found.problem, found.touched) == (2, False, "", 0)


def test_the_edited_model_can_be_attacked(engine: Engine):
    session = replace_all(attacked(2, slot="edited"), {"models.edited.enabled": True})
    found = result_of(engine.evaluate(session, strict=True))
    assert [verdict.slot for verdict in found.verdicts] == ["slot1", "slot2", "edited"]
    # Without an edit it is the first model, in everything.
    np.testing.assert_array_equal(found.change, result_of(engine.evaluate(attacked(2), strict=True)).change)


def test_classes_without_wordnet_ids_are_told_apart_by_name():
    one, other = Prediction("", "one", 1.0, 0.6), Prediction("", "other", 1.0, 0.6)
    assert Verdict("slot1", one, 0.1, other).fooled
    assert not Verdict("slot1", one, 0.6, one).fooled
