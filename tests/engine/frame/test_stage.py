"""Memoised stages."""

from __future__ import annotations

import pytest

from perturber.engine.frame.stage import Stage


def test_equal_key_is_computed_once():
    stage: Stage[int] = Stage()
    assert [stage("a", lambda: 1), stage("a", lambda: 2)] == [1, 1]
    assert stage.runs == 1


def test_as_many_results_as_asked_are_kept_and_the_oldest_goes_first():
    stage: Stage[str] = Stage(keep=2)
    for key in "abac":
        stage(key, lambda key=key: key)
    assert stage.runs == 3
    stage("a", lambda: "new")
    stage("b", lambda: "new")
    assert stage.runs == 4


def test_failure_is_not_remembered():
    stage: Stage[int] = Stage()
    with pytest.raises(ZeroDivisionError):
        stage("a", lambda: 1 // 0)
    assert stage("a", lambda: 3) == 3
    stage.clear()
    assert stage("a", lambda: 4) == 4
