"""Qt images as files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QImageReader, QImageWriter, QPixmap

from perturber.core.storage.files import write_whole


def save_image(image: QImage | QPixmap, path: Path) -> None:
    """Save an image in the format of the suffix. Raises InputError if that fails."""

    def save(part: Path) -> None:
        if not image.save(str(part)):
            raise OSError(f"an image cannot be written as {path.suffix or 'a file without a suffix'}")

    write_whole(path, save)


def png_of(image: QImage) -> bytes:
    """Return an image as the content of a PNG file."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())


def image_of_png(png: bytes) -> QImage:
    """Return the image in the content of a PNG file; a null image if it is damaged or of another format."""
    buffer = QBuffer()
    buffer.setData(QByteArray(png))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    return QImageReader(buffer, QByteArray(b"png")).read()
