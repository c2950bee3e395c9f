"""Training one network: deterministic per seed, resumable to the bit, on one device or on many with ``torchrun``."""

from __future__ import annotations

import contextlib
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

from perturber.core.errors import InputError
from perturber.core.storage.files import write_whole
from perturber.nets.architectures.architecture import Architecture
from perturber.training.data.sources import Index, PictureSource
from perturber.training.loop.board import Board
from perturber.training.loop.learner import Learner
from perturber.training.loop.recipes.base_recipe import Recipe, TrainingBatch
from perturber.training.loop.schedule import Schedule

CLIP = 5.0
"""Largest gradient norm; rare spikes otherwise undo an epoch."""
TELL = 10
"""Steps between two rows of the log."""
STATE = "state.pt"


@dataclass(frozen=True)
class TrainingPlan:
    """Everything that decides a training but its pictures and first weights."""

    recipe: Recipe
    schedule: Schedule
    checkpoints: int = 6
    """How many checkpoints are kept, closer together at the beginning, where most changes."""
    save_every: int = 50
    """Steps between two savings of the whole state, from which a killed training goes on."""

    def identity(self, count: int) -> str:
        """What a saved state must agree with to be gone on from."""
        return f"{self.recipe.model_dump_json()} {self.schedule.model_dump_json()} {self.checkpoints} {count}"


def milestones(total: int, many: int) -> tuple[int, ...]:
    """``many`` steps up to ``total``, in equal ratios from 1 % on, each once."""
    if many <= 1 or total <= 1:
        return (total,)
    shares = np.geomspace(0.01, 1, many)
    return tuple(sorted({max(1, round(total * share)) for share in shares}))


def file_of(step: int) -> str:
    """The file of a checkpoint."""
    return f"step-{step:06d}.safetensors"


@dataclass(frozen=True)
class Processes:
    """The processes of a ``torchrun``; one alone otherwise."""

    rank: int = 0
    world: int = 1

    @classmethod
    @contextlib.contextmanager
    def joined(cls, device: torch.device) -> Iterator[Processes]:
        """Join the others that ``torchrun`` started, as long as the context lasts."""
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
    """The number of this process among those of a ``torchrun``; 0 when it is alone."""
    return int(os.environ.get("RANK", "0"))


@lru_cache(maxsize=1)
def order(count: int, seed: int, epoch: int) -> Index:
    """Every picture once, in an order the seed decides; kept, so that a million are not shuffled at every step."""
    return np.random.default_rng((seed, epoch)).permutation(count)


class Training:
    """One training in a folder: log, events, checkpoints, and the state to go on from."""

    def __init__(
        self,
        architecture: Architecture,
        source: PictureSource,
        plan: TrainingPlan,
        folder: Path,
        device: torch.device | None = None,
    ) -> None:
        self._plan, self._source, self._folder = plan, source, folder
        self._device = device or torch.device("cpu")
        self._architecture = architecture
        self._per_epoch = len(source.targets) // plan.schedule.batch
        if not self._per_epoch:
            problem = f"{len(source.targets)} pictures do not fill a batch of {plan.schedule.batch}"
            raise InputError("batch", problem, "a smaller batch or more pictures")
        self._small, full = plan.schedule.steps(len(source.targets))
        self.total = self._small + full
        if not self.total:
            raise InputError("epochs", "there is nothing to do", "more than 0 epochs in all")
        self.checkpoints = milestones(self.total, plan.checkpoints)
        """The steps whose weights are kept."""

    def run(self, show: bool = False) -> None:
        """Train to the end, going on from the folder's state if there is one. The architecture ends trained.

        Raises InputError when the state was saved by another training.
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
                self._go_on(learner, state, done, processes, board)
            finally:
                if board is not None:
                    board.close()

    @property
    def _identity(self) -> str:
        return self._plan.identity(len(self._source.targets))

    def _batch_check(self, processes: Processes) -> None:
        if self._plan.schedule.batch % processes.world:
            problem = f"{self._plan.schedule.batch} pictures cannot be shared evenly by {processes.world} processes"
            raise InputError("batch", problem, f"a multiple of {processes.world}")

    def _go_on(self, learner: Learner, state: _State, done: int, processes: Processes, board: Board | None) -> None:
        """The steps behind ``done``, until the last."""
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
                write_weights(self._architecture, self._folder / file_of(step + 1))
            if (step + 1) % self._plan.save_every == 0 or step + 1 == self.total:
                state.save(step + 1)

    def _size(self, step: int) -> int:
        return self._plan.schedule.small if step < self._small else self._plan.schedule.full

    def _rate(self, step: int, state: _State) -> float:
        """The learning rate of a step that comes next."""
        cycle = float(state.rates.get_last_lr()[0])
        if step < self._small:
            return cycle
        return max(cycle, self._plan.schedule.full_rate * (1 - (step - self._small) / (self.total - self._small)))

    def _step(self, learner: Learner, state: _State, step: int, processes: Processes) -> tuple[float, float]:
        """One step; its loss, and the share of pictures whose class led among those the loss was taken of."""
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


@dataclass(frozen=True)
class _State:
    """All that changes in a training, and the file it is kept in."""

    module: Architecture
    optimizer: torch.optim.Optimizer
    rates: OneCycleLR
    file: Path
    identity: str

    def load(self) -> int:
        """Take up what the file holds; the number of steps that are done."""
        if not self.file.is_file():
            return 0
        try:
            found = torch.load(self.file, weights_only=True)
        except Exception as error:  # the unpickler's errors are not documented
            problem = f"it cannot be read ({str(error).splitlines()[0] if str(error) else error!r})"
            raise InputError(str(self.file), problem, "a saved training, or no such file to begin anew") from None
        if found.get("identity") != self.identity:
            raise InputError(str(self.file), "it was saved by another training", "the same recipe, or another folder")
        self.module.load_state_dict(found["module"])
        self.optimizer.load_state_dict(found["optimizer"])
        self.rates.load_state_dict(found["rates"])
        return int(found["step"])

    def save(self, step: int) -> None:
        """Write everything; a crash in between leaves the former file."""
        states = {
            "module": self.module.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "rates": self.rates.state_dict(),
        }
        everything = {**states, "step": step, "identity": self.identity}
        write_whole(self.file, lambda part: torch.save(everything, part))


def small(key: str, value: torch.Tensor) -> torch.Tensor:
    """A weight as it is stored: float16, except running statistics, which can exceed its range."""
    return value if "running" in key or not value.is_floating_point() else value.half()


def write_weights(architecture: Architecture, file: Path) -> None:
    """The weights in float16 as safetensors, whole or not at all."""
    weights = {key: small(key, value).cpu().contiguous() for key, value in architecture.bare().state_dict().items()}
    write_whole(file, save(weights))
