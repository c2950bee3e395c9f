"""Defects of a mesh: triangles without area, and edges shared by more than two triangles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.integer]
FLAT = 1e-12
"""Area of a triangle, as a share of its longer side squared, below which it counts as degenerate."""
SPREAD = tuple(np.uint64(odd) for odd in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))
"""Odd multipliers that spread the bits of a number over all 64."""


def find_degenerate(positions: NDArray[np.float64], faces: Indices) -> NDArray[np.bool_]:
    """Return which of F×3 ``faces`` have no area, given V×3 ``positions``."""
    a, b, c = np.ascontiguousarray(faces.T)
    sides = [(axis[b] - axis[a], axis[c] - axis[a]) for axis in np.ascontiguousarray(positions.T)]
    longest = np.maximum(sum(one * one for one, _ in sides), sum(two * two for _, two in sides))
    around = ((sides[i], sides[j]) for i, j in ((0, 1), (1, 2), (2, 0)))
    crosses = (one[0] * two[1] - one[1] * two[0] for one, two in around)
    flat: NDArray[np.bool_] = sum(cross * cross for cross in crosses) <= (FLAT * longest) ** 2
    return flat


def count_crowded_edges(positions: NDArray[np.float64], faces: Indices) -> int:
    """Count the edges shared by three or more triangles. Vertices at the same position count as one."""
    place = _places(positions)
    corners = [place[faces[:, corner]] for corner in range(3)]
    # Sums of well mixed numbers do not depend on the edge's direction and hardly ever collide.
    edges = np.sort(np.concatenate([corners[0] + corners[1], corners[1] + corners[2], corners[2] + corners[0]]))
    third = edges[2:] == edges[:-2]  # once for each triangle beyond the second
    return int(np.count_nonzero(third[1:] & ~third[:-1])) + int(third[:1].sum())


def compact(count: int, faces: Indices) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
    """Return which of ``count`` vertices the faces use, in order, and the faces renumbered to these."""
    used = np.zeros(count, bool)
    used[faces] = True
    renumbered = (np.cumsum(used) - 1).astype(np.int32)
    return np.flatnonzero(used), renumbered[faces]


def _places(positions: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Return a hash of each of V positions: its coordinates, thoroughly mixed."""
    mixed = np.zeros(len(positions), np.uint64)
    for axis in positions.T:
        mixed += (axis + 0.0).view(np.uint64)  # + 0.0: minus zero is zero
        for odd in SPREAD:
            mixed ^= mixed >> np.uint64(32)
            mixed *= odd
    return mixed ^ (mixed >> np.uint64(29))
