"""Sets of pictures for the networks: rendered views of the shipped objects, or a folder of photos.

A picture looks as it would as the session's input without post effects: a photo is cropped to the
centered square of `Photo.crop`, 224×224.
"""

from __future__ import annotations

import hashlib
import io
import json
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
from perturber.core.storage.decoding import decode_image
from perturber.core.storage.picture_walk import PictureWalk
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
        image = decode_image(data, "the view", ("PNG",), SIZE**2)
    except InputError:
        return None
    return np.asarray(image.convert("RGB")) if image.size == (SIZE, SIZE) else None


class PhotoFolder(PictureSet):
    """The pictures in a folder and its subfolders (`PictureWalk`)."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = PictureWalk(folder)

    def prepare(self) -> Iterator[None]:
        yield from self._folder.walk(MOST)
        self.names, self.skipped = self._folder.names, self._folder.skipped
        self.digest = _digest([*self._folder.marks, *self.skipped])

    def pixels(self, number: int) -> Pixels:
        return photo_pixels(self._folder.files[number], CROP, SIZE)


def _digest(marks: list[object]) -> str:
    return hashlib.sha256(json.dumps(marks).encode()).hexdigest()
