"""Rates and their intervals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from perturber.core.rates import Rate


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_wilsons(counted: tuple[int, int]) -> None:
    rate = Rate(*counted)
    oracle = binomtest(rate.count, rate.n).proportion_ci(confidence_level=0.95, method="wilson")
    assert rate.interval == pytest.approx((oracle.low, oracle.high), abs=1e-12)


def test_the_text_tells_rate_n_and_interval() -> None:
    assert str(Rate(84, 100)) == "84.0 % (84 of 100, 95 % CI 75.6–89.9 %)"
    assert Rate(84, 100).brief == "84.0 % (75.6–89.9, n 100)"
    assert str(Rate(0, 10)) == "0.0 % (0 of 10, 95 % CI 0.0–27.8 %)"


def test_no_trials_have_no_rate() -> None:
    assert str(Rate(0, 0)) == "– (0 of 0)"
    assert Rate(0, 0).as_dict() == {"rate": None, "count": 0, "n": 0, "interval": None}


def test_a_share_becomes_a_count() -> None:
    assert Rate.of_share(0.333, 54) == Rate(18, 54)
    assert Rate(1, 3).as_dict() == {"rate": 0.333333, "count": 1, "n": 3, "interval": [0.0614919, 0.79234]}
