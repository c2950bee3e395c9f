"""Files of torch.save, in the form of a zip archive and in the one before it, read without running anything.

torch.load with ``weights_only`` refuses a file for every unknown class in it. Here those become inert objects, and
only tensors, dictionaries, lists, texts and numbers are values.
"""

from __future__ import annotations

import pickle
import struct
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import IO, Any, NamedTuple

import torch
from torch import Tensor

from perturber.core.storage.reading import open_regular
from perturber.nets.weights.inert_pickle import Builder, GlobalName, InertObject, InertUnpickler

MAGIC = 0x1950A86A20F9469CFC6C
"""First value of a file in the old form."""
STORED_AS = {
    "DoubleStorage": torch.float64,
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "UntypedStorage": torch.uint8,
    "BoolStorage": torch.bool,
    "ComplexFloatStorage": torch.complex64,
    "ComplexDoubleStorage": torch.complex128,
    "QInt8Storage": torch.int8,
    "QUInt8Storage": torch.uint8,
    "QInt32Storage": torch.int32,
}
DTYPES = {str(dtype).removeprefix("torch."): dtype for dtype in STORED_AS.values()}
CHUNK = 1 << 24
"""Bytes that are read at once."""
LOCAL_HEADER = struct.Struct("<4s22xHH")
"""Before an entry of a zip archive: signature, and the lengths of the name and of what follows it."""


class Found(NamedTuple):
    """What a file holds."""

    value: object
    names: frozenset[str]
    """Classes and functions that were replaced by inert objects."""


class _Storages:
    """Gives a storage of the file as a tensor of one dimension, by its key, its dtype and its number of values."""

    def __init__(self, read: Callable[[str, int], Tensor]) -> None:
        self._read = read
        self.known: dict[str, Tensor] = {}

    def storage(self, pid: object) -> object:
        """The storage that a persistent id refers to; anything else that has one is inert."""
        if not isinstance(pid, tuple) or not pid or pid[0] != "storage":
            named = pid[1] if isinstance(pid, tuple) and len(pid) > 1 else None
            return named if isinstance(named, GlobalName) else InertObject("torch.storage")
        kind, key, _, count, *view = pid[1:]
        dtype = STORED_AS.get(kind.name) if isinstance(kind, GlobalName) else None
        if dtype is None or not isinstance(count, int) or count < 0 or not isinstance(key, str):
            return InertObject(f"torch.{kind.name}" if isinstance(kind, GlobalName) else "torch.storage")
        size = count * dtype.itemsize
        if key not in self.known:
            self.known[key] = self._read(key, size)
        whole = self.known[key]
        if whole.numel() < size:
            raise pickle.UnpicklingError(f"the storage {key} is shorter than it says")
        flat = whole[:size].view(dtype)
        if view and view[0] is not None:
            _, start, length = view[0]
            flat = flat[start : start + length]
        return flat


