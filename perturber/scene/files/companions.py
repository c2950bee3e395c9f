"""The files a mesh names (materials, textures, buffers): found beside it, limited in size, reported when missing."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from urllib.parse import unquote

from PIL import Image
from trimesh.resolvers import Resolver

from perturber.core.storage.files import PICTURES
from perturber.scene.files.image import MAX_PIXELS, UNREADABLE
from perturber.scene.files.materials import read_materials

MAX_BYTES = 64 << 20
MAX_FILES = 64


class Companions(Resolver):
    """Resolver that gives trimesh the files in a mesh's folder and below.

    ``problems`` lists what is missing or refused; ``materials`` are the names that the MTL files
    define, None without any MTL file.
    """

    def __init__(self, mesh: Path) -> None:
        self._folder = mesh.resolve().parent
        self._served = 0
        self.problems: list[str] = []
        self.materials: set[str] | None = None

    def get(self, key: str) -> bytes:
        """Return a file's bytes; empty for an unusable picture, which a mesh can do without.

        Raises FileNotFoundError for anything else that is missing or refused.
        """
        path = self._find(key)
        problem = f"{key} was not found in its folder" if path is None else self._refusal(path, key)
        if path is not None and not problem:
            data = path.read_bytes()
            problem = self._unusable_picture(key, data)
            if not problem:
                return self._material(text_of(data), path.name) if path.suffix.lower() == ".mtl" else data
        if problem not in self.problems:
            self.problems.append(problem)
        if _is_picture(key):
            return b""
        raise FileNotFoundError(problem)

    def _find(self, key: str) -> Path | None:
        """Return the file of that path, or of its last part alone: exporters write absolute paths and options."""
        name = unquote(key.strip()).replace("\\", "/")
        for candidate in (name, key.strip(), name.rsplit("/", 1)[-1], name.split()[-1] if name.split() else name):
            path = (self._folder / candidate).resolve()
            if path.is_relative_to(self._folder) and path.is_file():
                return path
        return None

    def _refusal(self, path: Path, key: str) -> str:
        self._served += 1
        if self._served > MAX_FILES:
            return f"{key} exceeds the limit of {MAX_FILES} files"
        size = path.stat().st_size
        return f"{key} has {size >> 20} MiB (at most {MAX_BYTES >> 20})" if size > MAX_BYTES else ""

    def _unusable_picture(self, key: str, data: bytes) -> str:
        if not _is_picture(key):
            return ""
        try:
            with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data)) as picture:
                too_large = picture.width * picture.height > MAX_PIXELS
        except UNREADABLE as error:
            too_large = isinstance(error, Image.DecompressionBombError)
            if not too_large:
                return f"{key} cannot be read as a picture"
        return f"{key} has too many pixels" if too_large else ""

    def _material(self, text: str, name: str) -> bytes:
        """Return the readable part of an MTL file and record its problems."""
        kept, names, problems = read_materials(text, name)
        self.materials = (self.materials or set()) | names
        self.problems += (problem for problem in problems if problem not in self.problems)
        return kept.encode()

    def write(self, name: str, data: bytes) -> None:
        raise PermissionError(name)

    def namespaced(self, namespace: str) -> Companions:
        return self

    def keys(self) -> list[str]:
        return [path.name for path in self._folder.iterdir() if path.is_file()]


def text_of(data: bytes) -> str:
    """Decode a file of unknown encoding: UTF-8, else Latin-1, which accepts any bytes."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _is_picture(key: str) -> bool:
    return Path(key.strip().lower()).suffix in {*PICTURES, ".tga"}
