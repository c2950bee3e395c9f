"""Memoize the stages of a frame, so that only what changed is computed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Stage(Generic[V]):
    """A cache of the results for the last few keys, with a count of actual computations.

    The key must hold everything that the computation reads, and nothing else.
    """

    def __init__(self, keep: int = 1) -> None:
        self.runs = 0
        self._keep = keep
        self._results: OrderedDict[Hashable, V] = OrderedDict()

    def __call__(self, key: Hashable, compute: Callable[[], V]) -> V:
        """Return the result for a key, computing it only if it is not cached."""
        if key in self._results:
            self._results.move_to_end(key)
            return self._results[key]
        value = compute()
        self.runs += 1
        self._results[key] = value
        while len(self._results) > self._keep:
            self._results.popitem(last=False)
        return value

    def get(self, key: Hashable) -> V | None:
        """Return the result for a key if it is cached."""
        return self._results.get(key)

    def clear(self) -> None:
        """Drop all results, but keep the count."""
        self._results.clear()
