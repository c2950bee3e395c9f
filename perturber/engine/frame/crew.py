"""Run networks in parallel: on a CPU, two networks on half the cores each are faster than in sequence on all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

from perturber.core.errors import PerturberError

T = TypeVar("T")


class Crew:
    """Runs the networks' jobs, each on its share of the cores.

    The share depends on the number of models in the session, not on how many have to run: summing in
    another order changes the last bit, and equal sessions must give equal logits.
    """

    def __init__(self) -> None:
        self._cores = torch.get_num_threads()
        self._pools: dict[int, ThreadPoolExecutor] = {}

    def share(self, models: int, device: torch.device) -> int:
        """Return the number of cores for each of ``models`` models; the last bit of results may depend on it."""
        return max(1, self._cores // max(1, models)) if device.type == "cpu" else 1

    def run(self, jobs: Sequence[Callable[[], T]], models: int, device: torch.device) -> list[T | Exception]:
        """Run the jobs and return their results in order, with the error in place of a result that failed."""
        if device.type != "cpu" or min(models, self._cores) < 2:
            return [_outcome(job) for job in jobs]
        return list(self._pool(models).map(_outcome, jobs))

    def _pool(self, models: int) -> ThreadPoolExecutor:
        if models not in self._pools:
            share = self.share(models, torch.device("cpu"))
            # torch's thread count is per calling thread, so each worker sets its own.
            self._pools[models] = ThreadPoolExecutor(
                models, thread_name_prefix="network", initializer=torch.set_num_threads, initargs=(share,)
            )
        return self._pools[models]


def _outcome(job: Callable[[], T]) -> T | Exception:
    try:
        return job()
    except (RuntimeError, PerturberError) as error:
        return error
