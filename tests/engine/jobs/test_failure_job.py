"""Finding failures: what is told flips indeed, searches repeat and go on where they were, and mistakes are named."""

from __future__ import annotations

import numpy as np
import pytest

from perturber.core.errors import InputError
from perturber.core.jobs.failures import Failures, FindFailures
from perturber.core.jobs.job import Answer
from perturber.core.parameters.parameter import replace, replace_all
from perturber.core.search.space import Bound, SearchSpace
from perturber.core.session.session import Session
from perturber.engine.frame.engine import Engine
from perturber.engine.jobs.job_registry import work_on
from perturber.engine.jobs.workbench import Workbench

PATHS = ("scene.camera.distance", "post.color.hue", "post.frequency.low_hue")
BUDGET = 30


@pytest.fixture(scope="module")
def job() -> FindFailures:
    return FindFailures(space=SearchSpace.around(Session(), 0.1, PATHS), budget=BUDGET)


@pytest.fixture(scope="module")
def answers(engine: Engine, job: FindFailures) -> list[Answer]:
    return list(work_on(Workbench(engine), Session(), job))


def test_flips_are_flips_within_the_bounds(engine: Engine, answers: list[Answer], job: FindFailures):
    found = answers[-1].value
    assert isinstance(found, Failures)
    assert found.original.name == "Dog"
    assert found.complete
    assert found.flips
    distances = [flip.distance for flip in found.flips]
    assert found.distances[-1] <= distances[0] < found.distances[0] == np.inf
    assert distances == sorted(distances)
    bounds = {bound.path: bound for bound in job.space.bounds}
    for flip in found.flips[:2]:
        assert all(bounds[path].low <= value <= bounds[path].high for path, value in flip.changes.items())
        evaluation = engine.evaluate(replace_all(Session(), flip.changes))
        top = evaluation.slots[0].top[0]
        assert (top.wnid, top.probability) == (flip.became.wnid, pytest.approx(flip.became.probability, abs=1e-5))
        assert top.wnid != found.original.wnid
        assert flip.original < top.probability
        assert found.margins[flip.evaluation - 1] <= 0
        coarse = evaluation.pixels[::2, ::2].astype(int) - flip.thumbnail
        assert flip.thumbnail.shape == (112, 112, 3)
        assert np.abs(coarse).mean() < 12


def test_it_tells_what_it_has_on_the_way(answers: list[Answer]):
    partial = [answer.partial for answer in answers if answer.partial is not None]
    assert len(partial) >= 3
    assert [len(p.margins) for p in partial] == sorted(len(p.margins) for p in partial)
    assert partial[-1].best == tuple(np.minimum.accumulate(partial[-1].margins))
    assert [answer.finished for answer in answers] == [False] * (len(answers) - 1) + [True]


def test_an_interrupted_search_goes_on_where_it_was(engine: Engine, answers: list[Answer], job: FindFailures):
    whole = answers[-1].value.margins
    later = list(work_on(Workbench(engine), Session(), job.model_copy(update={"known": whole[:20]})))[-1].value
    assert later.margins == pytest.approx(whole, abs=1e-5)
    assert later.distances == pytest.approx(answers[-1].value.distances, abs=1e-5)
    assert all(flip.evaluation > 20 for flip in later.flips)


def test_where_nothing_flips_it_says_so(engine: Engine):
    session = replace(Session(), "attack.taken", 3)  # of no concern
    space = SearchSpace(bounds=(Bound(path="scene.camera.yaw", low=-25.5, high=-24.5),))
    found = list(work_on(Workbench(engine), session, FindFailures(space=space, method="random", budget=5)))[-1].value
    assert found.flips == ()
    assert len(found.margins) == 5
    assert min(found.margins) > 0


def test_a_target_is_a_flip_only_when_it_stands_first(engine: Engine):
    target = "n04522168"  # vase
    space = SearchSpace.around(Session(), 0.1, PATHS)
    found = list(work_on(Workbench(engine), Session(), FindFailures(space=space, target=target, budget=12)))[-1].value
    assert all(flip.became.wnid == target for flip in found.flips)


def test_every_step_does_one_thing(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    """Whoever stops a search or changes the scene waits for one picture or one run at most."""
    network = engine.features.network(Session().models.slot1.model)
    done: list[str] = []
    render, run = engine.render, network.run
    monkeypatch.setattr(engine, "render", lambda session: (done.append("render"), render(session))[1])
    monkeypatch.setattr(network, "run", lambda pixels: (done.append("run"), run(pixels))[1])
    steps = work_on(Workbench(engine), Session(), FindFailures(space=SearchSpace.around(Session()), budget=4))
    next(steps)
    for _ in range(3):
        done.clear()
        next(steps)
        assert done == ["render"]
        next(steps)
        assert done == ["render", "run"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"slot": "slot9"}, "slot9"),
        ({"target": "n00000000"}, "has no class 'n00000000'"),
        ({"target": "n02106662"}, "already is the top class"),
        ({"space": SearchSpace(bounds=(Bound(path="scene.camera.yaw", low=9, high=3),))}, "scene.camera.yaw"),
    ],
)
def test_mistakes_are_named(engine: Engine, job: FindFailures, changes: dict[str, object], problem: str):
    with pytest.raises(InputError, match=problem):
        list(work_on(Workbench(engine), Session(), job.model_copy(update=changes)))
