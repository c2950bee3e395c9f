"""Sets of pictures for the networks: rendered views of the shipped objects, or a folder of photos.

A picture looks as it would as the session's input without post effects: a photo is cropped to the
centered square of `Photo.crop`, 224×224.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from perturber import paths
from perturber.core.errors import InputError
from perturber.core.evaluation import SIZE, Pixels
from perturber.core.session.scene import Photo
from perturber.core.session.session import Session
from perturber.core.storage.blobs import Blobs
from perturber.core.storage.files import PICTURES
from perturber.scene.assets.views import views
from perturber.scene.files.image import photo_pixels

if TYPE_CHECKING:
    from perturber.engine.frame.engine import Engine

MOST = 50_000
"""Maximum number of pictures used from a folder."""
CROP = float(Photo.model_fields["crop"].default)


class PictureSet(ABC):
    """Pictures by number. ``names`` and ``digest`` are available once `prepare` has finished."""

    def __init__(self) -> None:
        self.names: list[str] = []
        """Names of the pictures, some of which may turn out to be unreadable."""
        self.skipped: list[str] = []
        """Files left out by `prepare`: name and reason."""
        self.digest = ""
        """Hex digest that changes when the pictures do."""

    @abstractmethod
    def prepare(self) -> Iterator[None]:
        """List the pictures, in small steps. Raises InputError if there are none."""

    @abstractmethod
    def pixels(self, number: int) -> Pixels:
        """Return a picture, 224×224×3. Raises InputError if it cannot be read."""


class RenderedViews(PictureSet):
    """The 28 views of each shipped object, rendered once and cached in ``blobs``."""

    def __init__(self, engine: Engine, blobs: Blobs) -> None:
        super().__init__()
        self._engine, self._blobs = engine, blobs
        self._sessions: list[Session] = []

    def prepare(self) -> Iterator[None]:
        self.digest = _digest(["views", *_resources()])
        for name, number, session in views(Session()):
            self.names.append(f"{name} {number:02d}")
            self._sessions.append(session)
        yield

    def pixels(self, number: int) -> Pixels:
        name = f"views-{self.digest[:16]}/{number:03d}"
        data = self._blobs.get(name)
        kept = None if data is None else _decode(data)
        if kept is None:
            kept = self._engine.render(self._sessions[number])
            self._blobs.put(name, _encode(kept))
        return kept


def _resources() -> list[object]:
    """Return names and sizes of the files that determine how the views look."""
    files = sorted(f for root in (paths.shaders(), paths.assets()) for f in root.rglob("*") if f.is_file())
    return [[f.name, f.stat().st_size] for f in files if "__pycache__" not in f.parts]


def _encode(pixels: Pixels) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def _decode(data: bytes) -> Pixels | None:
    """Return the picture, or None if the bytes are not a cached view."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            return np.asarray(image.convert("RGB")) if image.size == (SIZE, SIZE) else None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


class PhotoFolder(PictureSet):
    """The pictures in a folder and its subfolders, selected by suffix; links to folders are not followed."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._files: list[Path] = []

    def prepare(self) -> Iterator[None]:
        if not self._folder.is_dir():
            raise InputError(str(self._folder), "folder not found", "a folder of pictures")
        marks: list[object] = []
        for root, folders, files in os.walk(self._folder, onerror=self._unreadable):
            folders.sort()
            self._take(Path(root), files, marks)
            if len(self.names) > MOST:
                self.skipped.append(f"{self._folder}: only the first {MOST} pictures are used")
                del self.names[MOST:], self._files[MOST:]
                break
            yield
        if not self.names:
            problem = "the folder has no usable pictures" + (f" ({self.skipped[0]})" if self.skipped else "")
            raise InputError(str(self._folder), problem, "files such as .jpg or .png")
        self.digest = _digest([*marks, *self.skipped])

    def _unreadable(self, error: OSError) -> None:
        self.skipped.append(f"{_printable(str(error.filename))}: {error.strerror or error}")

    def _take(self, root: Path, files: list[str], marks: list[object]) -> None:
        for file in sorted(f for f in files if Path(f).suffix.lower() in PICTURES):
            path = root / file
            name = _printable(path.relative_to(self._folder).as_posix())
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
                self._files.append(path)
                marks.append([name, status.st_size, status.st_mtime_ns, status.st_mode])

    def pixels(self, number: int) -> Pixels:
        return photo_pixels(self._files[number], CROP, SIZE)


def _printable(name: str) -> str:
    """Return a file name with undecodable bytes escaped."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _digest(marks: list[object]) -> str:
    return hashlib.sha256(json.dumps(marks).encode()).hexdigest()
