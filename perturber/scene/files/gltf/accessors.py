"""The arrays of a glTF file: typed, strided, normalized or sparse, checked before anything is allocated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perturber.scene.files.gltf.buffers import GltfBuffers
from perturber.scene.files.gltf.entries import GltfEntry
from perturber.scene.files.survey import MAX_VERTICES, limit

DTYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
INDEX_TYPES = (5121, 5123, 5125)
SHORT_TYPES = (5120, 5121, 5122, 5123)
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
MAX_COPIED = 16 * MAX_VERTICES
"""Numbers of all sparse accessors together; all others share the memory of their buffers."""
COMPONENTS = "a componentType of 5120 to 5126"


class GltfAccessors:
    """The arrays of a file by number, each read once. Raises InputError that names the accessor."""

    def __init__(self, root: GltfEntry, buffers: GltfBuffers) -> None:
        self._root = root
        self._buffers = buffers
        self._read: dict[int, NDArray[Any]] = {}
        self._copied = 0

    def count(self, index: int) -> int:
        """Return the stated number of elements, without reading any."""
        return self._root.item("accessors", index).integer("count", low=1)

    def has_data(self, index: int) -> bool:
        """Return whether an accessor names any data; without, all its elements are zero."""
        accessor = self._root.item("accessors", index)
        return accessor.has("bufferView") or accessor.has("sparse")

    def floats(self, index: int, *kinds: str, fractions: bool = False) -> NDArray[np.float64]:
        """Return count×width numbers of the types ``kinds``, normalized integers as fractions.

        With ``fractions`` all integers of 8 or 16 bits are.
        """
        accessor = self._root.item("accessors", index)
        found = self._array(index, kinds).astype(np.float64)
        is_normalized = fractions or accessor.values.get("normalized") is True
        if is_normalized and accessor.integer("componentType") in SHORT_TYPES:
            found = np.maximum(found / np.iinfo(DTYPES[accessor.integer("componentType")]).max, -1.0)
        return found

    def whole(self, index: int) -> NDArray[np.int64]:
        """Return vertex numbers, or four joints for each vertex."""
        accessor = self._root.item("accessors", index)
        if accessor.integer("componentType") not in INDEX_TYPES:
            raise accessor.refusal(f"componentType is {accessor.integer('componentType')}", f"one of {INDEX_TYPES}")
        return self._array(index, ("SCALAR", "VEC4")).astype(np.int64)

    def _array(self, index: int, kinds: tuple[str, ...]) -> NDArray[Any]:
        accessor = self._root.item("accessors", index)
        kind = accessor.text("type")
        if kind not in kinds:
            raise accessor.refusal(f"type is {kind[:20]!r}", " or ".join(kinds))
        if index not in self._read:
            self._read[index] = self._load(accessor, WIDTHS[kind])
        return self._read[index]

    def _load(self, accessor: GltfEntry, width: int) -> NDArray[Any]:
        count = accessor.integer("count", low=1)
        limit(Path(accessor.file), 0, count)
        dtype = _dtype(accessor)
        if accessor.has("bufferView"):
            array = self._elements(accessor, accessor.integer("byteOffset", 0), dtype, (count, width), strided=True)
        else:
            array = np.broadcast_to(np.zeros(width, dtype), (count, width))
        return self._with_sparse(accessor, array) if accessor.has("sparse") else array

    def _with_sparse(self, accessor: GltfEntry, array: NDArray[Any]) -> NDArray[Any]:
        """Return a copy in which some elements are replaced."""
        sparse = accessor.child("sparse")
        count = sparse.integer("count", low=1, high=len(array))
        places, values = sparse.child("indices"), sparse.child("values")
        if places.integer("componentType") not in INDEX_TYPES:
            raise places.refusal(f"componentType is {places.integer('componentType')}", f"one of {INDEX_TYPES}")
        where = self._elements(places, places.integer("byteOffset", 0), _dtype(places), (count, 1))[:, 0]
        if int(where.max()) >= len(array):
            raise places.refusal(f"element {int(where.max())} does not exist", f"numbers below {len(array)}")
        self._copied += array.size
        if self._copied > MAX_COPIED:
            raise self._root.refusal(f"its sparse accessors hold more than {MAX_COPIED:,} numbers", "fewer of them")
        array = array.copy()
        array[where] = self._elements(values, values.integer("byteOffset", 0), array.dtype, (count, array.shape[1]))
        return array

    def _elements(
        self, entry: GltfEntry, offset: int, dtype: np.dtype[Any], shape: tuple[int, int], *, strided: bool = False
    ) -> NDArray[Any]:
        """Return elements (count×width) of the buffer view that an entry names, without copying them."""
        count, width = shape
        data, stride = self._buffers.view(entry.integer("bufferView"))
        size = dtype.itemsize * width
        if not strided or not stride:
            stride = size
        if stride < size:
            raise entry.refusal(f"its byteStride is {stride}", f"at least {size}")
        end = offset + stride * (count - 1) + size
        if end > len(data):
            raise entry.refusal(f"its {count:,} elements end at byte {end:,}", f"at most {len(data):,}, its bufferView")
        return np.ndarray(shape, dtype, data, offset, (stride, dtype.itemsize))


def _dtype(entry: GltfEntry) -> np.dtype[Any]:
    number = entry.integer("componentType")
    if number not in DTYPES:
        raise entry.refusal(f"componentType is {number}", COMPONENTS)
    return np.dtype(DTYPES[number])
