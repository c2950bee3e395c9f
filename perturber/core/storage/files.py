"""References to files of the user: a path to find the bytes and a hash to know them again."""

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
"""Of a file that is written: text, bytes, or a function that writes it to the path that it gets."""
CHUNK = 1 << 20
PICTURES = (".png", ".jpg", ".jpeg", ".jfif", ".bmp", ".webp", ".avif", ".heic", ".heif", ".gif", ".tif", ".tiff")
"""Suffixes of the pictures that are opened, in lower case."""


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file's bytes. Raises InputError when it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(CHUNK):
                digest.update(block)
    except OSError as error:
        raise InputError(str(path), error.strerror or str(error), "a readable file") from error
    return digest.hexdigest()


def replace_file(path: Path, content: Content, *, durable: bool = True) -> None:
    """Write a file so that a reader finds the old content or the new one, never a part. Raises OSError.

    Several processes may write the same file; one of them is the last. A function as content gets a path beside the
    file, with the file's suffix, to write to. ``durable`` waits until the content is on the disk, for files that
    cannot be made again.
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
    """Write a result with `replace_file`, if asked to also the folder. Raises InputError when it cannot be written.

    What is no ordinary file, such as a device or a pipe, is written to as it is.
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
        raise InputError(str(path), error.strerror or str(error), "a place that can be written to") from error


class FileRef(State):
    """A file the user opened, by path and content hash."""

    path: str
    """Where the file was when it was opened."""
    sha256: str = ""
    """Hex SHA-256 of its content; empty means any content (as typed on a command line)."""

    @classmethod
    def of(cls, path: str | Path) -> FileRef:
        """The reference to a file as it is now. Raises InputError when it cannot be read."""
        found = Path(path).expanduser().absolute()
        return cls(path=str(found), sha256=sha256_of(found))

    def locate(self) -> Path:
        """The file's path, after checking that the content is still the one referred to.

        Raises InputError when the file is gone or has changed since the session was made.
        """
        path = Path(self.path)
        if not path.is_file():
            raise InputError(self.path, "there is no such file", "the file the session was made with")
        if self.sha256 and sha256_of(path) != self.sha256:
            raise InputError(
                self.path, "the file has changed since the session was made", f"sha256 {self.sha256[:12]}…"
            )
        return path
