"""The searches on margins that are formulas: how small a flip they find, within which box, and that they repeat."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from perturber.methods.search.flip_search import Method, Point, Search, Trial, bisect_flip, drop_unneeded, search, size

Margin = Callable[[Point], float]
COUNT = 12
SIDES = np.stack([np.r_[-np.ones(8), np.zeros(4)], np.ones(COUNT)])
SLOPE = np.zeros(COUNT)
SLOPE[[1, 2, 4, 7, 9, 10]] = 1.5, 2.0, 3.0, 2.0, 2.0, 1.0


def slope(point: Point) -> float:
    """Flips beyond a plane; the nearest flip lies on its normal, where six coordinates change."""
    return 3.0 - float(SLOPE @ point)


def run(method: Method, margin: Margin, budget: int, seed: int) -> tuple[list[Trial], list[float]]:
    steps = search(method, SIDES, seed, margin(np.zeros(COUNT)))
    trials, margins = [next(steps)], []
    for _ in range(budget):
        margins.append(margin(trials[-1].point))
        trials.append(steps.send(margins[-1]))
    return trials[:budget], margins


def smallest(trials: list[Trial], margins: list[float]) -> float:
    return min(size(t.point) for t, m in zip(trials, margins, strict=True) if m <= 0)


def test_cma_finds_smaller_flips_than_random_search_and_nearly_the_smallest():
    """Medians over seeds: with other last bits, on another processor, every single search ends elsewhere.

    Of 150 seeds, CMA ended above 1.1 times the known minimum with 2 and random search below it with 3.
    """
    nearest = size(SLOPE * 3.0 / (SLOPE @ SLOPE))
    found = {method: [smallest(*run(method, slope, 400, seed)) for seed in range(9)] for method in ("cma", "random")}
    assert min(found["cma"]) > 0.999 * nearest
    assert np.median(found["cma"]) < 1.1 * nearest < np.median(found["random"])


def test_cma_gets_where_random_points_hardly_ever_flip():
    corner = np.where(np.arange(COUNT) % 2 == 0, 0.8, np.where(SIDES[0] < 0, -0.8, 0.8))

    def far(point: Point) -> float:
        return float(np.linalg.norm(point - corner)) - 1.0

    seeds = range(5)
    assert np.median([min(run("random", far, 400, seed)[1]) for seed in seeds]) > 0
    assert np.median([min(run("cma", far, 400, seed)[1]) for seed in seeds]) <= 0


def finished(steps: Search[Point], margin: Margin) -> tuple[Point, int]:
    """What a part of a search comes to, and how many trials that took."""
    asked, trial = 0, next(steps)
    while True:
        asked += 1
        try:
            trial = steps.send(margin(trial.point))
        except StopIteration as end:
            return end.value, asked


@pytest.mark.parametrize("method", ["cma", "random"])
def test_every_trial_lies_in_the_box_and_the_same_seed_tries_the_same(method: Method):
    trials, margins = run(method, slope, 200, 3)
    points = np.array([t.point for t in trials])
    assert np.all(points >= SIDES[0])
    assert np.all(points <= SIDES[1])
    assert points.tobytes() == np.array([t.point for t in run(method, slope, 200, 3)[0]]).tobytes()
    assert points.tobytes() != np.array([t.point for t in run(method, slope, 200, 4)[0]]).tobytes()
    runs = [t.run for t in trials]
    assert len(set(runs)) > 1
    assert min(margins) <= 0


@pytest.mark.parametrize("method", ["cma", "random"])
def test_where_nothing_flips_it_goes_on_until_nobody_asks(method: Method):
    assert min(run(method, lambda point: 1.0 + float(np.abs(point).sum()), 500, 0)[1]) > 1.0


def test_a_single_coordinate_can_be_searched():
    steps = search("cma", np.array([[-1.0], [1.0]]), 0, 0.4)
    trial, found = next(steps), []
    for _ in range(120):
        margin = 0.4 - float(trial.point[0])
        found += [float(trial.point[0])] if margin <= 0 else []
        trial = steps.send(margin)
    assert min(found) == pytest.approx(0.4, rel=0.04)


def test_coordinates_that_do_not_matter_go_at_few_trials():
    point = np.random.default_rng(0).uniform(0.5, 1.0, 64)
    end, asked = finished(drop_unneeded(point, 0), lambda point: -1.0 if point[7] and point[40] else 1.0)
    assert np.flatnonzero(end).tolist() == [7, 40]
    assert asked < 32


def test_bisection_ends_just_beyond_the_flip():
    end, _ = finished(bisect_flip(np.array([1.0, 2.0]), 0), lambda point: 0.3 - float(point[0]))
    assert 0.3 <= end[0] <= 0.3 + 1 / 64
