"""References to the user's files, by path and content hash, and atomic writing of files."""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
from collections.abc import Callable
from contextlib import suppress
from errno import EACCES, EISDIR
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from perturber.core.errors import InputError, MissingFileError
from perturber.core.parameters.state import State
from perturber.core.storage.reading import check_name, open_regular

if TYPE_CHECKING:
    from numpy.typing import NDArray

Content = str | bytes | Callable[[Path], object]
"""Content to write: text, bytes, or a function that writes to the path it receives."""
CHUNK = 1 << 20
ORIGINAL = "the file the session was made with"
WRITABLE = "a writable path"
LINKS = 40
"""Most links that are followed."""
OPEN_FILES = re.compile(r"/proc/[^/]+(/task/\d+)?/fd")
"""Folder of a process's open files, to which /dev/stdout and /dev/fd lead."""
PICTURES = (".png", ".jpg", ".jpeg", ".jfif", ".bmp", ".webp", ".avif", ".heic", ".heif", ".gif", ".tif", ".tiff")
"""Lower-case suffixes of the supported picture files."""


def sha256_of(path: Path) -> str:
    """Return the hex SHA-256 of a regular file. Raises InputError when it cannot be read."""
    digest = hashlib.sha256()
    with open_regular(path) as stream:
        try:
            while block := stream.read(CHUNK):
                digest.update(block)
        except OSError as error:
            raise InputError(str(path), error.strerror or str(error), "a readable file") from error
    return digest.hexdigest()


def replace_file(path: Path, content: Content, *, durable: bool = True, suffix: str | None = None) -> None:
    """Write a file atomically: readers see the old or the new content, never a part of it. Raises OSError.

    Several processes may write the same file; the last one wins. It keeps the permissions of a file that it replaces.
    A function as ``content`` receives a temporary path in the same folder, with the same suffix or with ``suffix``.
    ``durable`` waits until the content is on disk, for files that cannot be computed again.
    """
    ending = path.suffix if suffix is None else suffix
    part = path.parent / f".{token_hex(8)}.part{ending if callable(content) else ''}"
    try:
        _fill(part, content)
        with suppress(FileNotFoundError):
            _keep_rights(part, path.stat())
        if durable:
            with part.open("rb+") as stream:
                os.fsync(stream.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def npy(array: NDArray[Any]) -> bytes:
    """Return an array as the content of a .npy file; numpy itself does not say why a file cannot be written."""
    import numpy as np  # not before the window is visible

    data = io.BytesIO()
    np.save(data, array)
    return data.getvalue()


def _fill(part: Path, content: Content) -> None:
    if callable(content):
        content(part)
        return
    with part.open("wb") as stream:
        stream.write(content.encode() if isinstance(content, str) else content)


def _keep_rights(part: Path, former: os.stat_result) -> None:
    """Give a new file the owner, where that is allowed, and the permissions of the former one."""
    if hasattr(os, "chown") and (former.st_uid, former.st_gid) != (os.getuid(), os.getgid()):
        with suppress(OSError):
            os.chown(part, former.st_uid, former.st_gid)
    part.chmod(stat.S_IMODE(former.st_mode))


def write_whole(path: str | Path, content: Content, *, make_folder: bool = False) -> None:
    """Write a result with `replace_file`. Raises InputError when it cannot be written.

    ``make_folder`` creates missing folders. Links are followed; devices, pipes and open files such as /dev/stdout are
    written to directly. A write-protected file stays.
    """
    place = Path(path)
    check_name(place, WRITABLE)
    try:
        if make_folder:
            place.parent.mkdir(parents=True, exist_ok=True)
        target = Path(os.path.realpath(place))
        if _is_stream(place):
            _fill(place, content)
        elif _is_protected(place):
            raise PermissionError(EACCES, os.strerror(EACCES))  # which a rename would not mind
        else:
            replace_file(target, content, suffix=place.suffix)
    except OSError as error:
        raise InputError(str(path), error.strerror or str(error), WRITABLE) from error


def _is_protected(place: Path) -> bool:
    """Return whether there is a file that must not be written. Raises OSError for a folder and a circle of links."""
    try:
        mode = place.stat().st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
    return not os.access(place, os.W_OK)


def _is_stream(place: Path) -> bool:
    """Return whether a path leads to a device, a pipe or a socket, or to a file that this process has open."""
    for _ in range(LINKS):
        if OPEN_FILES.fullmatch(os.path.realpath(place.parent)):
            return True
        if not place.is_symlink():
            break
        place = place.parent / place.readlink()
    return place.is_char_device() or place.is_fifo() or place.is_socket() or place.is_block_device()


class FileRef(State):
    """A file the user opened, by path and content hash."""

    path: str
    """Path of the file when it was opened."""
    sha256: str = ""
    """Hex SHA-256 of its content; empty (for paths typed on the command line) accepts any content."""

    @classmethod
    def of(cls, path: str | Path) -> FileRef:
        """Return a reference to a file with its present content. Raises InputError when it cannot be read."""
        check_name(path)
        found = Path(os.path.expanduser(path)).absolute()
        return cls(path=str(found), sha256=sha256_of(found))

    def locate(self) -> Path:
        """Return the file's path, after checking that its content still matches.

        Raises InputError when the file is missing or has changed since the session was made.
        """
        path = Path(self.path)
        try:
            open_regular(path, ORIGINAL).close()
        except MissingFileError:
            raise MissingFileError(self.path, "there is no such file", ORIGINAL) from None
        if self.sha256 and sha256_of(path) != self.sha256:
            raise InputError(
                self.path, "the file has changed since the session was made", f"sha256 {self.sha256[:12]}…"
            )
        return path
