"""Pictures of the window as files."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage

from perturber.core.errors import InputError
from perturber.gui.base.image_file import image_of_png, png_of, save_image


@pytest.fixture
def image() -> QImage:
    made = QImage(3, 2, QImage.Format.Format_RGB888)
    made.fill(QColor("red"))
    return made


@pytest.mark.parametrize("suffix", [".png", ".JPG", ".bmp"])
def test_the_suffix_sets_the_format(suffix: str, image: QImage, tmp_path: Path) -> None:
    file = tmp_path / f"a{suffix}"
    save_image(image, file)
    again = QImage(str(file))
    assert (again.width(), again.height()) == (3, 2)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("suffix", ["", ".xyz"])
def test_an_unknown_suffix_leaves_the_former_file(suffix: str, image: QImage, tmp_path: Path) -> None:
    file = tmp_path / f"a{suffix}"
    file.write_bytes(b"good")
    with pytest.raises(InputError, match="an image cannot be written as"):
        save_image(image, file)
    assert file.read_bytes() == b"good"
    assert list(tmp_path.iterdir()) == [file]


def test_a_full_disk_leaves_the_former_file(image: QImage, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="limits of POSIX")
    file = tmp_path / "a.png"
    file.write_bytes(b"good")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, before[1]))
    try:
        with pytest.raises(InputError, match=r"a\.png: File too large"):
            save_image(image, file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert file.read_bytes() == b"good"
    assert list(tmp_path.iterdir()) == [file]


def test_an_image_survives_as_png(qapp: object) -> None:
    image = QImage(6, 4, QImage.Format.Format_RGB32)
    image.fill(QColor(200, 100, 50))
    assert image_of_png(png_of(image)).convertToFormat(image.format()) == image


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>"]
)
def test_what_is_no_png_gives_no_image(qapp: object, content: bytes) -> None:
    assert image_of_png(content).isNull()
