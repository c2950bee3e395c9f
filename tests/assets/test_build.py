"""The builder's parts against small cases with known answers, and one pair rebuilt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assets.build.bake import Atlas, fill, occlusion
from assets.build.builder import build_pair
from assets.build.files import read_obj
from assets.build.fur import Coat, write_fur
from assets.build.geometry import Shapes, crease_normals, flipped_share, grid_faces
from perturber import paths
from perturber.scene.assets.fur import load_fur

CUBE = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
SIDES = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
FACES = np.array([t for a, b, c, d in SIDES for t in ((a, b, c), (a, c, d))])


def test_crease_normals_of_a_cube_are_flat_and_round_ones_are_not() -> None:
    flat = crease_normals(CUBE, FACES, 40)
    assert np.allclose(np.abs(flat).max(1), 1)
    smooth = crease_normals(CUBE, FACES, 180)
    outward = (CUBE - 0.5)[FACES.ravel()]
    assert ((smooth * outward).sum(1) > 0.7).all()


def test_fill_spreads_the_mean_of_what_is_covered() -> None:
    picture, covered = np.zeros((8, 8, 1)), np.zeros((8, 8))
    picture[1, 1], covered[1, 1] = 3.0, 1
    picture[6, 6], covered[6, 6] = 5.0, 1
    filled = fill(picture, covered)
    assert filled[1, 1] == 3
    assert filled[0, 0] == 3
    assert filled[7, 7] == 5
    assert filled[0, 7] == 4


def test_atlas_finds_the_point_under_a_texel() -> None:
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
    up = np.tile([0.0, 0, 1], (4, 1))
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    shapes = Shapes((square, square), (up, up), square[:, :2].copy(), faces, np.zeros(2, int), ("square",))
    atlas = Atlas.of(shapes, 16)
    position = atlas.image(atlas.spread(square))
    assert len(atlas.texel) == 256
    assert np.allclose(position[0, 0, :2], [0.5 / 16, 15.5 / 16])
    assert np.allclose(position[12, 3, :2], [3.5 / 16, 3.5 / 16])
    assert flipped_share(shapes.ends, shapes.normals, faces) == 0
    assert flipped_share(shapes.ends, shapes.normals, faces[:, ::-1]) == 1


def test_occlusion_is_darker_in_a_pit() -> None:
    radius, height = np.array([2.0, 0.5, 0.5, 0.02]), np.array([0.0, 0.0, -2.0, -2.0])
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    rings = [
        np.stack([r * np.sin(turn), np.full(24, h), r * np.cos(turn)], -1) for r, h in zip(radius, height, strict=True)
    ]
    vertices = np.concatenate(rings)
    up = np.tile([0.0, 1, 0], (len(vertices), 1))
    seen = occlusion(vertices, up, grid_faces(4, 24), directions=40, cells=64)
    assert seen[:24].min() > 0.9
    assert seen[-24:].max() < 0.3


def test_hair_comes_back_as_it_was_written(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    lay = rng.normal(0, 0.05, (5, 3)), rng.normal(0, 0.05, (5, 3))
    width = rng.uniform(0.004, 0.01, 5), rng.uniform(0.004, 0.01, 5)
    coat = Coat(np.arange(5), rng.dirichlet([1, 1, 1], 5)[:, 1:], lay, width, np.linspace(0.7, 1.3, 5))
    write_fur(tmp_path / "fur.npz", coat.scaled((2.0, 0.5)))
    fur = load_fur(tmp_path / "fur.npz", 5)
    assert np.array_equal(fur.face, coat.face)
    assert np.allclose(fur.place, coat.place, atol=0.003)
    assert np.allclose(fur.lay, [2 * lay[0], lay[1] / 2], atol=1e-3)
    assert np.allclose(fur.width, [2 * width[0], width[1] / 2], rtol=1e-2)
    assert np.allclose(fur.shade, coat.shade, atol=0.005)


@pytest.mark.slow
def test_rebuilding_gives_what_is_committed(tmp_path: Path) -> None:
    build_pair("bottle_vase", tmp_path)
    kept, built = paths.assets() / "bottle_vase", tmp_path / "bottle_vase"
    assert (built / "pair.toml").read_text() == (kept / "pair.toml").read_text()
    for name in ("bottle", "vase"):
        old, new = read_obj(kept / f"{name}.obj"), read_obj(built / f"{name}.obj")
        assert np.array_equal(old.corners, new.corners)
        assert np.allclose(old.vertices, new.vertices, atol=1e-3)
        assert np.allclose(old.uv, new.uv, atol=1e-3)
        pictures = (np.asarray(Image.open(p / f"{name}.png"), float) for p in (kept, built))
        difference = np.abs(next(pictures) - next(pictures))
        assert difference.mean() < 2
