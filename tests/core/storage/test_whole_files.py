"""Files that are written whole, and what is said when they cannot be."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from perturber.core.errors import InputError
from perturber.core.storage.files import replace_file, write_whole


def test_writers_at_the_same_time_leave_one_of_their_contents(tmp_path: Path):
    file = tmp_path / "file"
    contents = [bytes([number]) * 200_000 for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(partial(replace_file, file), contents * 4):
            assert file.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [file]


def test_a_failed_write_leaves_the_old_content_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "file"
    write_whole(file, "old")

    def refuse(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "rename", refuse)
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="No space"):
        replace_file(file, "new")
    with pytest.raises(InputError, match="file: No space left on device"):
        write_whole(file, "new")
    monkeypatch.undo()
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_others_may_read_what_they_may_read_of_any_new_file(tmp_path: Path):
    (tmp_path / "any").write_text("")
    replace_file(tmp_path / "file", "")
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "any").stat().st_mode


@pytest.mark.parametrize("place", ["missing/file", "folder", "text/file"])
def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path, place: str):
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("")
    with pytest.raises(InputError, match=place):
        write_whole(tmp_path / place, "new")
    assert sorted(f.name for f in tmp_path.iterdir()) == ["folder", "text"]
