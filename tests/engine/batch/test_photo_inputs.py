"""Photos of a folder as inputs."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from perturber.core.errors import InputError
from perturber.core.session.scene import Photo
from perturber.core.session.session import Session
from perturber.engine.batch.photo_inputs import PhotoInputs
from perturber.scene.files.image import open_picture


def read(photo: Photo) -> object:
    return open_picture(Path(photo.file.path))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cat").mkdir()
    for name in ("cat/1.png", "2.png"):
        Image.new("RGB", (8, 8)).save(tmp_path / name)
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8 and no more")
    return tmp_path


def test_what_can_be_read_goes_on(folder: Path) -> None:
    inputs = PhotoInputs(Session(), folder, read)
    names = [name for name, _ in inputs]
    assert names == ["2.png", "cat/1.png"]
    assert len(inputs) == 3
    assert inputs.notice.startswith("1 of 3 pictures could not be read and were left out: broken.jpg: ")
    assert [name for name, _ in inputs] == names
    assert len(inputs.skipped) == 1, "listed once, however often the folder is read"


def test_strict_names_the_file(folder: Path) -> None:
    inputs = PhotoInputs(Session(), folder, read, strict=True)
    with pytest.raises(InputError, match=r"broken\.jpg"):
        inputs.check()


def test_a_crop_of_the_session_holds_for_every_photo(folder: Path) -> None:
    session = Session.model_validate({"scene": {"photo": {"file": {"path": "x.png"}, "crop": 0.5}}})
    photos = [found.scene.photo for _, found in PhotoInputs(session, folder, read)]
    assert {photo.crop for photo in photos if photo is not None} == {0.5}


def test_a_folder_of_broken_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match="no usable pictures"):
        list(PhotoInputs(Session(), tmp_path, read))
