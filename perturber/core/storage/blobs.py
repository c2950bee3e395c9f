"""A folder of disposable cache files: damaged files are deleted, and the oldest when the folder is full."""

from __future__ import annotations

import hashlib
import os
import threading
from contextlib import suppress
from pathlib import Path

from perturber.core.errors import InputError, MissingFileError
from perturber.core.storage.files import replace_file
from perturber.core.storage.reading import read_regular

DIGEST = 32
LOWERED = 0.9
"""Share of the limit to keep when the oldest files are deleted."""


class Blobs:
    """A folder that stores bytes by name, one file each with its hash.

    Unreadable files are deleted and count as missing, so that their content is computed again. Several
    processes may share the folder. ``limit`` is its size in bytes; every file starts with ``magic``;
    ``what`` names the content in messages.
    """

    def __init__(self, folder: Path, limit: int, magic: bytes, what: str) -> None:
        self.folder, self.limit = folder, limit
        self.problem = ""
        """Message that says why nothing can be stored; empty otherwise."""
        self._magic, self._what = magic, what
        self._size: int | None = None
        self._lock = threading.Lock()

    def get(self, name: str) -> bytes | None:
        """Return the bytes stored under a name (a relative path), or None. A damaged file is deleted."""
        file = self.folder / name
        try:
            content = read_regular(file, self.limit + DIGEST + len(self._magic))
        except MissingFileError:
            return None
        except InputError:
            self._remove(file)
            return None
        start = len(self._magic) + DIGEST
        head, payload = content[:start], content[start:]
        if head != self._magic + hashlib.sha256(payload).digest():
            self._remove(file)
            return None
        with suppress(OSError):
            os.utime(file)  # the least recently used files are deleted first
        return payload

    def put(self, name: str, data: bytes) -> None:
        """Store bytes under a name. If the folder cannot be written to, `problem` says so and no error is raised."""
        content = self._magic + hashlib.sha256(data).digest() + data
        try:
            self._write(self.folder / name, content)
        except OSError as error:
            self.problem = f"{self._what} cannot be kept in {self.folder} ({error.strerror or error})"
            return
        self.problem = ""
        with self._lock:
            self._size = self._measured() if self._size is None else self._size + len(content)
            if self._size > self.limit:
                self._size = self._lower()

    def drop(self, name: str) -> None:
        """Delete the bytes stored under a name, if any."""
        self._remove(self.folder / name)

    def _write(self, file: Path, content: bytes) -> None:
        if file.is_dir():
            raise IsADirectoryError(21, "a folder has the name of the file", str(file))
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, content, durable=False)  # lost files are computed again

    def _entries(self) -> list[tuple[float, int, Path]]:
        found = []
        for path in self.folder.rglob("*"):
            with suppress(OSError):
                status = path.stat()
                if path.is_file():
                    found.append((status.st_mtime, status.st_size, path))
        return found

    def _measured(self) -> int:
        return sum(size for _, size, _ in self._entries())

    def _lower(self) -> int:
        """Delete the oldest files and return the remaining size in bytes."""
        entries = sorted(self._entries())
        left = sum(size for _, size, _ in entries)
        for _, size, path in entries:
            if left <= LOWERED * self.limit:
                break
            self._remove(path)
            left -= size
        return left

    @staticmethod
    def _remove(file: Path) -> None:
        with suppress(OSError):
            file.unlink()
