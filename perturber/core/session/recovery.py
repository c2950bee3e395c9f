"""Recovery files: the unsaved session of every open window, found again after the program was killed.

Each window has files of its own under a random name: the session, a picture of it, and a lock. A session whose
lock is free belongs to a window that ended without cleaning up.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from perturber.core.errors import InputError, NewerVersionError
from perturber.core.session.session import MAX_BYTES, Session, dumps, loads
from perturber.core.storage.file_lock import FileLock
from perturber.core.storage.files import replace_file, write_whole
from perturber.core.storage.own_file import put_aside
from perturber.core.storage.reading import open_regular, read_regular

FOLDER = "recovery"
"""Folder of the recovery files, inside the folder of the window's own files."""
EARLIER = "session.json"
"""The one recovery file that earlier versions wrote beside that folder."""
MAX_PICTURE = 1 << 20
"""Largest picture that is read, in bytes."""
LITTER_SECONDS = 3600.0
"""Age from which the unfinished files of a killed process are removed."""
EXPECTED = "a session saved by Perturber"


class RecoverySlot:
    """The recovery files of one window: ``file`` is the session; its picture and its lock lie beside it."""

    def __init__(self, file: Path, lock: FileLock | None = None) -> None:
        self.file, self._lock = file, lock

    @classmethod
    def unused(cls, folder: Path) -> RecoverySlot:
        """Return a slot under a new name; nothing is written before `write`."""
        return cls(folder / f"{token_hex(8)}.json")

    @classmethod
    def claim(cls, file: Path) -> RecoverySlot | None:
        """Lock the files of a window that has ended; return None if it is open or the session is gone."""
        slot = cls(file)
        try:
            slot._lock = FileLock.take(slot.lock_file)
        except OSError:  # a read-only folder, for example: restoring needs no lock
            return slot if file.is_file() else None
        if slot._lock is None:
            return None
        if not file.is_file():
            slot.release()
            return None
        return slot

    @property
    def lock_file(self) -> Path:
        return self.file.with_suffix(".lock")

    @property
    def picture_file(self) -> Path:
        return self.file.with_suffix(".png")

    def write(self, session: Session, picture: bytes = b"") -> None:
        """Write the session atomically, and its picture as PNG unless empty. Raises InputError."""
        self._take_lock()
        write_whole(self.file, dumps(session))
        if picture:
            with suppress(OSError):  # the session matters
                replace_file(self.picture_file, picture, durable=False)

    def _take_lock(self) -> None:
        """Lock the files unless they are locked; someone may have cleared the folder since the last time."""
        if self._lock is not None and self._lock.is_in_place:
            return
        self.release()
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            while (lock := FileLock.take(self.lock_file)) is None:
                self.file = RecoverySlot.unused(self.file.parent).file
        except OSError as error:
            raise InputError(str(self.lock_file), error.strerror or str(error), "a writable path") from error
        self._lock = lock

    def read(self) -> Session:
        """Return the session. Raises InputError, and moves a damaged file aside."""
        with open_regular(self.file, "a readable session file") as stream:
            data = stream.read(MAX_BYTES + 1)
        try:
            if len(data) > MAX_BYTES:
                raise InputError(str(self.file), "it is larger than 4 MiB", EXPECTED)
            return loads(data.decode("utf-8"), str(self.file))
        except NewerVersionError:
            raise
        except (UnicodeDecodeError, InputError) as error:
            problem = str(error) if isinstance(error, InputError) else f"{self.file}: it is not text"
            aside = put_aside(self.file, problem)
            raise InputError(problem, f"this session cannot be recovered; the file is kept as {aside.name}") from None

    def read_picture(self) -> bytes:
        """Return the picture as PNG, unchecked; empty if there is none."""
        with suppress(InputError):
            return read_regular(self.picture_file, MAX_PICTURE)
        return b""

    def remove(self) -> None:
        """Delete the files. Raises InputError if the session cannot be deleted."""
        try:
            self.file.unlink(missing_ok=True)
        except OSError as error:
            raise InputError(str(self.file), error.strerror or str(error), "a file that can be deleted") from error
        with suppress(OSError):
            self.picture_file.unlink(missing_ok=True)
        self.release()

    def release(self) -> None:
        """Keep the files for the next start of the program."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None


@dataclass(frozen=True)
class CrashedSession:
    """A session whose window ended without saving it. Its slot is claimed by this process."""

    slot: RecoverySlot
    session: Session
    picture: bytes
    """The last picture as PNG, unchecked; empty if there is none."""
    changed: float
    """Time of the last change, in seconds since 1970."""


def find_crashed(folder: Path) -> tuple[list[CrashedSession], list[str]]:
    """Claim the sessions of all ended windows; return them, last changed first, and what could not be read.

    ``folder`` holds the window's own files. Each session must be removed or released.
    """
    found, problems = [], []
    for file in _candidates(folder):
        slot = RecoverySlot.claim(file)
        if slot is None:
            continue
        try:
            found.append(open_claimed(slot))
        except InputError as error:
            problems.append(str(error))
    _sweep(folder / FOLDER)
    return sorted(found, key=lambda crashed: -crashed.changed), problems


def open_claimed(slot: RecoverySlot) -> CrashedSession:
    """Return the session of a claimed slot. Releases the slot and raises InputError if it cannot be read."""
    try:
        session = slot.read()
        return CrashedSession(slot, session, slot.read_picture(), slot.file.stat().st_mtime)
    except (InputError, OSError) as error:
        slot.release()
        if isinstance(error, InputError):
            raise
        raise InputError(str(slot.file), error.strerror or str(error), "a readable session file") from error


def _candidates(folder: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from sorted(file for file in (folder / FOLDER).glob("*.json") if ".damaged-" not in file.name)
    if (folder / EARLIER).is_file():
        yield folder / EARLIER


def _sweep(folder: Path) -> None:
    """Remove what killed processes left beside no session: locks, pictures, unfinished files."""
    with suppress(OSError):
        for file in folder.iterdir():
            if file.suffix in {".lock", ".png"} and not file.with_suffix(".json").exists():
                lock = FileLock.take(file.with_suffix(".lock"))
                if lock is not None:
                    if not file.with_suffix(".json").exists():
                        file.with_suffix(".png").unlink(missing_ok=True)
                    lock.release()
            elif ".part" in file.name and file.stat().st_mtime < time.time() - LITTER_SECONDS:
                file.unlink(missing_ok=True)
