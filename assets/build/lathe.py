"""Solids of stacked outlines, round to square: barrels, crates, bottles, vases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assets.build.assemble import assemble
from assets.build.geometry import Floats, Shapes, grid_faces

Ring = tuple[float, float, float, float]
"""Height, half width, exponent (2 is a circle, 40 a square), extra width of the corner posts."""
BAND, DISC = 0.66, 0.33


@dataclass(frozen=True)
class Patch:
    """Equally many rings of both ends: a band around the object, or a disc that closes it."""

    name: str
    ends: tuple[Sequence[Ring], Sequence[Ring]]
    disc: float | None = None
    """Left edge of the disc's square in the texture; None for the band, which fills the upper part."""


def outline(columns: int, exponent: float, post: float) -> Floats:
    """Unit outline in (x, z), columns × 2, starting at the back; half width 1 across the flats."""
    angle = (np.arange(columns) / columns - 0.25) * 2 * np.pi
    c, s = np.cos(angle), np.sin(angle)
    radius = (np.abs(c) ** exponent + np.abs(s) ** exponent) ** (-1 / exponent)
    corner = np.minimum(np.abs(c), np.abs(s)) / np.maximum(np.abs(c), np.abs(s)) > 0.68
    return np.stack([c, s], -1) * (radius * (1 + post * corner))[:, None]


def solid(rings: Sequence[Ring], columns: int) -> Floats:
    """Vertices, rings × columns × 3."""
    grid = np.zeros((len(rings), columns, 3))
    for row, (height, width, exponent, post) in enumerate(rings):
        flat = outline(columns, exponent, post) * width
        grid[row] = np.stack([flat[:, 0], np.full(columns, height), flat[:, 1]], -1)
    return grid


def _coordinates(patch: Patch, grids: Sequence[Floats]) -> Floats:
    """Texture coordinates, rings × (columns + 1) × 2."""
    rows, columns = grids[0].shape[:2]
    step = [np.linalg.norm(np.diff(g, axis=0), axis=2).mean(1) + 1e-3 for g in grids]
    along = np.concatenate([[0], np.cumsum(step[0] / step[0].sum() + step[1] / step[1].sum())]) / 2
    if patch.disc is None:
        u = np.linspace(0.003, 0.997, columns + 1)[None].repeat(rows, 0)
        return np.stack([u, (1 - BAND + 0.006 + (BAND - 0.01) * along)[:, None].repeat(columns + 1, 1)], -1)
    if grids[0][0, 0, 0] ** 2 + grids[0][0, 0, 2] ** 2 > grids[0][-1, 0, 0] ** 2 + grids[0][-1, 0, 2] ** 2:
        along = 1 - along
    along = 0.01 + 0.99 * along
    around = outline(columns, 4, 0)[np.arange(columns + 1) % columns]
    center = np.array([patch.disc + DISC / 2, DISC / 2])
    return np.asarray(center + along[:, None, None] * around[None] * 0.36 * DISC)


def lathe(patches: Sequence[Patch], columns: int, crease: float = 40.0) -> Shapes:
    """Build the solid of all patches, bottom to top."""
    vertices: tuple[list[Floats], list[Floats]] = ([], [])
    faces, uvs, part, offset = [], [], [], 0
    for number, patch in enumerate(patches):
        grids = [solid(rings, columns) for rings in patch.ends]
        rows = len(grids[0])
        for store, grid in zip(vertices, grids, strict=True):
            store.append(grid.reshape(-1, 3))
        welded = grid_faces(rows, columns)[:, ::-1]
        open_faces = grid_faces(rows, columns + 1, closed=False)[:, ::-1]
        uvs.append(_coordinates(patch, grids).reshape(-1, 2)[open_faces])
        faces.append(welded + offset)
        part.append(np.full(len(welded), number))
        offset += rows * columns
    ends = np.concatenate(vertices[0]), np.concatenate(vertices[1])
    names = tuple(p.name for p in patches)
    return assemble(ends, np.concatenate(faces), np.concatenate(uvs), np.concatenate(part), names, crease=crease)
