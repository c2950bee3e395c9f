"""Networks side by side: on a CPU two networks on half the cores each beat one after the other on all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

from perturber.core.errors import PerturberError

T = TypeVar("T")


class Crew:
    """Runs jobs of the networks, each on its share of the cores.

    The share follows from how many models a session shows, not from how many of them are due: sums
    in another order differ in the last bit, and equal sessions must give equal logits.
    """

    def __init__(self) -> None:
        self._cores = torch.get_num_threads()
        self._pools: dict[int, ThreadPoolExecutor] = {}

    def share(self, models: int, device: torch.device) -> int:
        """How many cores each of so many models is given; results on another share may differ in the last bit."""
        return max(1, self._cores // max(1, models)) if device.type == "cpu" else 1

    def run(self, jobs: Sequence[Callable[[], T]], models: int, device: torch.device) -> list[T | Exception]:
        """The jobs' results in order, the error in the place of a result where one was raised."""
        if device.type != "cpu" or min(models, self._cores) < 2:
            return [_outcome(job) for job in jobs]
        return list(self._pool(models).map(_outcome, jobs))

    def _pool(self, models: int) -> ThreadPoolExecutor:
        if models not in self._pools:
            share = self.share(models, torch.device("cpu"))
            # The number of threads belongs to the thread that asks for it, so each worker sets its own.
            self._pools[models] = ThreadPoolExecutor(
                models, thread_name_prefix="network", initializer=torch.set_num_threads, initargs=(share,)
            )
        return self._pools[models]


def _outcome(job: Callable[[], T]) -> T | Exception:
    try:
        return job()
    except (RuntimeError, PerturberError) as error:
        return error
