"""The soft shadow where an object meets the ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from perturber.scene.files.surface import Shape
from perturber.scene.stage.coverage import coverage_at

CELLS = 128
MARGIN = 1.5
"""Half side of the map, in radii of the object's footprint: room for the blur to fade out."""
LAYERS = ((0.05, 0.25, 0.75), (0.012, 0.05, 0.6))
"""The sky's soft shadow and the dark contact: standard deviation of the blur as a share of the map's side, height
over the ground at which it has faded to 1/e as a share of the object's width, strength."""
SAMPLES = 40_000


@dataclass(frozen=True, eq=False)
class Footprints:
    """Darkness of the ground under both ends: CELLS×CELLS×2 in 0 … 255, row along z, column along x."""

    darkness: NDArray[np.uint8]
    reach: float
    """The map covers x and z from -reach to reach around the origin."""


def footprints(first: Shape, second: Shape, holes: NDArray[np.uint8] | None = None) -> Footprints:
    """Compute the shadows of both ends on y = 0: dark where a surface is near the ground, then blurred.

    What is transparent casts less, or none; ``holes`` is the opacity texture (see `coverage_at`).
    """
    widest = max(float(np.abs(shape.positions[:, [0, 2]]).max()) for shape in (first, second))
    reach = max(MARGIN * widest, 1e-6)
    one = _darkness(first, reach, holes)
    other = one if second is first else _darkness(second, reach, holes)
    return Footprints(np.stack([one, other], axis=-1), reach)


def _darkness(shape: Shape, reach: float, holes: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    corners = shape.positions[shape.faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    if not np.isfinite(area.sum()) or area.sum() <= 0:
        return np.zeros((CELLS, CELLS), np.uint8)
    rng = np.random.default_rng(0)
    faces = rng.choice(len(corners), SAMPLES, p=area / area.sum())
    weights = rng.dirichlet((1, 1, 1), SAMPLES)
    points = np.einsum("nk,nkc->nc", weights, corners[faces])
    cells = ((points[:, [0, 2]] / reach + 1) / 2 * CELLS).astype(int).clip(0, CELLS - 1)
    heights, covered = np.maximum(points[:, 1], 0), coverage_at(shape, faces, weights, holes)
    light = np.ones((CELLS, CELLS))
    for softness, fade, strength in LAYERS:
        near = np.zeros((CELLS, CELLS))
        np.maximum.at(near, (cells[:, 1], cells[:, 0]), covered * np.exp(-heights / (fade * reach / MARGIN)))
        soft = Image.fromarray((near * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(softness * CELLS))
        light *= 1 - strength * np.asarray(soft) / 255
    return ((1 - light) * 255).astype(np.uint8)
