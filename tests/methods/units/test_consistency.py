"""The consistency metric against its formula, written out as probabilities over pairs of pictures."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

from perturber.methods.units.consistency import activating, chance, consistency, correlations


def brute_force(concepts: list[int], pictures: list[int], distances: np.ndarray, sigma: float) -> float:
    """pᵀ A p is the mean of a_ij over all pairs of activating pictures, drawn with repetition."""
    total = 0.0
    for one in pictures:
        for two in pictures:
            total += math.exp(-(distances[concepts[one], concepts[two]] ** 2) / (2 * sigma**2))
    return total / len(pictures) ** 2


def test_it_is_the_mean_likeness_of_all_pairs():
    rng = np.random.default_rng(5)
    peaks = rng.normal(1, 1, (60, 9)).astype(np.float32)
    concepts = rng.integers(0, 7, 60)
    distances = rng.integers(1, 12, (7, 7))
    distances = distances + distances.T
    np.fill_diagonal(distances, 0)
    best = activating(peaks, 0.1, 2)
    found = consistency(concepts, best, correlations(distances, 3.0))
    for unit in range(9):
        order = sorted(range(60), key=lambda n: -peaks[n, unit])[:6]
        assert best[unit].tolist() == order
        assert found[unit] == pytest.approx(brute_force(concepts.tolist(), order, distances, 3.0), rel=1e-12)


def test_one_concept_is_1_and_strangers_are_one_over_their_number():
    apart = np.full((4, 4), 30)
    np.fill_diagonal(apart, 0)
    best = np.array([[0, 1, 2, 3], [4, 5, 6, 7]])
    concepts = np.array([0, 1, 2, 3, 2, 2, 2, 2])
    assert consistency(concepts, best, correlations(apart, 2.0)) == pytest.approx([0.25, 1.0])


def test_the_share_has_a_least_and_units_that_few_pictures_drive_have_no_value():
    peaks = np.array([[3, 0, 1], [2, 0, 1], [1, 5, 1], [0, 4, 1]], np.float32)
    assert activating(peaks, 0.01).tolist() == [[0], [2], [0]]
    best = activating(peaks, 0.01, 3)
    assert best.tolist() == [[0, 1, 2], [2, 3, -1], [0, 1, 2]]
    found = consistency(np.array([0, 0, 0, 0]), best, np.ones((1, 1)))
    assert found[[0, 2]].tolist() == [1, 1]
    assert np.isnan(found[1])
    assert activating(peaks, 1.0).shape == (3, 4)
    assert activating(peaks, 0.5, 99).shape == (3, 4)


def test_chance_is_the_mean_of_all_draws():
    concepts = np.array([0, 1, 1, 2, 0, 2, 2])
    alike = correlations(np.array([[0, 2, 7], [2, 0, 4], [7, 4, 0]]), 3.0)
    draws = np.array(list(combinations(range(7), 3)))
    assert chance(concepts, alike, 3) == pytest.approx(consistency(concepts, draws, alike).mean())
    assert chance(np.array([0]), np.ones((1, 1)), 1) == 1
