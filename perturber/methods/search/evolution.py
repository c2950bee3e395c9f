"""SciPy's differential evolution as an ask-and-tell interface, one generation at a time."""

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
    """A search for the point of [0, 1]^n with the lowest loss.

    SciPy's solver calls the function it minimizes and cannot be paused, so it runs in a thread of its own;
    at any time either the thread or the caller waits for the other. Must be closed, or the thread waits forever.
    """

    def __init__(self, first: Values, generations: int, rng: np.random.Generator) -> None:
        """Start from the candidates ``first``, P×n with P at least 5; ``rng`` determines all later ones."""
        self._asked: SimpleQueue[Values | BaseException | None] = SimpleQueue()
        self._told: SimpleQueue[Values | None] = SimpleQueue()
        self._thread = Thread(target=self._run, args=(first, generations, rng), daemon=True)
        self._thread.start()
        self.waiting = self._next()
        """Candidates P×n that wait for their losses; None after the last generation."""

    def answer(self, losses: Sequence[float]) -> None:
        """Report the losses of the P waiting candidates, and compute the next generation."""
        self._told.put(np.asarray(losses, np.float64))
        self.waiting = self._next()

    def close(self) -> None:
        """End the search at any stage."""
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
        """Run the solver with F = 0.5 and no crossover, as in equation 2 of Su et al."""
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
