"""The color textures of a glTF file, decoded once each and reduced together to a bounded size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from perturber.core.errors import InputError
from perturber.scene.files.companions import Companions
from perturber.scene.files.gltf.buffers import GltfBuffers
from perturber.scene.files.gltf.entries import GltfEntry
from perturber.scene.files.gltf.extensions import BASISU, OTHER_PICTURES, PICTURES, WAYS_OUT, is_drawn
from perturber.scene.files.image import decode_picture
from perturber.scene.files.surface import Wrap

WRAPS: dict[int, Wrap] = {10497: "repeat", 33071: "clamp", 33648: "mirror"}
NEAREST = (9728, 9984, 9986)
KTX = b"\xabKTX"


@dataclass(frozen=True)
class GltfSampling:
    """What a texture does beyond its edges (along u and v), and whether it is smooth when enlarged."""

    wrap: tuple[Wrap, Wrap] = ("repeat", "repeat")
    smooth: bool = True


class GltfTextures:
    """The pictures of a file. What is missing or cannot be read is left out and listed in ``problems``."""

    def __init__(self, root: GltfEntry, buffers: GltfBuffers, companions: Companions) -> None:
        self._root = root
        self._buffers = buffers
        self._companions = companions
        self._decoded: dict[int, Image.Image | None] = {}
        self._least: dict[int, int] = {}
        self.problems: list[str] = []

    def least_alpha(self, picture: Image.Image) -> int:
        """Return the smallest alpha of a picture of this file, from 0 to 255."""
        if id(picture) not in self._least:
            self._least[id(picture)] = int(np.asarray(picture)[..., 3].min())
        return self._least[id(picture)]

    def sampling(self, texture: int) -> GltfSampling:
        """Return how a texture is read. Raises InputError for unknown modes."""
        entry = self._root.item("textures", texture)
        if not entry.has("sampler"):
            return GltfSampling()
        sampler = self._root.item("samplers", entry.integer("sampler"))
        modes = [sampler.integer(key, 10497) for key in ("wrapS", "wrapT")]
        if not set(modes) <= set(WRAPS):
            raise sampler.refusal(f"the wrap modes are {modes}", f"of {', '.join(map(str, WRAPS))}")
        smooth = sampler.integer("magFilter", 9729) not in NEAREST
        return GltfSampling((WRAPS[modes[0]], WRAPS[modes[1]]), smooth)

    def picture(self, texture: int) -> Image.Image | None:
        """Return a texture's picture as RGBA, the first of its sources that can be read."""
        entry = self._root.item("textures", texture)
        named = [entry.extension(name) for name in PICTURES if is_drawn(name)]
        sources = [
            source.integer("source") for source in (*named, entry) if source is not None and source.has("source")
        ]
        problems: list[str] = []
        for source in sources:
            picture = self._image(source, problems)
            if picture is not None:
                return picture
        if not sources:
            other = next((name for name in OTHER_PICTURES if entry.extension(name) is not None), "")
            problems.append(f"its texture is left out: {other or 'it'} " + _way_out(other))
        self.problems += (problem for problem in problems if problem not in self.problems)
        return None

    def _image(self, index: int, problems: list[str]) -> Image.Image | None:
        if index not in self._decoded:
            image = self._root.item("images", index)
            try:
                self._decoded[index] = _decode(self._bytes(image), self._companions)
            except FileNotFoundError as error:
                self._decoded[index] = None
                if not self._companions.problems:
                    problems.append(f"its texture is left out: {error}")
            except InputError as error:
                self._decoded[index] = None
                problems.append(f"its texture is left out: {error.problem}")
        return self._decoded[index]

    def _bytes(self, image: GltfEntry) -> bytes:
        if image.has("bufferView"):
            return bytes(self._buffers.view(image.integer("bufferView"))[0])
        return self._buffers.from_uri(image)


def _way_out(extension: str) -> str:
    return f"is not supported; expected {WAYS_OUT[extension]}" if extension else "has no picture"


def _decode(data: bytes, companions: Companions) -> Image.Image:
    """Return an encoded picture as RGBA, at most of MAX_SIDE. Raises InputError that says what is wrong with it."""
    if data.startswith(KTX):
        raise InputError("its texture", f"KTX2 is not supported; expected {WAYS_OUT[BASISU]}")
    if not data:
        raise InputError("its texture", "it cannot be read as a picture (it is empty)")
    return companions.counted(lambda: decode_picture(data, "its texture", "RGBA"))
