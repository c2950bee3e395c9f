"""A training of a few seconds, of two classes that color tells apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from perturber.nets.architectures.architecture import create
from perturber.training.data.rendered_pictures import RenderedSet
from perturber.training.data.sources import Rendered
from perturber.training.loop.recipes.standard import Standard
from perturber.training.loop.schedule import Schedule
from perturber.training.loop.training_loop import Training, TrainingPlan

COUNT = 24


def train(folder: Path) -> None:
    """Train in a folder, from its saved state if there is one."""
    torch.set_num_threads(1)  # sums over several threads may be added in another order
    torch.manual_seed(0)
    pixels = np.random.default_rng(0).integers(0, 80, (COUNT, 32, 32, 3), np.uint8)
    targets = np.arange(COUNT) % 2
    pixels[np.arange(COUNT), ..., 2 * targets] += 120
    source = Rendered([RenderedSet(pixels, targets, targets, np.full(COUNT, -1))])
    schedule = Schedule(epochs_small=1, epochs_full=1, small=32, full=32, batch=8, rate=0.01)
    module = create("inception_v1", 2, width=0.0625, norm="batch")
    Training(module, source, TrainingPlan(Standard(), schedule, checkpoints=3, save_every=2), folder).run()
