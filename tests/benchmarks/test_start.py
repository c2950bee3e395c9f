"""The benchmark of the start: its children run, which nothing else would notice."""

from __future__ import annotations

import pytest

from benchmarks.start import EMPTY, OURS, seconds_to_window


@pytest.mark.parametrize("code", [EMPTY, OURS], ids=["empty", "ours"])
def test_a_child_reports_its_window_before_torch_is_imported(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert seconds_to_window(code) > 0
