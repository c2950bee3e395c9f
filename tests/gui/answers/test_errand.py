"""Other processes of the program that the window starts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from perturber import paths
from perturber.gui.answers import errand
from perturber.gui.answers.errand import start_window

CODE = "import os, pathlib, sys; pathlib.Path(sys.argv[1]).write_text(os.environ['PYTHONPATH'])"


def test_a_further_window_finds_the_package(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errand, "PROGRAM", (sys.executable, "-c", CODE))
    assert start_window(str(tmp_path / "said"))
    qtbot.waitUntil(lambda: (tmp_path / "said").is_file() and bool((tmp_path / "said").read_text()), timeout=60_000)
    assert str(paths.PACKAGE.parent) in (tmp_path / "said").read_text()


def test_a_program_that_is_not_there_is_noticed(qapp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errand, "PROGRAM", ("/nowhere/python",))
    assert not start_window()
