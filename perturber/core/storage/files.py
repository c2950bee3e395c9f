"""References to the user's files, by path and content hash, and atomic writing of files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from perturber.core.errors import InputError
from perturber.core.parameters.state import State

Content = str | bytes | Callable[[Path], object]
"""Content to write: text, bytes, or a function that writes to the path it receives."""
CHUNK = 1 << 20
PICTURES = (".png", ".jpg", ".jpeg", ".jfif", ".bmp", ".webp", ".avif", ".heic", ".heif", ".gif", ".tif", ".tiff")
"""Lower-case suffixes of the supported picture files."""


def sha256_of(path: Path) -> str:
    """Return the hex SHA-256 of a file. Raises InputError when it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(CHUNK):
                digest.update(block)
    except OSError as error:
        raise InputError(str(path), error.strerror or str(error), "a readable file") from error
    return digest.hexdigest()


def replace_file(path: Path, content: Content, *, durable: bool = True) -> None:
    """Write a file atomically: readers see the old or the new content, never a part of it. Raises OSError.

    Several processes may write the same file; the last one wins. A function as ``content`` receives a temporary
    path in the same folder, with the same suffix. ``durable`` waits until the content is on disk, for files that
    cannot be computed again.
    """
    part = path.parent / f".{token_hex(8)}.part{path.suffix if callable(content) else ''}"
    try:
        _fill(part, content)
        if durable:
            with part.open("rb+") as stream:
                os.fsync(stream.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def _fill(part: Path, content: Content) -> None:
    if callable(content):
        content(part)
        return
    with part.open("wb") as stream:
        stream.write(content.encode() if isinstance(content, str) else content)


def write_whole(path: str | Path, content: Content, *, make_folder: bool = False) -> None:
    """Write a result with `replace_file`. Raises InputError when it cannot be written.

    ``make_folder`` creates missing folders. Links are followed; devices and pipes are written to directly.
    """
    place = Path(path)
    try:
        if make_folder:
            place.parent.mkdir(parents=True, exist_ok=True)
        if place.is_symlink():
            place = place.resolve()
        if place.is_char_device() or place.is_fifo():
            _fill(place, content)
        else:
            replace_file(place, content)
    except OSError as error:
        raise InputError(str(path), error.strerror or str(error), "a writable path") from error


class FileRef(State):
    """A file the user opened, by path and content hash."""

    path: str
    """Path of the file when it was opened."""
    sha256: str = ""
    """Hex SHA-256 of its content; empty (for paths typed on the command line) accepts any content."""

    @classmethod
    def of(cls, path: str | Path) -> FileRef:
        """Return a reference to a file with its present content. Raises InputError when it cannot be read."""
        found = Path(path).expanduser().absolute()
        return cls(path=str(found), sha256=sha256_of(found))

    def locate(self) -> Path:
        """Return the file's path, after checking that its content still matches.

        Raises InputError when the file is missing or has changed since the session was made.
        """
        path = Path(self.path)
        if not path.is_file():
            raise InputError(self.path, "there is no such file", "the file the session was made with")
        if self.sha256 and sha256_of(path) != self.sha256:
            raise InputError(
                self.path, "the file has changed since the session was made", f"sha256 {self.sha256[:12]}…"
            )
        return path
