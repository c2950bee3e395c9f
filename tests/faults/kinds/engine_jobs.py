"""The engine is killed during its jobs: attacks, features, tuning curves, failure searches, examples, saved weights."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from perturber.core.jobs.failures import FindFailures
from perturber.core.jobs.feature_spec import FeatureSpec
from perturber.core.jobs.job import Answer, FeatureRequest, Job, MakeFeatures, SaveWeights, TakeSteps, Tune
from perturber.core.parameters.parameter import replace, replace_all
from perturber.core.search.space import SearchSpace
from perturber.core.session.models import FamilyModel
from perturber.core.session.session import Session
from tests.faults.kind import Group, Kind
from tests.faults.outcome import LostError, WrongError

STEPS = 6
LONGEST = 3.0
"""Seconds after which the engine is killed, at most."""


class EngineJobs(Kind):
    """A job that was cut off says so, and gives the same when it is asked again."""

    group: ClassVar[Group] = "engine"
    refuses: ClassVar[bool] = False
    brief: ClassVar[int] = 1
    cpu: ClassVar[float] = 30.0
    share: ClassVar[float] = 2.5

    def prepare(self) -> None:
        _ = self.place.desk
        self._weights: tuple[Any, bytes] | None = None
        self._changes: dict[int, bytes] = {}

    def run(self, random: np.random.Generator, folder: Path) -> int:
        tries: tuple[Callable[[np.random.Generator, Path], int], ...]
        tries = (self._attack, self._features, self._tune, self._search, self._save)
        return tries[int(random.integers(len(tries)))](random, folder)

    def settle(self) -> None:
        self.place.desk.warm()

    def _cut(self, session: Session, job: Job, random: np.random.Generator) -> tuple[int, Answer]:
        """Kill the engine during a job; return the number of kills and the job's last answer."""
        desk = self.place.desk
        pid = desk.pid
        answer = desk.finish(desk.begin(session, job), 60, kill_after=float(random.uniform(0, LONGEST)))
        kills = int(desk.pid != pid)
        if kills and answer.value is None and not answer.interrupted:
            raise WrongError(f"a job that was cut off said: {answer}")
        desk.warm()
        return kills, answer

    def _attack(self, random: np.random.Generator, folder: Path) -> int:
        seed = int(random.integers(5))
        session = replace_all(Session(), {"seed": seed, "attack.taken": STEPS, "scene.camera.yaw": 5.0 * seed})
        kills, _ = self._cut(session, TakeSteps(), random)
        change = self._attacked(session)
        if self._changes.setdefault(seed, change) != change:
            raise LostError("an attack differs after the engine was killed")
        return kills

    def _attacked(self, session: Session) -> bytes:
        """Return the attack's change, once all steps are taken."""
        desk = self.place.desk
        while True:
            attack = desk.answer(session).attack
            if attack is None or attack.problem:
                raise WrongError(f"no attack: {attack and attack.problem}")
            if attack.taken >= session.attack.taken:
                return attack.change.tobytes()

    def _features(self, random: np.random.Generator, folder: Path) -> int:
        spec = FeatureSpec(steps=16, seed=int(random.integers(1 << 30)))
        units = tuple(int(unit) for unit in random.choice(32, 4, replace=False))
        wanted = tuple(FeatureRequest(model=FamilyModel(), layer="conv2d0", unit=unit, spec=spec) for unit in units)
        kills, _ = self._cut(Session(), MakeFeatures(wanted=wanted), random)
        desk = self.place.desk
        again = desk.finish(desk.begin(Session(), MakeFeatures(wanted=wanted)), 60)
        if again.value is None:
            raise LostError(f"feature images cannot be made again: {again.problem}")
        return kills

    def _tune(self, random: np.random.Generator, folder: Path) -> int:
        job = Tune(layer="mixed4a", unit=int(random.integers(200)), steps=9)
        kills, _ = self._cut(Session(), job, random)
        desk = self.place.desk
        if (again := desk.finish(desk.begin(Session(), job), 60)).value is None:
            raise LostError(f"a tuning curve cannot be made again: {again.problem}")
        return kills

    def _search(self, random: np.random.Generator, folder: Path) -> int:
        paths = ("scene.camera.distance", "post.color.hue")
        job = FindFailures(space=SearchSpace.around(Session(), 0.1, paths), budget=24, seed=int(random.integers(99)))
        kills, answer = self._cut(Session(), job, random)
        known = tuple(answer.latest.margins) if answer.latest is not None else ()
        desk = self.place.desk
        again = desk.finish(desk.begin(Session(), job.model_copy(update={"known": known})), 60)
        if again.value is None or len(again.value.margins) != job.budget:
            raise LostError(f"a search cannot be resumed: {again.problem}")
        if not np.allclose(again.value.margins[: len(known)], known):
            raise LostError("a resumed search differs from the one before")
        return kills

    def _save(self, random: np.random.Generator, folder: Path) -> int:
        file, old = folder / "edited.safetensors", b"what was there before"
        session, job = replace(Session(), "models.edited.enabled", True), SaveWeights(file=str(file))
        desk = self.place.desk
        if self._weights is None:
            if (first := desk.finish(desk.begin(session, job), 60)).value is None:
                raise WrongError(f"the weights are not saved: {first.problem}")
            self._weights = _content(file.read_bytes())
        file.write_bytes(old)
        kills, answer = self._cut(session, job, random)
        found = file.read_bytes()
        if (found == old and answer.value) or (found != old and _content(found) != self._weights):
            raise LostError("saved weights are neither the old nor the new ones")
        return kills


def _content(weights: bytes) -> tuple[Any, bytes]:
    """Return the description and the values of safetensors, whose metadata have no fixed order."""
    start = 8 + int.from_bytes(weights[:8], "little")
    return json.loads(weights[8:start]), weights[start:]
