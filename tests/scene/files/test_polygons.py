"""Polygons become triangles that cover them exactly, in bounded time."""

from __future__ import annotations

from time import process_time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perturber.scene.files.polygons import triangulate


def areas(points: np.ndarray, counts: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """The signed area of each triangle seen from above, and the polygon of each."""
    cut = triangulate(points, np.array(counts))
    a, b, c = np.moveaxis(points[cut.corners], 1, 0)
    return np.cross(b - a, c - a)[:, 2] / 2, cut.polygon


def outline(points: np.ndarray) -> float:
    x, y = points[:, 0], points[:, 1]
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2)


def star(corners: int, inner: float, turn: float) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False) + turn
    radius = np.where(np.arange(corners) % 2, inner, 1.0)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), np.zeros(corners)], axis=1)


@given(
    st.lists(st.tuples(st.integers(3, 40), st.floats(0.05, 1), st.floats(0, 6), st.booleans()), min_size=1, max_size=9)
)
def test_simple_polygons_are_covered_once_and_keep_their_side(kinds: list[tuple[int, float, float, bool]]) -> None:
    polygons = [star(corners, inner, turn)[:: -1 if flipped else 1] for corners, inner, turn, flipped in kinds]
    signed, owner = areas(np.concatenate(polygons), [len(polygon) for polygon in polygons])
    for number, polygon in enumerate(polygons):
        mine, whole = signed[owner == number], outline(polygon)
        assert mine.sum() == pytest.approx(whole, abs=1e-9)
        assert np.abs(mine).sum() == pytest.approx(abs(whole), abs=1e-9)


@pytest.mark.parametrize("start", range(4))
@pytest.mark.parametrize("axis", range(3))
def test_concave_quads_are_cut_at_their_reflex_corner(start: int, axis: int):
    quad = np.roll(np.array([[0, 0], [4, 0], [1, 1], [0, 4]], float), start, axis=0)
    points = np.insert(quad, axis, 7.0, axis=1)
    cut = triangulate(points, np.array([4]))
    a, b, c = np.moveaxis(points[cut.corners], 1, 0)
    assert np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2 == pytest.approx(outline(quad))


def test_convex_polygons_are_fans():
    hexagon = star(6, 1.0, 0.0)
    cut = triangulate(np.concatenate([hexagon, hexagon[:4]]), np.array([6, 4]))
    assert cut.corners.tolist() == [[0, 1, 2], [0, 2, 3], [0, 3, 4], [0, 4, 5], [6, 7, 8], [6, 8, 9]]
    assert cut.polygon.tolist() == [0, 0, 0, 0, 1, 1]


@pytest.mark.parametrize("points", [np.zeros((5, 3)), np.eye(3)[[0, 0, 1, 1, 0]], np.arange(15.0).reshape(5, 3)])
def test_polygons_without_area_have_triangles_all_the_same(points: np.ndarray):
    assert len(triangulate(points, np.array([5])).corners) == 3


@pytest.mark.parametrize("scale", [1e-12, 1e17])
def test_size_does_not_matter(scale: float):
    pentagon = np.array([[0, 0, 0], [2, 0, 0], [2, 2, 0], [1, 0.5, 0], [0, 2, 0]]) * scale
    signed, _ = areas(pentagon, [5])
    assert signed.sum() == pytest.approx(2.5 * scale**2)
    assert (signed > 0).all()


def test_polygons_that_cross_themselves_cost_bounded_time():
    points = np.random.default_rng(0).random((200_000, 3))
    start = process_time()
    cut = triangulate(points, np.full(40, 5000))
    assert process_time() - start < 5
    assert cut.unclipped > 0
