"""The pictures of a folder, and the files that were left out, with the reason."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from perturber.core.errors import InputError
from perturber.core.storage.files import PICTURES
from perturber.core.storage.reading import is_folder

ARCHIVE_REMAINS = "__MACOSX"
"""Folder that macOS adds to zip archives; it holds no pictures."""


class PictureWalk:
    """The pictures of a folder and its subfolders, by suffix.

    Hidden files and folders (``._x.jpg`` of macOS, thumbnails) are not pictures and are not mentioned; links to
    folders are not followed. `walk` fills the lists folder by folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: list[Path] = []
        """Regular files with a picture's suffix that are not empty, sorted folder by folder."""
        self.names: list[str] = []
        """Paths of the files below the folder, printable, with / between the parts."""
        self.marks: list[object] = []
        """Name, size, time and mode of each file, which differ if a picture has changed."""
        self.skipped: list[str] = []
        """The name of each file left out, with the reason."""

    def walk(self, most: int | None = None) -> Iterator[None]:
        """Find the pictures, pausing after every folder; at most ``most``. Raises InputError if there are none."""
        if not is_folder(self.folder):
            raise InputError(str(self.folder), "folder not found", "a folder of pictures")
        for root, folders, files in os.walk(self.folder, onerror=self._unreadable):
            folders[:] = sorted(f for f in folders if not f.startswith(".") and f != ARCHIVE_REMAINS)
            self._take(Path(root), files)
            if most is not None and len(self.names) > most:
                self.skipped.append(f"{self.folder}: only the first {most} pictures are used")
                del self.names[most:], self.files[most:], self.marks[most:]
                break
            yield
        if not self.names:
            problem = "the folder has no usable pictures" + (f" ({self.skipped[0]})" if self.skipped else "")
            raise InputError(str(self.folder), problem, "files such as .jpg or .png")

    def found(self) -> PictureWalk:
        """Find all pictures and return self. Raises InputError if there are none."""
        for _ in self.walk():
            pass
        return self

    def _unreadable(self, error: OSError) -> None:
        self.skipped.append(f"{_printable(str(error.filename))}: {error.strerror or error}")

    def _take(self, root: Path, files: list[str]) -> None:
        for file in sorted(f for f in files if Path(f).suffix.lower() in PICTURES and not f.startswith(".")):
            path = root / file
            name = _printable(path.relative_to(self.folder).as_posix())
            try:
                status = path.stat()
            except OSError as error:
                self.skipped.append(f"{name}: {error.strerror or error}")
                continue
            if not stat.S_ISREG(status.st_mode):  # reading a pipe would block forever
                self.skipped.append(f"{name}: not a regular file")
            elif not status.st_size:
                self.skipped.append(f"{name}: the file is empty")
            else:
                self.names.append(name)
                self.files.append(path)
                self.marks.append([name, status.st_size, status.st_mtime_ns, status.st_mode])


def _printable(name: str) -> str:
    """Return a file's name with bytes that are not text escaped."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
