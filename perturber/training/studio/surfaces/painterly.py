"""A painterly filter that keeps shape and removes fine texture and true colors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perturber.training.studio.surfaces.noise import Picture, cells, grain, ramp, rgb, to_bytes

GRAY = rgb(0.3, 0.59, 0.11)


def paint(pixels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Paint an H×W×3 picture (at most 256×256); same size.

    First the colors are shifted. Then strokes are applied: dabs of one color each, or edges bent along a flow. A
    Kuwahara filter (M. Kuwahara et al. 1976) flattens the areas between edges, tones are reduced to a few levels,
    and a brush relief is added. Every strength is random.
    """
    height, width = pixels.shape[:2]
    flow = grain(rng, 2, (1, 10))[:height, :width]
    picture = shift_colors(pixels.astype(np.float32) / 255, rng)
    picture = dabs(picture, rng) if rng.random() < 0.4 else bend(picture, flow, rng.uniform(0.5, 2.5))
    picture = kuwahara(picture, int(rng.integers(2, 6)))
    picture = fewer_tones(picture, int(rng.integers(5, 14)), rng.uniform(0.2, 0.9))
    relief = grain(rng, 0.6, (3, 40), rng.uniform(3, 7), rng.uniform(0, np.pi))[:height, :width]
    return to_bytes(picture + np.float32(rng.uniform(0.0, 0.035)) * relief[..., None])


def shift_colors(picture: Picture, rng: np.random.Generator) -> Picture:
    """Rotate the hues by a random angle (around gray), and change contrast and tint of the whole picture."""
    angle = rng.uniform(-np.pi, np.pi) * (rng.random() < 0.5)
    third, root = (1 - np.cos(angle)) / 3, np.sin(angle) / np.sqrt(3)
    turn = np.full((3, 3), third) + np.cos(angle) * np.eye(3)
    turn += root * np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    middle = picture.mean(axis=(0, 1))
    tint = rng.uniform(-0.12, 0.12, 3).astype(np.float32)
    turned: Picture = (picture - middle) @ turn.T.astype(np.float32) * np.float32(rng.uniform(0.8, 1.3))
    shifted: Picture = (turned + middle @ turn.T.astype(np.float32) + tint).clip(0, 1)
    return shifted


def dabs(picture: Picture, rng: np.random.Generator) -> Picture:
    """Cover the picture with dabs of one color each: Voronoi cells, elongated in one direction."""
    height, width = picture.shape[:2]
    fine, coarse = int(rng.integers(44, 72)), int(rng.integers(24, 44))
    found = cells(rng, (fine, coarse) if rng.random() < 0.5 else (coarse, fine))
    row = (found.row[:height, :width] * 256).astype(np.int64).clip(0, height - 1)
    column = (found.column[:height, :width] * 256).astype(np.int64).clip(0, width - 1)
    moved: Picture = picture[row, column]
    return moved


def bend(picture: Picture, flow: NDArray[np.float32], strength: float) -> Picture:
    """Displace every pixel by up to ``strength`` pixels along the level lines of a smooth field."""
    height, width = picture.shape[:2]
    down, right = np.gradient(flow)
    long = np.float32(strength) / np.sqrt(down**2 + right**2 + 1e-6)
    row = np.rint(np.arange(height)[:, None] + right * long).astype(np.int64).clip(0, height - 1)
    column = np.rint(np.arange(width)[None] - down * long).astype(np.int64).clip(0, width - 1)
    moved: Picture = picture[row, column]
    return moved


def kuwahara(picture: Picture, radius: int) -> Picture:
    """Replace every pixel by the mean of the quadrant around it (radius+1 wide) whose lightness varies least."""
    height, width = picture.shape[:2]
    light = picture @ GRAY
    layers = np.concatenate([picture, light[..., None], light[..., None] ** 2], axis=-1)
    padded = np.pad(layers, ((radius, radius), (radius, radius), (0, 0)), mode="edge").transpose(2, 0, 1)
    means = _boxes(_boxes(padded, radius + 1, 1), radius + 1, 2)
    variance = means[4] - means[3] ** 2
    best = np.full((height, width), np.inf, np.float32)
    chosen = np.empty((3, height, width), np.float32)
    for down in (0, radius):
        for right in (0, radius):
            window = np.s_[down : down + height, right : right + width]
            less = variance[window] < best
            np.copyto(best, variance[window], where=less)
            np.copyto(chosen, means[:3, window[0], window[1]], where=less)
    return chosen.transpose(1, 2, 0)


def _boxes(layers: NDArray[np.float32], size: int, axis: int) -> NDArray[np.float32]:
    """Means over ``size`` neighbors along one axis; the axis becomes ``size`` - 1 shorter."""
    count = layers.shape[axis] - size + 1
    total = layers.take(range(count), axis)
    for step in range(1, size):
        total += layers[:, step : step + count] if axis == 1 else layers[:, :, step : step + count]
    return total / np.float32(size)


def fewer_tones(picture: Picture, levels: int, strength: float) -> Picture:
    """Pull lightness toward ``levels`` steps, with soft edges between them; 0 keeps it, 1 replaces it."""
    light = picture @ GRAY
    scaled = light * levels
    whole = np.floor(scaled)
    stepped = (whole + ramp(scaled - whole, 0.35, 0.65)) / levels
    return picture + (np.float32(strength) * (stepped - light))[..., None]
