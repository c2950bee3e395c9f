"""Every parametric shape is a sound, upright object of its budget, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from perturber.training.studio.objects import household, quadrupeds, vehicles
from perturber.training.studio.objects.solids import (
    Shaper,
    Solid,
    ellipsoid,
    lathe,
    mirrored,
    moved,
    standing,
    turn,
    volume,
)

SHAPES: dict[str, Shaper] = {**quadrupeds.SHAPES, **vehicles.SHAPES, **household.SHAPES}


def made(name: str, seed: int) -> list[Solid]:
    return SHAPES[name](np.random.default_rng(seed))


def points(solids: list[Solid]) -> np.ndarray:
    return np.concatenate([solid.positions for solid in solids])


def sides(solid: Solid) -> int:
    """How many edges (by place) are not met by exactly as many triangles from either direction."""
    _, place = np.unique(np.round(solid.positions, 7), axis=0, return_inverse=True)
    faces = place.reshape(-1)[solid.faces]
    faces = faces[(faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])]
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    ahead, back = (edges @ (len(place), 1) for edges in (edges, edges[:, ::-1]))
    return int(np.sum(np.sort(ahead) != np.sort(back)))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", SHAPES)
def test_every_part_is_closed_and_faces_outward(name: str, seed: int):
    for solid in made(name, seed):
        count = len(solid.positions)
        assert solid.positions.shape == solid.normals.shape == (count, 3)
        assert solid.uv.shape == (count, 2)
        assert np.isfinite(solid.positions).all()
        assert solid.faces.min() >= 0
        assert solid.faces.max() < count
        assert solid.faces.dtype == np.int32
        assert solid.normals.dtype == np.float32
        assert volume(solid.positions - solid.positions.mean(axis=0), solid.faces) > 0
        assert sides(solid) == 0
        assert np.allclose(np.linalg.norm(solid.normals, axis=1), 1, atol=1e-4)
        assert solid.uv.min() >= 0
        assert solid.uv.max() <= 1
        assert solid.role in range(4)
        a, b, c = np.moveaxis(solid.positions[solid.faces], 1, 0)
        facing = np.cross(b - a, c - a)
        shading = solid.normals[solid.faces].mean(axis=1)
        agreeing = np.einsum("ij,ij->i", facing, shading) > -1e-9
        assert agreeing.mean() > 0.97


@pytest.mark.parametrize("name", SHAPES)
def test_every_object_stands_on_the_ground_within_its_budget(name: str):
    for seed in range(12):
        solids = made(name, seed)
        assert 900 <= sum(len(solid.faces) for solid in solids) <= 4500
        low, high = points(solids).min(axis=0), points(solids).max(axis=0)
        assert low[1] == pytest.approx(0, abs=1e-9)
        assert high[1] > 0.5
        assert abs(low[0] + high[0]) < 0.5 * (high - low).max()
        assert any(solid.role == 0 for solid in solids)


@pytest.mark.parametrize("name", SHAPES)
def test_a_seed_gives_one_object_and_another_seed_another(name: str):
    first, again, other = made(name, 3), made(name, 3), made(name, 4)
    for one, two in zip(first, again, strict=True):
        assert np.array_equal(one.positions, two.positions)
        assert np.array_equal(one.uv, two.uv)
    a, b = points(first), points(other)
    assert a.shape != b.shape or np.abs(a - b).max() > 0.01


@pytest.mark.parametrize("name", quadrupeds.SHAPES)
def test_all_four_feet_of_an_animal_reach_the_ground(name: str):
    for seed in range(8):
        found = points(made(name, seed))
        feet = found[found[:, 1] < 0.06]
        middle = np.median(feet[:, 2])
        for side in (-1, 1):
            for end in (-1, 1):
                assert np.any((feet[:, 0] * side > 0) & ((feet[:, 2] - middle) * end > 0))


def test_volumes_are_those_of_the_books():
    ball = ellipsoid((0, 1, 0), (1, 2, 3), segments=60, rings=40)
    assert volume(ball.positions, ball.faces) == pytest.approx(4 / 3 * np.pi * 6, rel=0.02)
    drum = lathe([(1, 0), (1, 2)], segments=90)
    assert volume(drum.positions, drum.faces) == pytest.approx(2 * np.pi, rel=0.01)
    tilted = mirrored(moved(drum, turn(2, 30), (3, 1, 2)))
    assert volume(tilted.positions, tilted.faces) == pytest.approx(2 * np.pi, rel=0.01)
    assert set(np.round(np.abs(drum.normals[:, 1]), 3)) == {0.0, 1.0}


def test_parts_of_one_role_share_the_scale_of_their_texture():
    large, small = standing([ellipsoid((0, 0, 0), 1.0), ellipsoid((2, 0, 0), 0.25)])
    assert np.ptp(large.uv, axis=0).max() == pytest.approx(1)
    assert np.ptp(small.uv, axis=0).max() == pytest.approx(0.25)
