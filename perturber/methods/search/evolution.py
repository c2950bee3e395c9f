"""SciPy's differential evolution, generation by generation: its candidates wait until they are judged."""

from __future__ import annotations

from collections.abc import Sequence
from queue import SimpleQueue
from threading import Thread

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import differential_evolution

Values = NDArray[np.float64]


class _ClosedError(Exception):
    """The search was closed."""


class Evolution:
    """Looks for the point of [0, 1]^n with the lowest loss.

    The solver calls the function it minimizes; here it is to wait instead, for as long as its
    caller likes. So it runs in a thread of its own, and one of both waits for the other at any
    time. Close it, or its thread waits forever.
    """

    def __init__(self, first: Values, generations: int, rng: np.random.Generator) -> None:
        """``first`` are the candidates to begin with, P×n with P at least 5; ``rng`` decides all that follow."""
        self._asked: SimpleQueue[Values | BaseException | None] = SimpleQueue()
        self._told: SimpleQueue[Values | None] = SimpleQueue()
        self._thread = Thread(target=self._run, args=(first, generations, rng), daemon=True)
        self._thread.start()
        self.waiting = self._next()
        """Candidates P×n that wait to be judged; None when the generations are through."""

    def answer(self, losses: Sequence[float]) -> None:
        """Tell the losses of the P candidates that wait; the next generation waits after it."""
        self._told.put(np.asarray(losses, np.float64))
        self.waiting = self._next()

    def close(self) -> None:
        """End the search, wherever it is."""
        if self.waiting is not None:
            self._told.put(None)
            self.waiting = None
        self._thread.join()

    def _next(self) -> Values | None:
        asked = self._asked.get()
        if isinstance(asked, BaseException):
            raise asked
        return asked

    def _run(self, first: Values, generations: int, rng: np.random.Generator) -> None:
        """F = 0.5 and no crossover, as in equation 2 of Su et al.: a candidate competes with the mutant of three."""
        outcome: BaseException | None = None
        try:
            differential_evolution(
                self._judged,
                [(0.0, 1.0)] * first.shape[1],
                init=first,
                strategy="rand1bin",
                mutation=0.5,
                recombination=1.0,
                maxiter=generations,
                tol=0.0,
                polish=False,
                updating="deferred",
                vectorized=True,
                rng=rng,
            )
        except _ClosedError:
            pass
        except BaseException as error:
            outcome = error
        self._asked.put(outcome)

    def _judged(self, candidates: Values) -> Values:
        self._asked.put(candidates.T.copy())
        losses = self._told.get()
        if losses is None:
            raise _ClosedError
        return losses
