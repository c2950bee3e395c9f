"""Training of one network: deterministic per seed, bit-exact when resumed, on one device or several (``torchrun``)."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR

from perturber.core.errors import InputError, noting_interrupts
from perturber.core.storage.files import write_whole
from perturber.nets.architectures.architecture import Architecture
from perturber.nets.lookup.labels import KEY, Labels, dumped
from perturber.training.data.sources import Index, PictureSource
from perturber.training.loop.board import Board
from perturber.training.loop.learner import Learner
from perturber.training.loop.recipes.base_recipe import Recipe, TrainingBatch
from perturber.training.loop.schedule import Schedule

CLIP = 5.0
"""Largest gradient norm; without a limit rare spikes undo an epoch."""
TELL = 10
"""Steps between two rows of the log."""
STATE = "state.pt"


@dataclass(frozen=True)
class TrainingPlan:
    """Everything that determines a training except its pictures and initial weights."""

    recipe: Recipe
    schedule: Schedule
    checkpoints: int = 6
    """Number of checkpoints kept, denser at the beginning, where most changes."""
    save_every: int = 50
    """Steps between two saved states, from which an interrupted training is resumed."""

    def identity(self, count: int) -> str:
        """Return the key that a saved state must match to be resumed."""
        return f"{self.recipe.model_dump_json()} {self.schedule.model_dump_json()} {self.checkpoints} {count}"


def milestones(total: int, many: int) -> tuple[int, ...]:
    """Return ``many`` steps up to ``total``, geometrically spaced from 1 % on, without duplicates."""
    if many <= 1 or total <= 1:
        return (total,)
    shares = np.geomspace(0.01, 1, many)
    return tuple(sorted({max(1, round(total * share)) for share in shares}))


def file_of(step: int) -> str:
    """Return the file name of a checkpoint."""
    return f"step-{step:06d}.safetensors"


@dataclass(frozen=True)
class Processes:
    """The processes of a ``torchrun``; otherwise this process alone."""

    rank: int = 0
    world: int = 1

    @classmethod
    @contextlib.contextmanager
    def joined(cls, device: torch.device) -> Iterator[Processes]:
        """Join the processes that ``torchrun`` started, for the duration of the context."""
        world = int(os.environ.get("WORLD_SIZE", "1"))
        if world == 1:
            yield cls()
            return
        torch.distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
        try:
            yield cls(torch.distributed.get_rank(), world)
        finally:
            torch.distributed.destroy_process_group()


def rank() -> int:
    """Return the number of this process within a ``torchrun``; 0 for a single process."""
    return int(os.environ.get("RANK", "0"))


@lru_cache(maxsize=1)
def order(count: int, seed: int, epoch: int) -> Index:
    """Return every picture once, in an order set by seed and epoch; cached, since shuffling a million takes time."""
    return np.random.default_rng((seed, epoch)).permutation(count)


class Training:
    """One training in a folder: log, events, checkpoints, and the state to resume from."""

    def __init__(
        self,
        architecture: Architecture,
        source: PictureSource,
        plan: TrainingPlan,
        folder: Path,
        device: torch.device | None = None,
        *,
        labels: Labels | None = None,
    ) -> None:
        """Write checkpoints with ``labels`` if there are any."""
        self._labels = labels
        self._plan, self._source, self._folder = plan, source, folder
        self._device = device or torch.device("cpu")
        self._architecture = architecture
        self._per_epoch = len(source.targets) // plan.schedule.batch
        if not self._per_epoch:
            problem = f"{len(source.targets)} pictures are too few for a batch of {plan.schedule.batch}"
            raise InputError("batch", problem, "a smaller batch or more pictures")
        self._small, full = plan.schedule.steps(len(source.targets))
        self.total = self._small + full
        if not self.total:
            raise InputError("epochs", "no training steps", "more than 0 epochs in all")
        self.checkpoints = milestones(self.total, plan.checkpoints)
        """The steps whose weights are written."""

    def run(self, show: bool = False) -> None:
        """Train to the end, in place, from the folder's saved state if there is one.

        Raises InputError when the state is that of another training.
        """
        with Processes.joined(self._device) as processes:
            self._batch_check(processes)
            learner = Learner(self._architecture, self._device, processes.world > 1)
            schedule = self._plan.schedule
            optimizer = torch.optim.AdamW(learner.parameters(), lr=schedule.rate, weight_decay=schedule.decay)
            rates = OneCycleLR(optimizer, schedule.rate, total_steps=self.total)
            state = _State(self._architecture, optimizer, rates, self._folder / STATE, self._identity)
            done = state.load()
            board = Board(self._folder, self.total, done, show) if processes.rank == 0 else None
            learner.train()
            try:
                with noting_interrupts(lambda: self._describe_kept(state)):
                    self._go_on(learner, state, done, processes, board)
            finally:
                if board is not None:
                    board.close()

    def _describe_kept(self, state: _State) -> str:
        if not state.step:
            return f"{self._folder}: no step is saved yet"
        return f"{self._folder}: the state after step {state.step:,} of {self.total:,} is kept; start again to continue"

    @property
    def _identity(self) -> str:
        return self._plan.identity(len(self._source.targets))

    def _batch_check(self, processes: Processes) -> None:
        if self._plan.schedule.batch % processes.world:
            problem = f"{self._plan.schedule.batch} pictures cannot be shared evenly by {processes.world} processes"
            raise InputError("batch", problem, f"a multiple of {processes.world}")

    def _go_on(self, learner: Learner, state: _State, done: int, processes: Processes, board: Board | None) -> None:
        """Run the steps from ``done`` to the last."""
        losses: list[float] = []
        right: list[float] = []
        for step in range(done, self.total):
            loss, accuracy = self._step(learner, state, step, processes)
            losses.append(loss)
            right.append(accuracy)
            if board is None:
                continue
            if (step + 1) % TELL == 0 or step + 1 == self.total:
                rate = self._rate(step, state)
                figures: dict[str, float | int] = {
                    "loss": float(np.mean(losses)),
                    "accuracy": float(np.mean(right)),
                    "learning_rate": rate,
                }
                board.tell({"step": step + 1, "epoch": step // self._per_epoch, "size": self._size(step), **figures})
                losses, right = [], []
            board.advance()
            if step + 1 in self.checkpoints:
                write_weights(self._architecture, self._folder / file_of(step + 1), self._labels)
            if (step + 1) % self._plan.save_every == 0 or step + 1 == self.total:
                state.save(step + 1)

    def _size(self, step: int) -> int:
        return self._plan.schedule.small if step < self._small else self._plan.schedule.full

    def _rate(self, step: int, state: _State) -> float:
        """Return the learning rate of the next step."""
        cycle = float(state.rates.get_last_lr()[0])
        if step < self._small:
            return cycle
        return max(cycle, self._plan.schedule.full_rate * (1 - (step - self._small) / (self.total - self._small)))

    def _step(self, learner: Learner, state: _State, step: int, processes: Processes) -> tuple[float, float]:
        """Run one step. Return its loss and the top-1 accuracy on the pictures of the loss."""
        schedule, epoch = self._plan.schedule, step // self._per_epoch
        first = step % self._per_epoch * schedule.batch
        index = order(len(self._source.targets), schedule.seed, epoch)[first : first + schedule.batch]
        index = np.sort(index)[processes.rank :: processes.world]
        seed = (schedule.seed, step, processes.rank)
        pixels = self._source.batch(index, self._size(step), seed if schedule.flip else None)
        targets = torch.from_numpy(self._source.targets[index])
        generator = torch.Generator().manual_seed(
            int(np.random.SeedSequence(seed).generate_state(1, np.uint64)[0] >> 1)
        )
        seen = TrainingBatch(pixels.to(self._device), targets.to(self._device), schedule.smoothing, generator)
        loss = self._plan.recipe.loss(learner, seen)
        state.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(list(learner.parameters()), CLIP)
        for group in state.optimizer.param_groups:
            group["lr"] = self._rate(step, state)
        state.optimizer.step()
        state.rates.step()
        return float(loss.detach()), learner.accuracy(seen.targets)


@dataclass
class _State:
    """The mutable state of a training, and its file."""

    module: Architecture
    optimizer: torch.optim.Optimizer
    rates: OneCycleLR
    file: Path
    identity: str
    step: int = 0
    """The step of the file."""

    def load(self) -> int:
        """Restore the file's state. Return the number of steps done. Raises InputError."""
        if not self.file.is_file():
            return 0
        try:
            found = torch.load(self.file, weights_only=True)
        except Exception as error:  # the unpickler's errors are not documented
            problem = f"it cannot be read ({str(error).splitlines()[0] if str(error) else error!r})"
            raise InputError(str(self.file), problem, "a saved training; delete the file to start again") from None
        if found.get("identity") != self.identity:
            raise InputError(str(self.file), "it belongs to another training", "the same recipe, or another folder")
        self.module.load_state_dict(found["module"])
        self.optimizer.load_state_dict(found["optimizer"])
        self.rates.load_state_dict(found["rates"])
        self.step = int(found["step"])
        return self.step

    def save(self, step: int) -> None:
        """Write the state atomically: a crash leaves the previous file."""
        states = {
            "module": self.module.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "rates": self.rates.state_dict(),
        }
        everything = {**states, "step": step, "identity": self.identity}
        data = io.BytesIO()  # torch.save would say that a file is damaged, not that the disk is full
        torch.save(everything, data)
        write_whole(self.file, data.getvalue())
        self.step = step


def small(key: str, value: torch.Tensor) -> torch.Tensor:
    """Return a weight as stored: float16, except for running statistics, which can exceed its range."""
    return value if "running" in key or not value.is_floating_point() else value.half()


def write_weights(architecture: Architecture, file: Path, labels: Labels | None = None) -> None:
    """Write the weights atomically, in float16 as safetensors, with the classes' labels if there are any."""
    weights = {key: small(key, value).cpu().contiguous() for key, value in architecture.bare().state_dict().items()}
    write_whole(file, save(weights, None if labels is None else {KEY: dumped(labels)}))
