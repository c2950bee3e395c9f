"""Qt images as files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QImageReader, QPixmap

from perturber.core.errors import InputError
from perturber.core.storage.files import write_whole


def save_image(image: QImage | QPixmap, path: Path) -> None:
    """Save an image in the format of the suffix. Raises InputError if that fails."""
    data = _encoded(image, path.suffix.removeprefix(".") or "none")
    if not data:
        problem = f"an image cannot be written as {path.suffix or 'a file without a suffix'}"
        raise InputError(str(path), problem, "a name that ends in .png")
    write_whole(path, data)


def png_of(image: QImage) -> bytes:
    """Return an image as the content of a PNG file."""
    return _encoded(image, "png")


def image_of_png(png: bytes) -> QImage:
    """Return the image in the content of a PNG file; a null image if it is damaged or of another format."""
    buffer = QBuffer()
    buffer.setData(QByteArray(png))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    return QImageReader(buffer, QByteArray(b"png")).read()


def _encoded(image: QImage | QPixmap, kind: str) -> bytes:
    """Return an image in a format of Qt's; empty if it cannot be written so."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    written = image.save(buffer, kind)  # type: ignore[call-overload]
    return bytes(buffer.data().data()) if written else b""
