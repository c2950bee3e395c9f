"""Searches for the smallest change that makes a margin negative, using only its values.

A search is a generator of `Trial` that is sent each trial's margin, at or below 0 for a flip. It never
ends; its caller has the budget. Trials depend only on the seed and the margins, so a search can be
replayed. The origin is the starting state, whose margin is positive.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
from cmaes import CMA
from numpy.typing import NDArray

from perturber.core.search.space import EACH, Point

Method = Literal["cma", "random"]
T = TypeVar("T")

SCOUTS = 4
"""Number of searches from the origin before the smallest flip found is refined."""
STEP, NEAR = 0.3, 0.3
"""CMA's initial step size: from the origin, and around a flip as a share of the flip's RMS coordinate."""
HALVINGS = 6
"""Steps of a bisection, which locates the first flip to within 1.6 % of the way."""
PATIENCE = 6
"""Generations without gain after which CMA counts as converged."""
GAIN = 0.01
"""Minimum gain, as a share of the objective."""
PENALTY = 2.0
"""Weight of a positive margin, in units of the known flip's size per margin; above 1, the minimum is a flip."""
FAINT, BEYOND = 0.1, 1.08
"""Share of the largest coordinate below which others are dropped, and the factor by which the rest may grow instead."""


@dataclass(frozen=True, eq=False)
class Trial:
    """A point whose margin the search needs; ``run`` counts the restarts of the search, from 0."""

    point: Point
    run: int


Search = Generator[Trial, float, T]


def size(point: Point) -> float:
    """Return the size of a change: its root mean square, plus a small share of it per changed coordinate."""
    return float(np.sqrt(np.mean(np.square(point)))) * (1 + EACH * np.count_nonzero(point))


# From a flip to a smaller one.


def bisect_flip(point: Point, run: int) -> Search[Point]:
    """Find a flip between the origin and ``point``, which flips, by bisection."""
    inside, outside = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        if (yield Trial(point * middle, run)) <= 0:
            outside = middle
        else:
            inside = middle
    return point * outside


def drop_unneeded(point: Point, run: int) -> Search[Point]:
    """Set the coordinates of ``point`` that the flip does not need to 0, small ones first.

    Whole groups are tried at once and halved where needed, so that many irrelevant coordinates cost few trials.
    """
    order = np.flatnonzero(point)
    order = order[np.argsort(np.abs(point[order]), kind="stable")]
    waiting = [half for half in np.array_split(order, 2)[::-1] if len(half)]
    while waiting:
        group = waiting.pop()
        bare = point.copy()
        bare[group] = 0.0
        if np.any(bare) and (yield Trial(bare, run)) <= 0:
            point = bare
        elif len(group) > 1:
            waiting += np.array_split(group, 2)[::-1]
    return point


def shrink(point: Point, run: int) -> Search[Point]:
    """Shrink a flip: drop superfluous coordinates, then move it toward the origin."""
    point = yield from drop_unneeded(point, run)
    return (yield from bisect_flip(point, run))


def drop_faint(point: Point, sides: NDArray[np.float64], run: int) -> Search[Point]:
    """Drop the smallest coordinates of a refined flip, if that makes it smaller.

    It lies on the decision boundary, where every coordinate matters, so the others grow a little first.
    """
    kept = np.abs(point) >= FAINT * np.abs(point).max()
    bare = np.clip(np.where(kept, point, 0.0) * BEYOND, *sides)
    if np.all(kept) or (yield Trial(bare, run)) > 0:
        return point
    bare = yield from bisect_flip(bare, run)
    return min(point, bare, key=size)


# The searches.


def random_search(sides: NDArray[np.float64], seed: int) -> Search[None]:
    """Try uniform random points of the box and shrink each flip. ``sides`` are its lower and upper bounds, 2×n."""
    rng, run = np.random.default_rng(seed), 0
    while True:
        point: Point = rng.uniform(sides[0], sides[1])
        if (yield Trial(point, run)) <= 0:
            yield from shrink(point, run)
            run += 1


def cma_search(sides: NDArray[np.float64], seed: int, margin: float) -> Search[None]:
    """Search by CMA-ES (Hansen 2016, arXiv 1604.00772): scout several flips from the origin, then refine the smallest.

    A scout minimizes the margin until it flips, and is then shrunk to the few coordinates it needs. The
    refinement minimizes the distance plus an exact penalty for a positive margin, whose minimum lies on the
    decision boundary, over the coordinates that the smallest flips need. Both restart with new random
    numbers when CMA has converged. ``margin`` is that of the origin.
    """
    rng, folds = np.random.default_rng(seed), _Folds(sides)
    flips: dict[int, Point] = {}
    run = 0
    while True:
        for _ in range(SCOUTS):
            flip = yield from _scout(folds, int(rng.integers(2**31)), run)
            if flip is not None:
                flips[run] = yield from shrink(flip, run)
            run += 1
        if flips:
            smallest = sorted(flips, key=lambda run: size(flips[run]))[:SCOUTS]
            best = smallest[0]
            needed = np.flatnonzero(np.any([flips[run] != 0 for run in smallest], axis=0))
            if len(needed) > 1:
                around = _Refinement(flips[best], needed, margin, best)
                flips[best] = yield from around.refine(folds, int(rng.integers(2**31)))


