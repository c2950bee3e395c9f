"""Qt images as files."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QImage

from perturber.gui.base.image_file import image_of_png, png_of


def test_an_image_survives_as_png(qapp: object) -> None:
    image = QImage(6, 4, QImage.Format.Format_RGB32)
    image.fill(QColor(200, 100, 50))
    assert image_of_png(png_of(image)).convertToFormat(image.format()) == image


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>"]
)
def test_what_is_no_png_gives_no_image(qapp: object, content: bytes) -> None:
    assert image_of_png(content).isNull()
