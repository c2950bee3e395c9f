"""Smooth curves through a few given points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assets.build.geometry import Floats, unit

FINE = 24
"""Straight segments between two given points when lengths are measured."""


def smooth(points: Sequence[tuple[float, ...]] | Floats, count: int) -> Floats:
    """Return ``count`` points at equal steps along the Catmull-Rom curve through ``points``; count × k."""
    given = np.asarray(points, float)
    padded = np.concatenate([2 * given[:1] - given[1:2], given, 2 * given[-1:] - given[-2:-1]])
    t = (np.arange(FINE) / FINE)[None, :, None]
    p, a, b, q = (padded[k : len(given) - 1 + k, None] for k in range(4))
    bend = (2 * a + (b - p) * t + (2 * p - 5 * a + 4 * b - q) * t**2 + (3 * a - p - 3 * b + q) * t**3) / 2
    dense = np.concatenate([bend.reshape(-1, given.shape[1]), given[-1:]])
    way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(dense, axis=0), axis=1))])
    at = np.linspace(0, way[-1], count)
    return np.stack([np.interp(at, way, column) for column in dense.T], -1)


def directions(path: Floats) -> Floats:
    """Return the unit tangents of a path, N × k."""
    return unit(np.gradient(path, axis=0))


def bridge(start: Floats, leave: Floats, end: Floats, arrive: Floats, count: int) -> Floats:
    """Return ``count`` rows on Hermite cubics from ``start`` to ``end`` with given end tangents (each N × 3)."""
    t = (np.arange(1, count + 1) / (count + 1))[:, None, None]
    square, cube = t**2, t**3
    return np.asarray(
        (2 * cube - 3 * square + 1) * start
        + (cube - 2 * square + t) * leave
        + (3 * square - 2 * cube) * end
        + (cube - square) * arrive
    )