def search(method: Method, sides: NDArray[np.float64], seed: int, margin: float) -> Search[None]:
    """Start a search by name, within the bounds ``sides`` (2×n) around the origin, whose margin is ``margin``."""
    return cma_search(sides, seed, margin) if method == "cma" else random_search(sides, seed)


class _Folds:
    """A box that folds one-sided coordinates: either sign means the side where they can move.

    Otherwise half of all samples around the origin would lie outside.
    """

    def __init__(self, sides: NDArray[np.float64]) -> None:
        low, high = sides
        self._sign = np.where(high <= 0, -1.0, np.where(low >= 0, 1.0, 0.0))
        folded = self._sign != 0
        reach = np.maximum(-low, high)
        self.true_sides = sides
        self.sides = np.stack([np.where(folded, -reach, low), np.where(folded, reach, high)])

    def __call__(self, point: Point) -> Point:
        return np.where(self._sign != 0, self._sign * np.abs(point), point)


def _cma(mean: Point, step: float, sides: NDArray[np.float64], seed: int) -> CMA:
    """Create a CMA optimizer. It needs two coordinates, so a single one gets a meaningless second."""
    if len(mean) == 1:
        mean, sides = np.append(mean, 0.0), np.append(sides, [[-1.0], [1.0]], axis=1)
    return CMA(mean=mean, sigma=step, bounds=sides.T, seed=seed)


class _Patience:
    """Detects when CMA has stopped improving."""

    def __init__(self) -> None:
        self._best, self._waited = np.inf, 0

    def left(self, values: list[float]) -> bool:
        """Record a generation's values. Return whether to continue."""
        if min(values) < self._best - GAIN * abs(self._best) or self._best == np.inf:
            self._best, self._waited = min(values), 0
        else:
            self._waited += 1
        return self._waited < PATIENCE


def _run_generation(
    cma: CMA, make: Callable[[Point], Point], value: Callable[[Point, float], float], run: int
) -> Search[tuple[list[float], list[Point]]]:
    """Run one generation of CMA. Return its values and the flips among its points."""
    told: list[tuple[Point, float]] = []
    flips = []
    for _ in range(cma.population_size):
        drawn = cma.ask()
        point = make(drawn)
        margin = yield Trial(point, run)
        told.append((drawn, value(point, margin)))
        if margin <= 0:
            flips.append(point)
    values = [value for _, value in told]
    cma.tell(told)
    return values, flips


def _scout(folds: _Folds, seed: int, run: int) -> Search[Point | None]:
    """Find the smallest flip of the first generation that has one; None if the margin stops falling before that."""
    count = folds.sides.shape[1]
    cma, patience = _cma(np.zeros(count), STEP, folds.sides, seed), _Patience()
    while True:
        values, flips = yield from _run_generation(cma, lambda x: folds(x[:count]), lambda _, margin: margin, run)
        if flips:
            return min(flips, key=size)
        if not patience.left(values):
            return None


@dataclass(frozen=True, eq=False)
class _Refinement:
    """A search for a smaller flip near a known one, in the coordinates ``needed``."""

    flip: Point
    needed: NDArray[np.intp]
    margin: float
    run: int

    def _merit(self, point: Point, margin: float) -> float:
        scale = size(self.flip) / self.margin
        return size(point) + PENALTY * scale * max(0.0, margin)

    def refine(self, folds: _Folds, seed: int) -> Search[Point]:
        """Search, and return the smallest flip found; at worst the one it started from."""
        flip, needed = self.flip, self.needed
        step = NEAR * float(np.sqrt(np.mean(np.square(flip[needed]))))
        cma, patience = _cma(flip[needed], step, folds.sides[:, needed], seed), _Patience()

        def whole(drawn: Point) -> Point:
            point = np.zeros_like(flip)
            point[needed] = drawn
            return folds(point)

        smallest, going = flip, True
        while going:
            values, flips = yield from _run_generation(cma, whole, self._merit, self.run)
            smallest = min([smallest, *flips], key=size)
            going = patience.left(values)
        if smallest is flip:
            return flip
        smallest = yield from bisect_flip(smallest, self.run)
        return (yield from drop_faint(smallest, folds.true_sides, self.run))
