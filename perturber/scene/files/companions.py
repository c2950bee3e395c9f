"""The files a mesh names (materials, textures, buffers): found beside it, limited in size, reported when missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PIL import Image

from perturber.core.errors import InputError
from perturber.core.storage.files import PICTURES
from perturber.core.storage.reading import read_regular
from perturber.scene.files.finding import FileFinder, FoundFile
from perturber.scene.files.image import MAX_SIDE, open_picture, shrink

MAX_BYTES = 64 << 20
MAX_FILES = 64
MAX_NAME = 4096
"""Length of a file's name with its path."""
MAX_TEXTURE_PIXELS = 300_000_000
"""Pixels of all textures of a mesh as they are in their files: decoding them takes some seconds."""
SHOWN = 20
"""How many problems are listed; the others are left out."""


class Companions:
    """The files in a mesh's folder and below it; pictures also from the folder above.

    ``problems`` lists what is missing or refused, ``remarks`` what was found under another name.
    """

    def __init__(self, mesh: Path) -> None:
        self._finder = FileFinder(mesh.resolve().parent)
        self._found: dict[str, FoundFile | str] = {}
        self._pictures: dict[Path, Image.Image | None] = {}
        self._pixels = 0
        self.problems: list[str] = []
        self.remarks: list[str] = []

    def get(self, key: str) -> bytes:
        """Return a file's bytes; empty for a missing picture, which a mesh can do without.

        Raises FileNotFoundError for anything else that is missing or refused.
        """
        found = self._look(key)
        if isinstance(found, FoundFile):
            return read_regular(found.path, MAX_BYTES)
        self.report(found)
        if is_picture(key):
            return b""
        raise FileNotFoundError(found)

    def exists(self, key: str) -> bool:
        """Return whether there is a file of that name, of a size that is read."""
        return isinstance(self._look(key), FoundFile)

    def picture(self, key: str) -> Image.Image | None:
        """Return a texture as RGBA; None, with a problem, when it is missing or cannot be read."""
        found = self._look(key)
        if not isinstance(found, FoundFile):
            self.report(found)
            return None
        if found.path not in self._pictures:
            self._pictures[found.path] = None
            try:
                self._pictures[found.path] = self.counted(lambda: open_picture(found.path, "RGBA"))
            except InputError as error:
                reason = "has too many pixels" if "pixels" in error.problem else "cannot be read as a picture"
                self.report(f"{key[:80]} {reason}, so its texture is left out: {error.problem:.120}")
        return self._pictures[found.path]

    def counted(self, decode: Callable[[], Image.Image]) -> Image.Image:
        """Return a decoded texture, at most of MAX_SIDE. Raises InputError when all of them have too many pixels."""
        if self._pixels > MAX_TEXTURE_PIXELS:
            problem = f"the textures have more than {MAX_TEXTURE_PIXELS // 1_000_000} megapixels in all"
            raise InputError("its texture", problem, "fewer or smaller textures")
        picture = decode()
        self._pixels += picture.width * picture.height
        return shrink(picture, MAX_SIDE)

    def report(self, problem: str) -> None:
        """Add a problem to the list, once and only while the list is short."""
        if len(self.problems) < SHOWN and problem not in self.problems:
            self.problems.append(problem)

    def _look(self, key: str) -> FoundFile | str:
        """Return a file, or why it cannot be had."""
        if len(key) > MAX_NAME:
            return f"a file has a name of {len(key):,} characters"
        if key not in self._found:
            self._found[key] = self._search(key)
        return self._found[key]

    def _search(self, key: str) -> FoundFile | str:
        if len(self._found) >= MAX_FILES:
            return f"the mesh names more than {MAX_FILES} files"
        found = self._finder.find(key, above=is_picture(key))
        if found is None:
            return f"{key[:120]} was not found in its folder"
        size = found.path.stat().st_size
        if size > MAX_BYTES:
            return f"{key[:120]} has {size >> 20} MiB (at most {MAX_BYTES >> 20})"
        if found.remark:
            self.remarks.append(found.remark)
        return found


def text_of(data: bytes) -> str:
    """Decode a file of unknown encoding: UTF-16 by its mark, UTF-8, else Latin-1, which accepts any bytes."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def is_picture(key: str) -> bool:
    """Return whether a name is that of a picture."""
    return Path(key.strip().lower()).suffix in {*PICTURES, ".tga"}
