"""Files that may be lost: what comes back is what was kept or nothing, whatever happened to the folder."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from perturber.core.storage.blobs import Blobs

MAGIC = b"TST1"


def made(folder: Path, limit: int = 1 << 20) -> Blobs:
    return Blobs(folder, limit, MAGIC, "things")


def test_whatever_happened_to_a_file_it_comes_back_whole_or_not_at_all(tmp_path: Path):
    blobs, data = made(tmp_path), bytes(range(200))
    random = np.random.default_rng(1)
    for _ in range(100):
        blobs.put("a/one", data)
        file = tmp_path / "a" / "one"
        content = bytearray(file.read_bytes())
        if random.random() < 0.5:
            content[int(random.integers(len(content)))] ^= int(random.integers(1, 256))
        else:
            content = content[: int(random.integers(len(content)))]
        file.write_bytes(content)
        assert blobs.get("a/one") is None
        assert not file.exists()
    blobs.put("a/one", data)
    assert made(tmp_path).get("a/one") == data


def test_of_too_many_the_ones_looked_at_last_stay(tmp_path: Path):
    blobs = made(tmp_path, 1000)
    for number in range(4):
        blobs.put(f"n{number}", bytes(200))
        os.utime(tmp_path / f"n{number}", (number, number))
    assert blobs.get("n0") is not None  # which makes it the youngest
    blobs.put("n4", bytes(200))
    assert [blobs.get(f"n{number}") is not None for number in range(5)] == [True, False, False, True, True]


@pytest.mark.parametrize("place", ["file", "folder"])
def test_where_nothing_can_be_kept_it_says_so_and_goes_on(tmp_path: Path, place: str):
    folder = tmp_path / "cache"
    if place == "file":
        folder.write_text("in the way")
    else:
        (folder / "one").mkdir(parents=True)
    blobs = made(folder)
    blobs.put("one", b"data")
    assert str(folder) in blobs.problem
    assert blobs.get("one") is None
