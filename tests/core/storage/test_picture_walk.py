"""Folders of pictures: what counts, what is left out, and why."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from perturber.core.errors import InputError
from perturber.core.storage.picture_walk import PictureWalk


def make(folder: Path, *names: str, content: bytes = b"x") -> Path:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


def test_folders_inside_are_walked_in_order(tmp_path: Path) -> None:
    make(tmp_path, "b.PNG", "n02/x.JPEG", "n01/y.jfif", "n01/deep/z.avif", "notes.txt", "n01/a.webp")
    assert PictureWalk(tmp_path).found().names == [
        "b.PNG",
        "n01/a.webp",
        "n01/y.jfif",
        "n01/deep/z.avif",
        "n02/x.JPEG",
    ]


def test_hidden_files_and_folders_are_not_pictures(tmp_path: Path) -> None:
    make(tmp_path, "a.png", "._a.png", ".hidden.jpg", ".thumbs/a.png", "__MACOSX/a.png")
    found = PictureWalk(tmp_path).found()
    assert (found.names, found.skipped) == (["a.png"], [])


def test_what_cannot_be_a_picture_is_listed(tmp_path: Path) -> None:
    make(tmp_path, "a.png")
    make(tmp_path, "empty.png", content=b"")
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "gone.gif").symlink_to(tmp_path / "nowhere")
    found = PictureWalk(tmp_path).found()
    assert found.names == ["a.png"]
    assert [name.partition(":")[0] for name in found.skipped] == ["empty.png", "gone.gif", "pipe.jpg"]


@pytest.mark.parametrize("name", ["nowhere", "nothing"])
def test_a_folder_without_pictures_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "nothing" / "inside").mkdir(parents=True)
    with pytest.raises(InputError, match=name):
        PictureWalk(tmp_path / name).found()


def test_at_most_so_many_are_used(tmp_path: Path) -> None:
    make(tmp_path, *(f"{number}.png" for number in range(5)))
    found = PictureWalk(tmp_path)
    for _ in found.walk(3):
        pass
    assert (len(found.names), len(found.files), len(found.marks)) == (3, 3, 3)
    assert "only the first 3" in found.skipped[-1]
