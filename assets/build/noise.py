"""Noise and small functions for mixing colors. All arrays are N × 3 points or N values."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from assets.build.geometry import Floats

CELLS = 64


@cache
def _table(seed: int) -> Floats:
    return np.random.default_rng(1000 + seed).random((CELLS, CELLS, CELLS))


def ramp(low: float, high: float, x: ArrayLike) -> Floats:
    """Smooth step from 0 at ``low`` to 1 at ``high`` (which may be the smaller)."""
    t = np.clip((np.asarray(x, float) - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def rgb(red: float, green: float, blue: float) -> Floats:
    """A color given as 0 … 255 per channel."""
    return np.array([red, green, blue]) / 255


def mix(base: Floats, color: ArrayLike, amount: ArrayLike) -> Floats:
    """Mix colors N × 3 with another by an amount (N values in 0 … 1)."""
    share = np.clip(np.asarray(amount, float), 0, 1)[:, None]
    return np.asarray(base * (1 - share) + np.asarray(color) * share)


def value_noise(points: Floats, seed: int = 0) -> Floats:
    """Periodic value noise in 0 … 1 with lattice constant 1."""
    table = _table(seed).ravel()
    cell = np.floor(points).astype(np.int64)
    f = points - cell
    f = f * f * (3 - 2 * f)
    low, high = cell % CELLS, (cell + 1) % CELLS
    total = np.zeros(len(points))
    for corner in range(8):
        bits = (corner >> 2 & 1, corner >> 1 & 1, corner & 1)
        i, j, k = (high[:, axis] if bit else low[:, axis] for axis, bit in enumerate(bits))
        weight = np.prod([f[:, a] if bit else 1 - f[:, a] for a, bit in enumerate(bits)], axis=0)
        total += weight * table[(i * CELLS + j) * CELLS + k]
    return total


def fbm(points: Floats, frequency: float, octaves: int = 4, seed: int = 0) -> Floats:
    """Fractal noise in 0 … 1, about 0.5."""
    total, amplitude, norm = np.zeros(len(points)), 1.0, 0.0
    for octave in range(octaves):
        total += amplitude * value_noise(points * frequency * 2.03**octave + 17.3 * octave, seed + octave)
        norm += amplitude
        amplitude *= 0.55
    return total / norm


def streaks(points: Floats, flow: Floats, frequency: float, length: float, seed: int = 0) -> Floats:
    """Noise smeared along ``flow`` (unit vectors) over ±``length``, which looks like hair. In 0 … 1."""
    taps = np.linspace(-1, 1, 11)
    total = sum(value_noise((points + flow * (t * length)) * frequency, seed) for t in taps)
    return np.clip(0.5 + (total / len(taps) - 0.5) * 2.4, 0, 1)
