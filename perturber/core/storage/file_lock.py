"""Locks between processes, as files: for what one window owns, and for files that several change."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from perturber.core.errors import InputError
from perturber.platforms import lock_descriptor

PATIENCE = 5.0
"""Longest wait for another process that changes the same file, in seconds."""
PAUSE = 0.01
TRIES = 100


class FileLock:
    """An exclusive lock, held until `release` or the end of the process. What the file contains never matters."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path, self._descriptor = path, descriptor

    @classmethod
    def take(cls, path: Path) -> FileLock | None:
        """Lock ``path``, which is created; return None if it is locked already. Raises OSError if it cannot be opened.

        On a file system without locks, every process receives one.
        """
        for _ in range(TRIES):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            lock = cls(path, descriptor)
            try:
                is_free = lock_descriptor(descriptor)
            except OSError:
                is_free = True
            # The former owner may have removed the file after it was opened here.
            if is_free and lock.is_in_place:
                return lock
            os.close(descriptor)
            if not is_free:
                return None
        raise OSError(f"{path}: the lock is removed again and again")

    @property
    def is_in_place(self) -> bool:
        """Whether the locked file is still the one at its path."""
        try:
            return os.path.samestat(os.fstat(self._descriptor), self._path.stat())
        except OSError:
            return False

    def release(self) -> None:
        """Remove the file, where the system removes open files, and release the lock."""
        if self.is_in_place:
            with suppress(OSError):
                self._path.unlink()
        with suppress(OSError):
            os.close(self._descriptor)


@contextmanager
def locked(file: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Keep other processes from changing a file until the block ends.

    Waits at most ``patience`` seconds; raises InputError if another process holds the file longer. Where no lock
    can be made, the block runs without one.
    """
    place = file.with_name(f"{file.name}.lock")
    deadline = time.monotonic() + patience
    lock = _try(place)
    while lock is None:
        if time.monotonic() > deadline:
            raise InputError(str(file), "another process has been changing it for a while", f"no lock {place.name}")
        time.sleep(PAUSE)
        lock = _try(place)
    try:
        yield
    finally:
        if isinstance(lock, FileLock):
            lock.release()


def _try(place: Path) -> FileLock | OSError | None:
    """Return the lock, None if it is held, or the error if it cannot be made."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        return FileLock.take(place)
    except OSError as error:
        return error
