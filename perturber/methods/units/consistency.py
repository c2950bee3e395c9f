"""The consistency metric of Dong et al.: whether a unit represents a single concept.

"Towards Interpretable Deep Neural Networks by Leveraging Adversarial Examples" (arXiv 1901.09035) measures how similar
in meaning the objects are in the pictures that activate a unit.
"""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


def activating(peaks: NDArray[np.floating], share: float = 0.01, least: int = 1) -> Numbers:
    """Return the pictures that activate each unit, C×k picture numbers, best first.

    ``peaks`` are N×C, the highest activation of each of C units anywhere on each of N pictures. A picture activates a
    unit when it is among the ``share`` of the pictures with the highest peaks (at least ``least`` pictures; ties go
    to the earlier one) and its peak is above 0. Missing pictures are −1.
    """
    count = min(len(peaks), max(least, ceil(share * len(peaks))))
    order = np.argsort(-peaks, axis=0, kind="stable")[:count]
    return np.where(np.take_along_axis(peaks, order, 0) > 0, order, -1).T.astype(np.int64)


def correlations(distances: Numbers, sigma: float) -> Floats:
    """Return the similarity of concepts a_ij = exp(−d²(w_i, w_j) / 2σ²), K×K, from their distances in WordNet."""
    alike: Floats = np.exp(-np.square(distances, dtype=np.float64) / (2 * sigma**2))
    return alike


def consistency(concepts: Numbers, activating: Numbers, alike: Floats) -> Floats:
    """Return consis(n) = pᵀ A p for each unit, C values in (0, 1]; 1 where all pictures show one concept.

    p_i = consis(n, c_i) = Pr(x contains c_i | x activates n), here the share of the unit's activating pictures that
    show concept i. ``concepts`` are the N pictures' indices into ``alike`` (K×K, from `correlations`), ``activating``
    is C×k, from `activating`. NaN for a unit with fewer than k activating pictures, too few to estimate p.
    """
    full = (activating >= 0).all(1)
    rows, kinds, count = int(full.sum()), len(alike), activating.shape[1]
    places = np.arange(rows)[:, None] * kinds + concepts[activating[full]]
    shares = np.bincount(places.ravel(), minlength=rows * kinds).reshape(rows, kinds) / count
    values = np.full(len(activating), np.nan)
    values[full] = ((shares @ alike) * shares).sum(1)
    return values


def chance(concepts: Numbers, alike: Floats, count: int) -> float:
    """Return the mean of `consistency` over all draws of ``count`` of the N pictures: the chance level.

    In one of ``count`` pairs a picture is paired with itself, otherwise with another one.
    """
    number = len(concepts)
    kinds = np.bincount(concepts, minlength=len(alike))
    own = float(kinds @ np.diag(alike))
    others = (float(kinds @ alike @ kinds) - own) / max(1, number * (number - 1))
    return (own / number + (count - 1) * others) / count
