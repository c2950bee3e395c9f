"""Where feature images are kept: atlases that ship with a family, and a cache of the user's. Torch-free.

Both hold the same bytes (AVIF), so that an image is the same to the last pixel wherever it comes from.
"""

from __future__ import annotations

import io
import struct
import threading
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from perturber.core.jobs.feature_spec import Feature
from perturber.core.storage.blobs import Blobs
from perturber.core.storage.files import write_whole
from perturber.nets.families.family import Checkpoint, Family

Picture = NDArray[np.uint8]
"""H×W×3, sRGB."""
FOLDER = "features"
"""In a family's folder and in the user's cache."""
MAGIC = b"PFI1"
LIMIT = 512 << 20
"""Bytes of the user's cache."""
MAX_SIDE = 1024
DAMAGED = (OSError, ValueError, EOFError, RuntimeError, LookupError, zipfile.BadZipFile, zlib.error, struct.error)
"""What reading a damaged zip archive raises; damaged flags look like encryption, or like another version of zip."""
QUALITY = 60
"""Of AVIF with full color resolution: about 2.5 KB for 96², 8 of 255 off on average."""


def encode(picture: Picture) -> bytes:
    """A picture as it is kept."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "AVIF", quality=QUALITY, subsampling="4:4:4", speed=6, max_threads=1)
    return stream.getvalue()


def decode(data: bytes) -> Picture | None:
    """The picture, or None when the bytes are damaged."""
    try:
        with Image.open(io.BytesIO(data), formats=("AVIF",)) as image:
            if max(image.size) > MAX_SIDE:
                return None
            return np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def atlas_file(family: Family, checkpoint: Checkpoint) -> Path:
    """Where the feature images of a checkpoint ship."""
    return family.folder / FOLDER / f"{Path(checkpoint.file).stem}.zip"


def entry_name(feature: Feature) -> str:
    """The name of an image in its atlas or cache, without the network."""
    return f"{quote(feature.layer, safe='')}/{feature.unit}-{feature.spec.digest}"


class Atlas:
    """The images of one checkpoint in one file, by name. A damaged file, or one of other weights, is empty.

    The file is a zip archive that stores its entries as they are and names the network in its comment.
    """

    def __init__(self, file: Path, network: str) -> None:
        self.file, self.network = file, network
        self.problem = ""
        """Why it is empty although there is a file, for people."""
        self._lock = threading.Lock()
        self._names: frozenset[str] = frozenset()
        self._archive = self._open()

    def _open(self) -> zipfile.ZipFile | None:
        if not self.file.is_file():
            return None
        try:
            archive = zipfile.ZipFile(self.file)
        except DAMAGED as error:
            self.problem = f"{self.file}: it cannot be read ({error})"
            return None
        if archive.comment.decode("ascii", "replace") != self.network:
            self.problem = f"{self.file}: its images are of other weights"
            archive.close()
            return None
        self._names = frozenset(archive.namelist())
        return archive

    def __contains__(self, feature: Feature) -> bool:
        return entry_name(feature) in self._names

    def __len__(self) -> int:
        return len(self._names)

    def data(self, feature: Feature) -> bytes | None:
        """The bytes of an image as kept, or None when it is not there or damaged."""
        if self._archive is None or feature not in self:
            return None
        try:
            with self._lock:
                return self._archive.read(entry_name(feature))
        except DAMAGED:
            return None


def write_atlas(file: Path, network: str, images: Iterable[tuple[Feature, bytes]]) -> None:
    """Write an atlas, whole or not at all. Raises InputError when that fails."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.comment = network.encode("ascii")
        for feature, data in sorted(images, key=lambda item: entry_name(item[0])):
            # Without the date, so that the same images make the same file.
            archive.writestr(zipfile.ZipInfo(entry_name(feature)), data)
    write_whole(file, packed.getvalue(), make_folder=True)


class FeatureCache(Blobs):
    """Images in a folder of the user's, which may lose any of them at any time."""

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        super().__init__(folder, limit, MAGIC, "feature images")

    def file(self, feature: Feature) -> Path:
        """Where an image lies."""
        return self.folder / _cached_name(feature)

    def __contains__(self, feature: Feature) -> bool:
        return self.file(feature).is_file()

    def data(self, feature: Feature) -> bytes | None:
        """The bytes of an image as kept, or None; what is damaged is removed."""
        return self.get(_cached_name(feature))

    def write(self, feature: Feature, data: bytes) -> None:
        """Keep an image; when the folder cannot be written to, `problem` says so and nothing else happens."""
        self.put(_cached_name(feature), data)


def _cached_name(feature: Feature) -> str:
    return f"{feature.network[:16]}/{entry_name(feature)}.pfi"


class FeatureStore:
    """Finds feature images wherever they are: in the atlases that ship first, then in the user's cache."""

    def __init__(self, families: Mapping[str, Family], cache: FeatureCache) -> None:
        self.cache = cache
        self._files = {
            checkpoint.sha256: atlas_file(family, checkpoint)
            for family in families.values()
            for variant in family.variants
            for checkpoint in variant.checkpoints
        }
        self._atlases: dict[str, Atlas] = {}

    def atlas(self, network: str) -> Atlas | None:
        """The atlas of a network, if one can ship with it."""
        if network not in self._atlases and network in self._files:
            self._atlases[network] = Atlas(self._files[network], network)
        return self._atlases.get(network)

    def __contains__(self, feature: Feature) -> bool:
        """Whether there is such an image (which may turn out to be damaged)."""
        atlas = self.atlas(feature.network)
        return (atlas is not None and feature in atlas) or feature in self.cache

    def data(self, feature: Feature) -> bytes | None:
        """The bytes of an image as kept, or None when it has to be made."""
        atlas = self.atlas(feature.network)
        shipped = None if atlas is None else atlas.data(feature)
        return self.cache.data(feature) if shipped is None else shipped

    def read(self, feature: Feature) -> Picture | None:
        """An image, or None when it has to be made."""
        data = self.data(feature)
        return None if data is None else decode(data)

    def keep(self, feature: Feature, picture: Picture) -> Picture:
        """Keep a new image; gives it as it will be read from now on."""
        data = encode(picture)
        self.cache.write(feature, data)
        kept = decode(data)
        return picture if kept is None else kept
