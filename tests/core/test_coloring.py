"""Maps over pictures: zero is clear, strong is dense, and few outliers do not hide the rest."""

from __future__ import annotations

import numpy as np
import pytest

from perturber.core.coloring import blend, heat, ramp, strength

GRAY = np.full((20, 20, 3), 128, np.uint8)


def test_outliers_and_what_is_no_number_do_not_hide_the_rest() -> None:
    values = np.linspace(0, 1, 400, dtype=np.float32).reshape(20, 20)
    values[0, :3] = (1e6, np.nan, -np.inf)
    share = strength(values)
    assert share[0, :3].tolist() == [1, 0, 0]
    assert share[10, 0] == pytest.approx(0.5, abs=0.02)
    assert not strength(np.zeros((4, 4), np.float32)).any()
    lone = np.zeros((20, 20), np.float32)
    lone[3, 3] = 0.25
    assert strength(lone)[3, 3] == 1  # also where less than one in a hundred is anything


def test_nothing_is_clear_and_the_strongest_is_dense() -> None:
    values = np.zeros((20, 20), np.float32)
    values[:, 10:] = 2.0
    assert np.array_equal(blend(GRAY, values, 0.0, False), GRAY)
    full = blend(GRAY, values, 1.0, False)
    assert np.array_equal(full[0, 15], ramp(False)[-1])
    assert np.ptp(full[0, 2]) == 0  # of no color
    assert full[0, 2, 0] < 128
    half = blend(GRAY, values, 0.5, False).astype(int)
    assert full[0, 2, 0] < half[0, 2, 0] < 128


def test_what_speaks_for_is_red_and_what_speaks_against_is_blue() -> None:
    values = np.zeros((20, 20), np.float32)
    values[0], values[-1] = 1.0, -1.0
    for colors in (heat(values, True), blend(GRAY, values, 0.8, True)):
        red, _, blue = colors[0, 0].astype(int)
        assert red > blue + 60
        red, _, blue = colors[-1, 0].astype(int)
        assert blue > red + 60


def test_the_ramp_gets_brighter_without_a_break() -> None:
    luminance = (ramp(False) / 255.0) ** 2.2 @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(luminance) > -2e-3).all()
    assert luminance[-1] > 0.8
    assert luminance[0] < 0.02
