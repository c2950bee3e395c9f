"""The engine process and its client: latest wins, proposals, kills, hangs."""

from __future__ import annotations

import os
import queue
import signal
from collections.abc import Iterator

import numpy as np
import pytest

from perturber.core.evaluation import Evaluation, Failure
from perturber.core.jobs.job import Answer, FindUnits
from perturber.core.library.groups import Query
from perturber.core.parameters.parameter import replace, replace_all
from perturber.core.session.models import ArchitectureModel
from perturber.core.session.session import Session, dumps, loads
from perturber.engine.frame.engine import Engine
from perturber.engine.process.client import STAGE_SECONDS, EngineClient
from perturber.engine.process.wire import Compute, Computed, Refusal, Request, Status

PATIENCE = 120
ENDLESS = """vec3 effect(vec3 color, float value, vec2 uv) {
    float sum = 0.0;
    for (int i = 0; i < 100000; i++) for (int j = 0; j < 100000; j++) sum += sin(float(i * j) + uv.x + value);
    return color * sum;
}
"""
DEEP = "\n".join(
    [
        "float f0(float x) { return sin(x * 1.1) + cos(x); }",
        *(
            f"float f{i}(float x) {{ return f{i - 1}(x) + f{i - 1}(x * 1.3) * f{i - 1}(x + 0.7) - f{i - 1}(x * x); }}"
            for i in range(1, 9)
        ),
        "vec3 effect(vec3 color, float value, vec2 uv) { return color * f8(uv.x + value); }",
    ]
)
"""A hundred thousand sines once inlined: the driver compiles for minutes, and nobody can stop it."""


class Listener:
    """Collects what the client says, for the test's own thread."""

    def __init__(self, client: EngineClient) -> None:
        self.client = client
        self.evaluations: queue.Queue[Evaluation] = queue.Queue()
        self.failures: queue.Queue[Failure] = queue.Queue()
        self.accepted: queue.Queue[tuple[int, Evaluation]] = queue.Queue()
        self.refused: queue.Queue[tuple[int, Failure]] = queue.Queue()
        self.statuses: list[Status] = []
        self.computed: queue.Queue[tuple[int, Answer]] = queue.Queue()
        client.evaluated.connect(self.evaluations.put)
        client.failed.connect(self.failures.put)
        client.accepted.connect(lambda token, evaluation: self.accepted.put((token, evaluation)))
        client.refused.connect(lambda token, failure: self.refused.put((token, failure)))
        client.status.connect(self.statuses.append)
        client.computed.connect(lambda token, answer: self.computed.put((token, answer)))

    def answer(self, session: Session) -> Evaluation:
        """The evaluation of this very session, after submitting it."""
        self.client.submit(session)
        while True:
            evaluation = self.evaluations.get(timeout=PATIENCE)
            if evaluation.session == session:
                return evaluation


@pytest.fixture(scope="module")
def listener(opengl: None) -> Iterator[Listener]:
    client = EngineClient("cpu", "float32")
    listening = Listener(client)
    client.start()
    yield listening
    client.close()
    assert client.pid is None


def test_answer_belongs_to_the_session(listener: Listener):
    session = Session(seed=3)
    evaluation = listener.answer(session)
    assert evaluation.session == session
    assert evaluation.pixels.shape == (224, 224, 3)
    assert len(evaluation.slots) == 2
    assert listener.statuses[0].state == "starting"
    assert any(s.state == "ready" and s.device == "cpu" for s in listener.statuses)


def test_the_same_session_gives_the_same_bytes_in_another_process(listener: Listener, engine: Engine):
    session = replace_all(Session(seed=5), {"post.noise.sigma": 0.1, "post.patches.k": 3})
    there, here = listener.answer(session), engine.evaluate(loads(dumps(session)), strict=True)
    np.testing.assert_array_equal(there.pixels, here.pixels)
    assert [s.top for s in there.slots] == [s.top for s in here.slots]


def test_latest_wins_and_the_last_is_never_dropped(listener: Listener):
    listener.answer(Session())
    while not listener.evaluations.empty():
        listener.evaluations.get()
    yaws = [float(y) for y in range(-60, 60)]
    for yaw in yaws:
        listener.client.submit(replace(Session(), "scene.camera.yaw", yaw))
    seen = []
    while not seen or seen[-1] != yaws[-1]:
        seen.append(listener.evaluations.get(timeout=PATIENCE).session.scene.camera.yaw)
    assert seen == sorted(seen)
    assert len(seen) < len(yaws)


def test_proposal_is_accepted_with_its_evaluation(listener: Listener):
    session = replace(Session(), "post.custom.code", "vec3 effect(vec3 c, float v, vec2 uv) { return c.bgr; }")
    token = listener.client.propose(session)
    got, evaluation = listener.accepted.get(timeout=PATIENCE)
    assert (got, evaluation.session) == (token, session)


def test_proposals_are_refused_by_field_and_line(listener: Listener):
    bad = replace(Session(), "post.custom.code", "vec3 effect(vec3 c, float v, vec2 uv) {\n  return c.bgr\n}\n")
    token = listener.client.propose(bad)
    got, failure = listener.refused.get(timeout=PATIENCE)
    assert (got, failure.source) == (token, "post.custom.code")
    assert failure.line in (2, 3)
    token = listener.client.propose(replace(Session(), "models.slot2.model", ArchitectureModel(name="nosuch")))
    got, failure = listener.refused.get(timeout=PATIENCE)
    assert got == token
    assert "nosuch" in failure.source + failure.message


