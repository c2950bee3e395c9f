"""Saving Qt images to files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QImage, QPixmap

from perturber.core.storage.files import write_whole


def save_image(image: QImage | QPixmap, path: Path) -> None:
    """Save an image in the format of the suffix. Raises InputError if that fails."""

    def save(part: Path) -> None:
        if not image.save(str(part)):
            raise OSError(f"an image cannot be written as {path.suffix or 'a file without a suffix'}")

    write_whole(path, save)
