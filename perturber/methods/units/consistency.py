"""Whether a unit stands for one thing: the consistency metric of Dong et al.

"Towards Interpretable Deep Neural Networks by Leveraging Adversarial Examples" (arXiv 1901.09035): of the pictures
that activate a unit, how alike in meaning are the things that they show?
"""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


def activating(peaks: NDArray[np.floating], share: float = 0.01, least: int = 1) -> Numbers:
    """The pictures that activate each unit, C×k numbers of pictures, best first.

    ``peaks`` are N×C, the highest activation of each of C units anywhere on each of N pictures. A picture activates a
    unit when it is among the ``share`` of the pictures with the highest peaks (at least ``least`` pictures; of equal
    ones the earlier) and drives it above 0: −1 stands where a picture does not.
    """
    count = min(len(peaks), max(least, ceil(share * len(peaks))))
    order = np.argsort(-peaks, axis=0, kind="stable")[:count]
    return np.where(np.take_along_axis(peaks, order, 0) > 0, order, -1).T.astype(np.int64)


def correlations(distances: Numbers, sigma: float) -> Floats:
    """How alike concepts are in meaning: a_ij = exp(−d²(w_i, w_j) / 2σ²), K×K, from distances in WordNet."""
    alike: Floats = np.exp(-np.square(distances, dtype=np.float64) / (2 * sigma**2))
    return alike


def consistency(concepts: Numbers, activating: Numbers, alike: Floats) -> Floats:
    """consis(n) = pᵀ A p for each unit, C values in (0, 1]; 1 where all pictures show one concept.

    p_i = consis(n, c_i) = Pr(x contains c_i | x activates n), here the share of the unit's activating pictures that
    show concept i. ``concepts`` are N numbers into ``alike`` (K×K, of `correlations`), ``activating`` is C×k as
    `activating` gives it. NaN for a unit with fewer than k activating pictures: of few pictures p says little, and of
    one nothing.
    """
    full = (activating >= 0).all(1)
    rows, kinds, count = int(full.sum()), len(alike), activating.shape[1]
    places = np.arange(rows)[:, None] * kinds + concepts[activating[full]]
    shares = np.bincount(places.ravel(), minlength=rows * kinds).reshape(rows, kinds) / count
    values = np.full(len(activating), np.nan)
    values[full] = ((shares @ alike) * shares).sum(1)
    return values


def chance(concepts: Numbers, alike: Floats, count: int) -> float:
    """The mean of `consistency` over all ways to draw ``count`` of the N pictures: what units have that mean nothing.

    A picture is paired with itself in one of ``count`` pairs, else with another one.
    """
    number = len(concepts)
    kinds = np.bincount(concepts, minlength=len(alike))
    own = float(kinds @ np.diag(alike))
    others = (float(kinds @ alike @ kinds) - own) / max(1, number * (number - 1))
    return (own / number + (count - 1) * others) / count