def test_units_are_found_between_frames(listener: Listener):
    """While frames are asked for they come first; the computation goes on as soon as there is a pause."""
    query = Query(kind="class", wnid="n02106662", layers=("mixed4d",))
    replaced = listener.client.compute(Session(), FindUnits(query=query))
    token = listener.client.compute(Session(), FindUnits(query=query))
    for yaw in range(5):
        listener.answer(replace(Session(), "scene.camera.yaw", float(yaw)))
    said = []
    while not said or not said[-1][1].finished:
        said.append(listener.computed.get(timeout=PATIENCE))
    mine = [answer for number, answer in said if number == token]
    assert [answer.done for answer in mine[:-1]] == list(range(1, 10))
    assert mine[-1].value is not None
    assert len(mine[-1].value["mixed4d"].units) == 8
    assert not any(answer.finished for number, answer in said if number == replaced)


def test_what_cannot_be_found_is_said_and_a_stopped_search_says_no_more(listener: Listener):
    token = listener.client.compute(Session(), FindUnits(query=Query(kind="class", wnid="n00000000")))
    got, answer = listener.computed.get(timeout=PATIENCE)
    assert got == token
    assert "n00000000" in answer.problem
    listener.client.compute(Session(), FindUnits(query=Query(kind="class", wnid="n02106662")))
    listener.client.stop_computing("units")
    while not listener.computed.empty():
        listener.computed.get()
    listener.answer(replace(Session(), "scene.camera.yaw", 33.0))
    assert listener.computed.empty()


def test_a_search_does_not_outlive_its_engine(listener: Listener):
    listener.answer(Session())
    token = listener.client.compute(Session(), FindUnits(query=Query(kind="class", wnid="n02106662")))
    assert not listener.computed.get(timeout=PATIENCE)[1].finished
    pid = listener.client.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while not (said := listener.computed.get(timeout=PATIENCE))[1].finished:
        pass
    assert said == (token, Answer(problem="the engine was restarted before the job finished", interrupted=True))


def test_killed_engine_comes_back_and_answers_the_last_session(listener: Listener):
    session = replace(Session(), "scene.camera.yaw", 12.0)
    before = listener.answer(session)
    pid = listener.client.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    after = listener.evaluations.get(timeout=PATIENCE)
    assert listener.client.pid not in (None, pid)
    assert after.session == session
    assert (after.pixels == before.pixels).all()
    assert [s.top for s in after.slots] == [s.top for s in before.slots]


def test_an_attack_is_replayed_after_a_kill(listener: Listener):
    """The window asks until all steps are there; a new engine comes to the same bytes."""
    session = replace(Session(), "attack.taken", 4)

    def through() -> Evaluation:
        while True:
            evaluation = listener.answer(session)
            assert evaluation.attack is not None
            if evaluation.attack.taken == session.attack.taken:
                return evaluation

    before = through()
    pid = listener.client.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    after = through()
    assert listener.client.pid != pid
    assert before.attack is not None
    assert after.attack is not None
    np.testing.assert_array_equal(before.attack.change, after.attack.change)
    np.testing.assert_array_equal(before.pixels, after.pixels)


@pytest.mark.parametrize("proposed", [True, False])
def test_endless_loop_is_stopped_and_blamed(listener: Listener, proposed: bool):
    listener.answer(Session())
    endless = replace_all(Session(), {"post.custom.code": ENDLESS})
    if proposed:
        listener.client.propose(endless)
        _, failure = listener.refused.get(timeout=PATIENCE)
    else:
        listener.client.submit(endless)
        failure = listener.failures.get(timeout=PATIENCE)
    assert failure.source == "post.custom.code"
    assert listener.answer(replace(Session(), "seed", 8)).session.seed == 8


def test_code_that_hangs_the_driver_costs_one_restart(listener: Listener):
    listener.answer(Session())
    pid = listener.client.pid
    listener.client.submit(replace(Session(), "post.custom.code", DEEP))
    failure = listener.failures.get(timeout=PATIENCE)
    assert failure.source == "post.custom.code"
    assert "restarted" in failure.message
    assert listener.answer(replace(Session(), "seed", 9)).session.seed == 9
    assert listener.client.pid != pid


def test_a_job_is_not_held_to_the_time_of_the_stage_entered_last():
    """What is known to be over: the user's code was refused, or a job has told of a step."""
    client, session = EngineClient(), Session()
    client._connection = client._wake_receive
    job = FindUnits(query=Query(kind="class", wnid="n02106662"))
    client._jobs[job.lane] = Compute(1, job.lane, session, job)
    client._under_way = Request(1, session)
    for message in (Refusal(1, "post.custom.code", "no such function", 2), Computed(1, Answer(1, 10))):
        client._enter("custom")
        assert client._patience() <= STAGE_SECONDS["custom"]
        client._told(message) if isinstance(message, Computed) else client._answered(message)
        assert client._patience() > STAGE_SECONDS["custom"]


def test_configure_restarts_on_the_same_session(listener: Listener):
    session = replace(Session(), "scene.camera.yaw", -12.0)
    listener.answer(session)
    listener.client.configure("cpu", "auto")
    assert listener.evaluations.get(timeout=PATIENCE).session == session
    listener.client.configure("nosuch", "auto")
    while listener.statuses[-1].state != "failed":
        listener.client._thread.join(0.05)
    assert "nosuch" in listener.statuses[-1].message
    listener.client.configure("cpu", "float32")
    assert listener.answer(Session(seed=77)).session.seed == 77
