"""Storage of feature images: atlases shipped with a family, and the user's cache. Torch-free.

Both hold the same bytes (AVIF), so that an image is identical wherever it comes from.
"""

from __future__ import annotations

import hashlib
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

from perturber.core.errors import InputError
from perturber.core.jobs.feature_spec import Feature
from perturber.core.storage.blobs import Blobs
from perturber.core.storage.decoding import decode_image
from perturber.core.storage.files import write_whole
from perturber.core.storage.reading import is_regular
from perturber.nets.families.family import Checkpoint, Family

Picture = NDArray[np.uint8]
"""H×W×3, sRGB."""
FOLDER = "features"
"""Name of the folder in a family's folder and in the user's cache."""
MAGIC = b"PFI1"
LIMIT = 512 << 20
"""Maximum size of the user's cache in bytes."""
MAX_SIDE = 1024
LONGEST = 200
"""Most characters of the name of an image; those of files are limited to 255."""
DAMAGED = (OSError, ValueError, EOFError, RuntimeError, LookupError, zipfile.BadZipFile, zlib.error, struct.error)
"""Errors from damaged zip archives; damaged flags look like encryption or an unsupported zip version."""
QUALITY = 60
"""AVIF quality at full color resolution: about 2.5 KB for 96² pixels, with a mean error of 8 of 255."""


def encode(picture: Picture) -> bytes:
    """Encode a picture as AVIF for storage."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "AVIF", quality=QUALITY, subsampling="4:4:4", speed=6, max_threads=1)
    return stream.getvalue()


def decode(data: bytes) -> Picture | None:
    """Decode a stored picture; None if the bytes are damaged."""
    try:
        image = decode_image(data, "the feature image", ("AVIF",), MAX_SIDE**2)
        return np.asarray(image.convert("RGB")) if max(image.size) <= MAX_SIDE else None
    except InputError:
        return None


def atlas_file(family: Family, checkpoint: Checkpoint) -> Path:
    """Return the path of a checkpoint's atlas."""
    return family.folder / FOLDER / f"{Path(checkpoint.file).stem}.zip"


def entry_name(feature: Feature) -> str:
    """Return the name of an image in its atlas or cache, without the network."""
    return f"{quote(feature.layer, safe='')}/{feature.unit}-{feature.spec.digest}"


class Atlas:
    """A file with the images of one checkpoint, by name. A damaged file, or one for other weights, reads as empty.

    The file is an uncompressed zip archive with the network's fingerprint in its comment.
    """

    def __init__(self, file: Path, network: str) -> None:
        self.file, self.network = file, network
        self.problem = ""
        """The reason why an existing file reads as empty, for display."""
        self._lock = threading.Lock()
        self._names: frozenset[str] = frozenset()
        self._archive = self._open()

    def _open(self) -> zipfile.ZipFile | None:
        if not is_regular(self.file):
            return None
        try:
            archive = zipfile.ZipFile(self.file)
        except DAMAGED as error:
            self.problem = f"{self.file}: it cannot be read ({error})"
            return None
        if archive.comment.decode("ascii", "replace") != self.network:
            self.problem = f"{self.file}: its images belong to other weights"
            archive.close()
            return None
        self._names = frozenset(archive.namelist())
        return archive

    def __contains__(self, feature: Feature) -> bool:
        return entry_name(feature) in self._names

    def __len__(self) -> int:
        return len(self._names)

    def data(self, feature: Feature) -> bytes | None:
        """Return the stored bytes of an image, or None if it is missing or damaged."""
        if self._archive is None or feature not in self:
            return None
        try:
            with self._lock:
                return self._archive.read(entry_name(feature))
        except DAMAGED:
            return None


def write_atlas(file: Path, network: str, images: Iterable[tuple[Feature, bytes]]) -> None:
    """Write an atlas atomically. Raises InputError if that fails."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.comment = network.encode("ascii")
        for feature, data in sorted(images, key=lambda item: entry_name(item[0])):
            # ZipInfo without a date, so that the same images give the same file.
            archive.writestr(zipfile.ZipInfo(entry_name(feature)), data)
    write_whole(file, packed.getvalue(), make_folder=True)


class FeatureCache(Blobs):
    """A cache of images in the user's folder; any image may disappear at any time."""

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        super().__init__(folder, limit, MAGIC, "feature images")

    def file(self, feature: Feature) -> Path:
        """Return the path of an image."""
        return self.folder / _cached_name(feature)

    def __contains__(self, feature: Feature) -> bool:
        return is_regular(self.file(feature))

    def data(self, feature: Feature) -> bytes | None:
        """Return the stored bytes of an image, or None; damaged files are removed."""
        return self.get(_cached_name(feature))

    def write(self, feature: Feature, data: bytes) -> None:
        """Store an image. If the folder is not writable, only `problem` is set."""
        self.put(_cached_name(feature), data)


def _cached_name(feature: Feature) -> str:
    name = entry_name(feature)
    if len(name) > LONGEST or name.startswith("."):  # no layer's name, and no file's
        name = hashlib.sha256(name.encode()).hexdigest()
    return f"{feature.network[:16]}/{name}.pfi"


class FeatureStore:
    """All stored feature images: the shipped atlases first, then the user's cache."""

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
        """Return the atlas of a network, or None if it belongs to no family."""
        if network not in self._atlases and network in self._files:
            self._atlases[network] = Atlas(self._files[network], network)
        return self._atlases.get(network)

    def __contains__(self, feature: Feature) -> bool:
        """Return whether an image is stored (it may be damaged)."""
        atlas = self.atlas(feature.network)
        return (atlas is not None and feature in atlas) or feature in self.cache

    def data(self, feature: Feature) -> bytes | None:
        """Return the stored bytes of an image, or None if it must be computed."""
        atlas = self.atlas(feature.network)
        shipped = None if atlas is None else atlas.data(feature)
        return self.cache.data(feature) if shipped is None else shipped

    def read(self, feature: Feature) -> Picture | None:
        """Read an image, or return None if it must be computed."""
        data = self.data(feature)
        return None if data is None else decode(data)

    def keep(self, feature: Feature, picture: Picture) -> Picture:
        """Store a new image and return it as later reads will."""
        data = encode(picture)
        self.cache.write(feature, data)
        kept = decode(data)
        return picture if kept is None else kept
