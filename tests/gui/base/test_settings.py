"""A damaged settings file: moved aside, reported, and replaced by the defaults."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from perturber.gui.base.settings import Settings

DAMAGED: dict[str, Callable[[Path], object]] = {
    "random bytes": lambda file: file.write_bytes(random.Random(1).randbytes(3000)),
    "a text": lambda file: file.write_text("hello world\nmore\n"),
    "truncated": lambda file: file.write_text("[General]\nthe"),
    "a folder": Path.mkdir,
    "a loop": lambda file: file.symlink_to(file),
    "a pipe": os.mkfifo,
}
FINE: dict[str, Callable[[Path], object]] = {
    "missing": lambda file: None,
    "empty": lambda file: file.write_bytes(b""),
    "odd values": lambda file: file.write_text("[General]\ntheme=@ByteArray(\\x1)\nrecent=1, 2\n"),
}


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_kept_aside_and_a_new_one_works(tmp_path: Path, damage: Callable[[Path], object]):
    file = tmp_path / "s.ini"
    damage(file)
    settings = Settings(file)
    assert settings.problem.startswith(f"{file}: ")
    assert "kept as s.damaged-1.ini" in settings.problem
    assert os.path.lexists(tmp_path / "s.damaged-1.ini")
    assert settings.text("theme", "dark") == "dark"
    settings.put("theme", "light")
    settings.flush()
    again = Settings(file)
    assert (again.text("theme", "dark"), again.problem) == ("light", "")


@pytest.mark.parametrize("content", FINE.values(), ids=FINE)
def test_other_files_are_used_as_they_are(tmp_path: Path, content: Callable[[Path], object]):
    content(tmp_path / "s.ini")
    settings = Settings(tmp_path / "s.ini")
    assert settings.problem == ""
    assert settings.text("theme", "dark") == "dark"
    assert settings.layout("window/geometry").isEmpty()


def test_the_users_own_file_is_checked_before_it_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "Perturber").mkdir()
    os.mkfifo(tmp_path / "Perturber" / "Perturber.conf")
    assert "it is not a file" in Settings().problem
