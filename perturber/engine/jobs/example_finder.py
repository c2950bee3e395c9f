"""Find dataset examples: the image patches that activate a unit most, from an index of all units."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from perturber import paths
from perturber.core.errors import InputError
from perturber.core.evaluation import SIZE
from perturber.core.jobs.job import Answer, Example, Examples, FindExamples
from perturber.core.storage.blobs import Blobs
from perturber.engine.batch.picture_sets import PhotoFolder, PictureSet, RenderedViews
from perturber.engine.frame.engine import Engine
from perturber.engine.jobs.example_index import COUNT, EDITION, Index, Indexing, unpack
from perturber.nets.architectures.network import Network
from perturber.nets.architectures.receptive_field import ReceptiveField
from perturber.nets.families.fingerprint import fingerprint
from perturber.nets.lookup.find import find_unit

FOLDER = "examples"
"""Name of the folder in the user's cache."""
MAGIC = b"PEX1"
LIMIT = 256 << 20
"""Size limit of the cached indices and rendered views, in bytes."""
Box = tuple[int, int, int, int]


class ExampleFinder:
    """Indexes sets of pictures, once for each network, and finds examples in the indices.

    Indices are cached in ``blobs``, by default in the user's cache. Interrupted indexing continues
    where it stopped, unless other indexing has started since.
    """

    def __init__(self, engine: Engine, blobs: Blobs | None = None) -> None:
        self._engine = engine
        self.blobs = Blobs(paths.cache() / FOLDER, LIMIT, MAGIC, "examples") if blobs is None else blobs
        self._known: tuple[str, Index] | None = None  # works even if nothing can be written to disk
        self._under_way: tuple[str, Indexing] | None = None

    def find(self, job: FindExamples) -> Iterator[Answer]:
        """Index the pictures one by one if needed, then crop the examples; the last answer holds `Examples`.

        Raises InputError for an unknown model, layer or unit, and for a folder without usable pictures.
        """
        network = self._engine.features.network(job.model)
        find_unit(network, job.layer, job.unit)
        pictures = PhotoFolder(Path(job.folder)) if job.folder else RenderedViews(self._engine, self.blobs)
        for _ in pictures.prepare():
            yield Answer(0, 0)
        key = self._key(job, network, pictures)
        index = self._recall(key, network, pictures)
        if index is None:
            indexing = self._begin(key, network, pictures)
            while indexing.done < indexing.total:
                indexing.step()
                yield Answer(indexing.done, indexing.total)
            index = self._finish(key, indexing)
        if not index.pictures:
            problem = f"the folder has no usable pictures ({index.skipped[0]})"
            raise InputError(job.folder, problem, "files such as .jpg or .png")
        field = self._engine.features.fields.of(network, job.layer)
        total = len(pictures.names)
        found, lost = [], []
        for number, value, place in _best(index, job):
            try:
                found.append(_example(pictures, number, value, seen_box(network, field, place)))
            except InputError as error:  # it was readable when it was indexed
                lost.append(f"{pictures.names[number]}: {error.problem}")
            yield Answer(total, total)
        yield Answer(total, total, Examples(tuple(found), (*index.skipped, *lost), index.pictures))

    def _key(self, job: FindExamples, network: Network, pictures: PictureSet) -> str:
        """Return the file name of an index, a hash of everything that determines it."""
        weights = fingerprint(job.model, self._engine.features.families)
        parts = (str(EDITION), str(COUNT), weights, str(network.dtype), pictures.digest)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _recall(self, key: str, network: Network, pictures: PictureSet) -> Index | None:
        if self._known is not None and self._known[0] == key:
            return self._known[1]
        data = self.blobs.get(key)
        if data is None:
            return None
        index = unpack(data, network, len(pictures.names))
        if index is None:
            self.blobs.drop(key)
        else:
            self._known = key, index
        return index

    def _begin(self, key: str, network: Network, pictures: PictureSet) -> Indexing:
        if self._under_way is None or self._under_way[0] != key:
            self._under_way = key, Indexing(network, pictures)
        return self._under_way[1]

    def _finish(self, key: str, indexing: Indexing) -> Index:
        index = indexing.index()
        self._under_way = None
        if index.pictures:
            self._known = key, index
            self.blobs.put(key, index.pack())
        return index


def seen_box(network: Network, field: ReceptiveField, place: tuple[int, int]) -> Box:
    """Return left, top, right, bottom of the receptive field at a column and row of a map, in a 224×224 picture."""
    architecture = network.architecture
    scale = SIZE / architecture.size if architecture.fixed else 1.0
    left, top, right, bottom = (round(edge * scale) for edge in field.box(*place))
    return max(left, 0), max(top, 0), min(right, SIZE), min(bottom, SIZE)


def _best(index: Index, job: FindExamples) -> list[tuple[int, float, tuple[int, int]]]:
    """Return number, activation and position for the pictures with activations above 0, best first."""
    table = index.tables[job.layer]
    rows = zip(table.pictures[job.unit], table.values[job.unit], table.places[job.unit], strict=True)
    found = [(int(number), float(value), (int(x), int(y))) for number, value, (x, y) in rows if value > 0]
    return found[: job.count]


def _example(pictures: PictureSet, number: int, value: float, box: Box) -> Example:
    left, top, right, bottom = box
    patch = np.ascontiguousarray(pictures.pixels(number)[top:bottom, left:right])
    return Example(pictures.names[number], value, patch, box)
