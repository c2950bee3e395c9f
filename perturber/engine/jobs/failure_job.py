"""Find failures: vary the scene within bounds until the network's prediction changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from perturber.core.errors import InputError
from perturber.core.evaluation import Pixels, Prediction
from perturber.core.jobs.failures import Failures, FindFailures, Flip
from perturber.core.jobs.job import Answer
from perturber.core.search.space import Box
from perturber.core.session.session import Session
from perturber.engine.frame.engine import Engine
from perturber.engine.frame.observer import to_tensor, top_of
from perturber.engine.jobs.workbench import Workbench
from perturber.methods.search.flip_search import Trial, search
from perturber.nets.architectures.network import Network
from perturber.nets.lookup.find import find_class

TELL = 8
"""Evaluations between two progress reports; a new failure is reported at once."""
REPLAYED = 50
"""Replayed evaluations between two answers."""
KEPT = 24
"""Maximum number of failures kept, smallest first."""
HALF = 2
"""Factor by which thumbnails are smaller than the frame."""


@dataclass(frozen=True, eq=False)
class Goal:
    """The class that must lose its first rank, or the one that must reach it."""

    network: Network
    original: Prediction
    suppressed: int
    target: int | None

    @classmethod
    def of(cls, network: Network, logits: Tensor, target: str) -> Goal:
        """Set the goal from the logits, 1×classes, of the starting session.

        Raises InputError for an unknown target, or one that already is the top class.
        """
        wanted = find_class(network, target, "target") if target else None
        first = int(logits[0].argmax())
        original = top_of(network, logits)[0]
        if wanted == first:
            raise InputError("target", f"{original.name} already is the top class", "another class")
        return cls(network, original, first, wanted)

    def margin(self, logits: Tensor) -> float:
        """Return the difference in logits to a flip; at or below 0 the prediction has flipped."""
        values = logits[0].double()
        if self.target is None:
            others = torch.cat([values[: self.suppressed], values[self.suppressed + 1 :]])
            return float(values[self.suppressed] - others.max())
        others = torch.cat([values[: self.target], values[self.target + 1 :]])
        return float(others.max() - values[self.target])


class _Finds:
    """The margins measured, and the smallest flip of each run."""

    def __init__(self, box: Box, goal: Goal) -> None:
        self._box, self._goal = box, goal
        self.margins: list[float] = []
        self._distances: list[float] = []
        self._best: dict[int, Flip] = {}

    def note(self, trial: Trial, margin: float) -> None:
        """Record the margin of a trial."""
        smallest = self._distances[-1] if self._distances else inf
        distance = self._box.distance(self._box.changes(trial.point)) if margin <= 0 else inf
        self.margins.append(margin)
        self._distances.append(min(smallest, distance))

    def take(self, trial: Trial, pixels: Pixels, logits: Tensor) -> bool:
        """Keep the flip recorded last unless its run has a smaller one; return whether it was kept."""
        changes = self._box.changes(trial.point)
        flip = Flip(
            run=trial.run,
            changes=changes,
            distance=self._box.distance(changes),
            became=top_of(self._goal.network, logits)[0],
            original=float(logits[0].float().softmax(0)[self._goal.suppressed]),
            thumbnail=_small(pixels),
            evaluation=len(self.margins),
        )
        better = bool(changes) and (trial.run not in self._best or flip.size < self._best[trial.run].size)
        if better:
            self._best[trial.run] = flip
        return better

    def failures(self, budget: int) -> Failures:
        """Return the result so far, the smallest flips first."""
        flips = sorted(self._best.values(), key=lambda flip: flip.distance)
        return Failures(self._goal.original, tuple(flips[:KEPT]), tuple(self.margins), tuple(self._distances), budget)


def find_failures(bench: Workbench, session: Session, job: FindFailures) -> Iterator[Answer]:
    """Search a space for sessions with another prediction, as a job.

    Each step renders one session or runs the network once. The starting session is evaluated first and
    does not count toward the budget. Raises InputError for unusable bounds, slot or target.
    """
    engine, box = bench.engine, Box.of(job.space, session)
    network = engine.features.network(session.models.model(job.slot))
    logits = _logits(engine, network, engine.render(session))
    yield Answer(0, job.budget)
    goal = Goal.of(network, logits, job.target)
    seed = session.seed if job.seed is None else job.seed
    steps = search(job.method, box.sides, seed, goal.margin(logits))
    finds = _Finds(box, goal)
    trial = next(steps)
    for margin in job.known[: job.budget]:
        finds.note(trial, margin)
        trial = steps.send(margin)
        if len(finds.margins) % REPLAYED == 0:
            yield Answer(len(finds.margins), job.budget)
    margins = finds.margins
    while len(margins) < job.budget:
        pixels = engine.render(box.at(box.changes(trial.point)))
        yield Answer(len(margins), job.budget)
        logits = _logits(engine, network, pixels)
        finds.note(trial, goal.margin(logits))
        new = margins[-1] <= 0 and finds.take(trial, pixels, logits)
        trial = steps.send(margins[-1])
        told = new or len(margins) % TELL == 0
        yield Answer(len(margins), job.budget, partial=finds.failures(job.budget) if told else None)
    yield Answer(job.budget, job.budget, finds.failures(job.budget))


def _logits(engine: Engine, network: Network, pixels: Pixels) -> Tensor:
    engine.enter("network")
    with torch.inference_mode():
        return network.logits(to_tensor(pixels, network.device))


def _small(pixels: Pixels) -> NDArray[np.uint8]:
    """Return the picture at half its size, by averaging 2×2 pixels."""
    height, width = (side // HALF * HALF for side in pixels.shape[:2])
    blocks = pixels[:height, :width].reshape(height // HALF, HALF, width // HALF, HALF, 3)
    return np.ascontiguousarray(blocks.mean((1, 3)).round().astype(np.uint8))
