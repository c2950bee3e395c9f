"""Mug and teapot are one skin: every vertex on its surface, no edge open but where nothing is seen."""

from __future__ import annotations

import numpy as np
import pytest

from assets.build.geometry import Floats
from assets.mug_teapot.mesh import COLUMNS, FIRST_WALL, ZONES, Skin, profile, spout, topology
from assets.mug_teapot.vessels import MUG, TEAPOT, Vessel

ENDS = pytest.mark.parametrize("vessel", [MUG, TEAPOT], ids=["mug", "teapot"])


def test_skin_is_closed() -> None:
    faces, part = topology(len(profile(MUG)))
    assert len(faces) == len(part)
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    _, count = np.unique(edges, axis=0, return_counts=True)
    assert (count == 2).all()


@ENDS
def test_turned_vertices_lie_on_the_profile(vessel: Vessel) -> None:
    skin = Skin.of(vessel)
    grid = skin.vertices[: len(skin.outline) * COLUMNS].reshape(-1, COLUMNS, 3)
    radius = np.hypot(grid[..., 0], grid[..., 2])
    assert np.allclose(radius, skin.outline[:, :1])
    assert np.allclose(grid[..., 1], skin.outline[:, 1:])


def _off_wall(vessel: Vessel, points: Floats) -> Floats:
    wall = profile(vessel)[FIRST_WALL : FIRST_WALL + ZONES["wall"]]
    return np.abs(np.hypot(points[..., 0], points[..., 2]) - np.interp(points[..., 1], wall[:, 1], wall[:, 0]))


def test_the_mugs_spout_lies_flush_in_its_wall() -> None:
    assert _off_wall(MUG, spout(MUG, profile(MUG))).max() < 1e-3


def test_the_teapots_spout_begins_in_its_wall_and_ends_outside() -> None:
    rings = spout(TEAPOT, profile(TEAPOT))
    assert _off_wall(TEAPOT, rings[0]).max() < 1e-3
    assert rings[..., 0].min() == pytest.approx(-max(x for x, *_ in TEAPOT.spout), abs=0.07)


@ENDS
def test_volume_is_positive(vessel: Vessel) -> None:
    skin = Skin.of(vessel)
    faces, _ = topology(len(skin.outline))
    a, b, c = (skin.vertices[faces[:, k]] for k in range(3))
    assert 0.2 < (np.cross(a, b) * c).sum() / 6 < 1.0
