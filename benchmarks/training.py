"""Rendering a data set and training on it, each against the bare work it cannot do without."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from perturber.core.evaluation import SIZE
from perturber.nets.architectures.architecture import create
from perturber.scene.renderer import Renderer
from perturber.training.data.rendered_pictures import BLOCK, DONE, RenderedSet, folder_of, picture_set, render_share
from perturber.training.data.sources import Rendered, to_pixels
from perturber.training.loop.recipes.standard import Standard
from perturber.training.loop.schedule import Schedule
from perturber.training.loop.training_loop import Training, TrainingPlan
from perturber.training.studio.kinds import KINDS
from perturber.training.studio.sample import Pictures, Sampler
from perturber.training.studio.stock import Stock

PICTURES = Pictures(count=3 * BLOCK, seed=9)
ROUNDS, STEPS = 3, 6


def training_figures() -> dict[str, float]:
    """Times of a data set and of a training step, over those of the bare loops."""
    with TemporaryDirectory() as folder:
        work = Path(folder)
        data = _data_set(work)
        step = {f"training_step_over_bare{name}": _step(size, work) for name, size in (("", SIZE), ("_112", 112))}
    return {"data_set_over_bare": data, **step}


def _data_set(work: Path) -> float:
    """One process's share of a set, over draw, effects and reading of the same sessions in a bare loop."""
    sampler = Sampler(PICTURES, Stock(work / "stock"))
    sessions = [sampler.sample(index).session for index in range(PICTURES.count)]  # makes the stock as well
    picture_set(PICTURES, work, processes=1)
    folder = folder_of(PICTURES, work)
    bare, whole = [], []
    renderer = Renderer()
    for _ in range(ROUNDS):
        start = perf_counter()
        for session in sessions:
            renderer.read(renderer.post(renderer.draw(session.scene, SIZE), session.post, session.seed))
        bare.append(perf_counter() - start)
        np.save(folder / DONE, np.zeros(PICTURES.count // BLOCK, np.uint8))
        start = perf_counter()
        render_share(PICTURES, folder, 0, 1)
        whole.append(perf_counter() - start)
    renderer.release()
    return median(whole) / median(bare)


class _Timed(Rendered):
    """Notes when each batch is asked for: the time between two is a whole step."""

    def __init__(self, pictures: RenderedSet) -> None:
        super().__init__([pictures])
        self.times: list[float] = []

    def batch(self, index: Any, size: int, seed: tuple[int, ...] | None) -> torch.Tensor:
        self.times.append(perf_counter())
        return super().batch(index, size, seed)


def _step(size: int, work: Path) -> float:
    """Time between two steps of a training, over forward and backward of a batch that lies ready."""
    rng = np.random.default_rng(0)
    schedule = Schedule(epochs_small=0, epochs_full=1, full=size)
    count = STEPS * schedule.batch
    targets = rng.integers(len(KINDS), size=count)
    pixels = rng.integers(0, 255, (count, SIZE, SIZE, 3), np.uint8)
    whole, bare = [], []
    for turn in range(ROUNDS):
        module = create("inception_v1", len(KINDS), width=0.5, norm="batch")
        source = _Timed(RenderedSet(pixels, targets, targets, targets))
        Training(module, source, TrainingPlan(Standard(), schedule, checkpoints=1), work / f"{size}-{turn}").run()
        whole += np.diff(source.times)[1:].tolist()
        batch = to_pixels(pixels[: schedule.batch], size)
        wanted = torch.from_numpy(targets[: schedule.batch])
        for _ in range(STEPS):
            start = perf_counter()
            cross_entropy(module(batch), wanted).backward()
            bare.append(perf_counter() - start)
    return median(whole) / median(bare)