def _tensor(reader: InertUnpickler, args: tuple[Any, ...]) -> object:
    """A tensor on a storage: storage, offset, size, stride, …; with a dtype where the storage has none."""
    flat, offset, size, stride, *rest = args
    if len(rest) > 2 and isinstance(rest[2], GlobalName):
        dtype = DTYPES.get(rest[2].name)
        if dtype is None or not isinstance(flat, Tensor):
            return InertObject(f"torch.{rest[2].name}")
        flat = flat[: flat.numel() // dtype.itemsize * dtype.itemsize].view(dtype)
    if not isinstance(flat, Tensor):
        return InertObject("torch.Tensor")
    return torch.as_strided(flat, tuple(size), tuple(stride), offset)


def _first(reader: InertUnpickler, args: tuple[Any, ...]) -> object:
    """A parameter is its tensor."""
    return args[0]


def _of_type(reader: InertUnpickler, args: tuple[Any, ...]) -> object:
    """A tensor of a subclass, or with attributes: function, type, arguments, attributes."""
    return reader.call(args[0], args[2])


def _nested(reader: InertUnpickler, args: tuple[Any, ...]) -> object:
    """A storage that pickle, not torch.save, wrote: a whole file in the old form."""
    if not isinstance(args[0], bytes):
        raise pickle.UnpicklingError("a storage is no bytes")
    return _old_form(BytesIO(args[0]), len(args[0]), nested=True).value


BUILDERS: dict[tuple[str, str], Builder] = {
    ("torch._utils", "_rebuild_tensor"): _tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_tensor_v3"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _first,
    ("torch._utils", "_rebuild_parameter_with_state"): _first,
    ("torch._tensor", "_rebuild_from_type_v2"): _of_type,
    ("torch.storage", "_load_from_bytes"): _nested,
}


def read_archive(file: Path, archive: zipfile.ZipFile) -> Found:
    """What torch.save wrote as a zip archive. Raises whatever a damaged file leads to, and ForbiddenName."""
    entries = {entry.filename: entry for entry in archive.infolist()}
    pickled = next(name for name in entries if name.rpartition("/")[2] == "data.pkl")
    folder = pickled.removesuffix("data.pkl")
    if f"{folder}byteorder" in entries and archive.read(f"{folder}byteorder") != b"little":
        raise pickle.UnpicklingError("its numbers are big-endian")
    with open_regular(file) as stream:

        def read(key: str, size: int) -> Tensor:
            return _entry(stream, entries[f"{folder}data/{key}"])

        data = bytes(_entry(stream, entries[pickled]).numpy())
        reader = InertUnpickler(BytesIO(data), BUILDERS, _Storages(read).storage)
        return Found(reader.load(), frozenset(reader.names))


def _entry(stream: IO[bytes], entry: zipfile.ZipInfo) -> Tensor:
    """The bytes of an entry that is not compressed. Its checksum may be absent."""
    if entry.compress_type != zipfile.ZIP_STORED:
        raise pickle.UnpicklingError("it is compressed")
    stream.seek(entry.header_offset)
    signature, name, extra = LOCAL_HEADER.unpack(stream.read(LOCAL_HEADER.size))
    if signature != b"PK\x03\x04":
        raise pickle.UnpicklingError("an entry of the archive is damaged")
    stream.seek(entry.header_offset + LOCAL_HEADER.size + name + extra)
    return _filled(stream, entry.file_size)


def _filled(stream: IO[bytes], size: int) -> Tensor:
    data = torch.empty(size, dtype=torch.uint8)
    _fill(stream, data)
    return data


def _fill(stream: IO[bytes], data: Tensor) -> None:
    """Read bytes from a stream into a tensor of bytes."""
    rest = memoryview(data.numpy()).cast("B")  # type: ignore[arg-type]
    while len(rest):
        block = stream.read(min(len(rest), CHUNK))
        if not block:
            raise pickle.UnpicklingError("it ends too early")
        rest[: len(block)] = block
        rest = rest[len(block) :]


def read_pickle(file: Path, size: int) -> Found:
    """What torch.save wrote before it wrote archives, or what pickle wrote. Raises as `read_archive`."""
    with open_regular(file) as stream:
        return _old_form(stream, size)


def _old_form(stream: IO[bytes], size: int, nested: bool = False) -> Found:
    """A magic number, a version, a description, the value, the storages' keys, and their bytes."""
    promised = 0

    def reserve(key: str, wanted: int) -> Tensor:
        nonlocal promised
        promised += wanted
        if promised > size:
            raise pickle.UnpicklingError("its tensors are larger than the file")
        return torch.empty(wanted, dtype=torch.uint8)

    storages = _Storages(reserve)
    names: set[str] = set()
    builders = {} if nested else BUILDERS

    def load() -> Any:
        reader = InertUnpickler(stream, builders, storages.storage)
        value = reader.load()
        names.update(reader.names)
        return value

    value = load()
    if type(value) is not int or value != MAGIC:
        return Found(value, frozenset(names))
    version, about, value, keys = (load() for _ in range(4))
    if version != 1001 or (isinstance(about, dict) and about.get("little_endian") is False):
        raise pickle.UnpicklingError("it is of another version or big-endian")
    for key in keys:
        count = struct.unpack("<q", stream.read(8))[0]
        data = storages.known[key]
        if count < 0 or (count and data.numel() % count):
            raise pickle.UnpicklingError(f"the storage {key} is of another length than it says")
        _fill(stream, data)
    return Found(value, frozenset(names))
