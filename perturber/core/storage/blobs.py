"""A folder of files that may be lost at any time: what is damaged is thrown away, the oldest go when it is full."""

from __future__ import annotations

import hashlib
import os
import threading
from contextlib import suppress
from pathlib import Path

from perturber.core.storage.files import replace_file

DIGEST = 32
LOWERED = 0.9
"""Share of the limit that is left after the oldest files went."""


class Blobs:
    """Bytes by name in a folder, one file each with its hash.

    Whatever cannot be read is taken away and counts as missing, so that it is made again. Several
    processes may use one folder. ``magic`` begins every file, ``what`` names its content to people.
    """

    def __init__(self, folder: Path, limit: int, magic: bytes, what: str) -> None:
        self.folder, self.limit = folder, limit
        self.problem = ""
        """Why nothing can be kept, for people; empty when it can."""
        self._magic, self._what = magic, what
        self._size: int | None = None
        self._lock = threading.Lock()

    def get(self, name: str) -> bytes | None:
        """The bytes kept under a name (a relative path), or None; what is damaged is removed."""
        file = self.folder / name
        try:
            content = file.read_bytes()
        except FileNotFoundError:
            return None
        except OSError:
            self._remove(file)
            return None
        start = len(self._magic) + DIGEST
        head, payload = content[:start], content[start:]
        if head != self._magic + hashlib.sha256(payload).digest():
            self._remove(file)
            return None
        with suppress(OSError):
            os.utime(file)  # so that what is looked at counts as young
        return payload

    def put(self, name: str, data: bytes) -> None:
        """Keep bytes under a name; when the folder cannot be written to, `problem` says so and nothing else happens."""
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
        """Take away what is kept under a name, if there is anything."""
        self._remove(self.folder / name)

    def _write(self, file: Path, content: bytes) -> None:
        if file.is_dir():
            raise IsADirectoryError(21, "there is a folder in a file's place", str(file))
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, content, durable=False)  # what is lost is made again

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
        """Remove the oldest files; gives the size that is left."""
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
