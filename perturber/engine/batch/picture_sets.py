"""Sets of pictures to look at: rendered views of the shipped objects, or a folder of the user's.

Pictures come as a network receives them when they are the session's input without post effects:
a photo is the centered square of `Photo.crop`, 224 × 224.
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
"""Pictures of a folder that are looked at."""
CROP = float(Photo.model_fields["crop"].default)


class PictureSet(ABC):
    """Pictures by number. ``names`` and ``digest`` are there once `prepare` is through."""

    def __init__(self) -> None:
        self.names: list[str] = []
        """The pictures, of which some may turn out to be no usable ones."""
        self.skipped: list[str] = []
        """What was left out from the start: name and reason."""
        self.digest = ""
        """Hex digits that differ when the pictures do."""

    @abstractmethod
    def prepare(self) -> Iterator[None]:
        """Find out which pictures there are, in small steps. Raises InputError when there are none."""

    @abstractmethod
    def pixels(self, number: int) -> Pixels:
        """A picture, 224×224×3. Raises InputError when it cannot be read."""


class RenderedViews(PictureSet):
    """The shipped objects from their 28 sides each, rendered once and kept in ``blobs``."""

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
    """What decides how the views look, but for the program itself."""
    files = sorted(f for root in (paths.shaders(), paths.assets()) for f in root.rglob("*") if f.is_file())
    return [[f.name, f.stat().st_size] for f in files if "__pycache__" not in f.parts]


def _encode(pixels: Pixels) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def _decode(data: bytes) -> Pixels | None:
    """The picture, or None when the bytes are none of ours."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            return np.asarray(image.convert("RGB")) if image.size == (SIZE, SIZE) else None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


class PhotoFolder(PictureSet):
    """The pictures of a folder and of the folders inside, by their suffix; links to folders are not followed."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._files: list[Path] = []

    def prepare(self) -> Iterator[None]:
        if not self._folder.is_dir():
            raise InputError(str(self._folder), "there is no such folder", "a folder of pictures")
        marks: list[object] = []
        for root, folders, files in os.walk(self._folder, onerror=self._unreadable):
            folders.sort()
            self._take(Path(root), files, marks)
            if len(self.names) > MOST:
                self.skipped.append(f"{self._folder}: only the first {MOST} pictures are looked at")
                del self.names[MOST:], self._files[MOST:]
                break
            yield
        if not self.names:
            problem = "it holds no usable pictures" + (f" ({self.skipped[0]})" if self.skipped else "")
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
            if not stat.S_ISREG(status.st_mode):  # reading a pipe would wait for ever
                self.skipped.append(f"{name}: it is no file")
            elif not status.st_size:
                self.skipped.append(f"{name}: the file is empty")
            else:
                self.names.append(name)
                self._files.append(path)
                marks.append([name, status.st_size, status.st_mtime_ns, status.st_mode])

    def pixels(self, number: int) -> Pixels:
        return photo_pixels(self._files[number], CROP, SIZE)


def _printable(name: str) -> str:
    """A file's name without bytes that are no text."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _digest(marks: list[object]) -> str:
    return hashlib.sha256(json.dumps(marks).encode()).hexdigest()
