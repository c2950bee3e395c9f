"""Axes over parameters, and where two curves change places."""

from __future__ import annotations

import pytest

from perturber.core.errors import InputError
from perturber.core.search.axis import Axis, crossings
from perturber.core.session.session import Session


def test_an_axis_covers_the_parameters_range_and_both_ends():
    axis = Axis.along(Session(), "scene.morph.overall", steps=5)
    assert axis.values() == [0, 0.25, 0.5, 0.75, 1]
    sessions = dict(axis.sessions(Session()))
    assert sessions[0.25].scene.morph.shape == sessions[0.25].scene.morph.texture == 0.25


def test_an_axis_may_run_backwards_over_a_part():
    assert Axis.along(Session(), "scene.camera.yaw", 30, -30, 3).values() == [30, 0, -30]


def test_whole_numbers_come_once_each():
    axis = Axis.along(Session(), "post.patches.k", 1, 4, 9)
    assert [value for value, _ in axis.sessions(Session())] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("path", "low", "high", "steps", "says"),
    [
        ("scene.nosuch", None, None, 3, "no such parameter"),
        ("post.custom.code", None, None, 3, "not a number"),
        ("scene.morph.shape", 0.5, 0.5, 3, "empty"),
        ("scene.morph.shape", None, None, 1, "out of range"),
    ],
)
def test_what_cannot_be_swept_is_refused_by_name(
    path: str, low: float | None, high: float | None, steps: int, says: str
):
    with pytest.raises(InputError, match=says):
        Axis.along(Session(), path, low, high, steps)


def test_values_outside_the_range_are_refused_by_name():
    axis = Axis.along(Session(), "scene.morph.shape", 0, 2, 3)
    with pytest.raises(InputError, match=r"scene\.morph\.shape"):
        list(axis.sessions(Session()))


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ([1, 0.8, 0.2, 0], [0, 0.2, 0.8, 1], [1.5]),
        ([1, 0.9, 0], [0, 0.6, 0.6], [1 + 0.3 / 0.9]),
        ([1, 0.5, 0], [0, 0.5, 1], [1]),
        ([1, 0.5, 0.5, 0], [0, 0.5, 0.5, 1], [1.5]),
        ([1, 0.5, 1], [0, 0.5, 0], []),
        ([1, 0, 1], [0, 1, 0], [0.5, 1.5]),
        ([0.5, 0, 0], [0.5, 1, 1], []),
        ([], [], []),
    ],
)
def test_crossings_are_interpolated_and_touching_is_none(first: list[float], second: list[float], found: list[float]):
    assert crossings([0, 1, 2, 3][: len(first)], first, second) == pytest.approx(found)
