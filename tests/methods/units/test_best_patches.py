"""The best pictures of every unit against sorting them all."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from perturber.methods.units.best_patches import Best

COUNT = 5


def all_maps(seed: int) -> dict[str, NDArray[np.float32]]:
    """Activations of 17 pictures with many equal values, by layer."""
    random = np.random.default_rng(seed)
    sides = {"one": (7, 6, 9), "two": (3, 1, 1)}
    return {tap: random.integers(-3, 6, (17, *shape)).astype(np.float32) for tap, shape in sides.items()}


@pytest.mark.parametrize("batch", [1, 4])
def test_the_best_are_those_of_sorting_all_pictures(batch: int):
    layers = all_maps(3)
    best = Best({tap: maps.shape[1] for tap, maps in layers.items()}, COUNT, torch.device("cpu"))
    for first in range(0, 17, batch):
        numbers = range(first, min(first + batch, 17))
        best.add(numbers, {tap: torch.from_numpy(maps[numbers.start : numbers.stop]) for tap, maps in layers.items()})
    for tap, table in best.tables().items():
        maps = layers[tap]
        for unit in range(maps.shape[1]):
            order = sorted(range(17), key=lambda number: (-maps[number, unit].max(), number))[:COUNT]
            assert table.pictures[unit].tolist() == order
            assert table.values[unit].tolist() == [maps[number, unit].max() for number in order]
            rows, columns = zip(*(np.unravel_index(maps[n, unit].argmax(), maps.shape[2:]) for n in order), strict=True)
            assert table.places[unit].tolist() == [list(place) for place in zip(columns, rows, strict=True)]


def test_fewer_pictures_leave_the_rest_empty_and_what_is_no_number_never_wins():
    best = Best({"one": 2}, 3, torch.device("cpu"))
    broken = torch.tensor([[[[1.0, torch.nan]], [[0.5, 0.25]]]])
    best.add((0,), {"one": broken})
    best.add((1,), {"one": torch.tensor([[[[2.0, 3.0]], [[-1.0, -2.0]]]])})
    table = best.tables()["one"]
    assert table.pictures.tolist() == [[1, -1, -1], [0, 1, -1]]
    assert table.values[:, 0].tolist() == [3.0, 0.5]
    assert table.values[0, 1] == -np.inf
