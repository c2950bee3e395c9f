"""Weights files: read safely and checked, or refused with their kind and a reason."""

from __future__ import annotations

import hashlib
import json
import math
import os
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, load_file
from torch import Tensor

from perturber.core.errors import InputError
from perturber.core.storage.reading import open_regular, read_regular
from perturber.nets.architectures.architecture import Weights
from perturber.nets.weights.fitting import list_keys
from perturber.nets.weights.foreign_formats import EXPECTED, STATE_DICT, describe_archive, describe_foreign
from perturber.nets.weights.graphdef import read_graph
from perturber.nets.weights.inert_pickle import ForbiddenName, InertObject
from perturber.nets.weights.state_dicts import Values, collect_values, find_pickled_network, innermost, unwrapped
from perturber.nets.weights.torch_files import Found, read_archive, read_pickle

MAX_BYTES = 4 << 30
"""The largest published classifier takes 2.6 GB."""
DTYPES = {"F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"}
"""Number formats of safetensors that are read."""
PLAIN = (
    *(torch.float64, torch.float32, torch.float16, torch.bfloat16),
    *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool),
)
QUIET = sys.stdlib_module_names | {"numpy", "torch", "__builtin__", "copy_reg", "omegaconf", "yacs"}
"""Modules whose objects are usual beside weights and are ignored without a notice."""


@dataclass(frozen=True, eq=False)
class WeightsFile:
    """All tensors of a file, on the CPU, and what a person should know about it."""

    file: Path
    size: int
    """In bytes."""
    values: Values
    notices: tuple[str, ...] = ()

    @classmethod
    def of(cls, weights: Weights, file: Path) -> WeightsFile:
        """Weights that were read from a file in another way."""
        return cls(file, sum(value.numel() for value in weights.values()), dict(weights))

    def check(self, chosen: Values) -> Weights:
        """Return some of the tensors as weights. Raises InputError that names the first that cannot be used."""
        return _checked_values(self.file, chosen, self.size)


def open_weights(file: Path) -> WeightsFile:
    """Return everything in a file of safetensors, of torch.save, or with a frozen graph of Inception V1 (.pb).

    The kind is told by the content, a graph by the suffix. Pickles are read without running any code of theirs.
    Raises InputError that names the file and its kind.
    """
    size = _size(file)
    if file.suffix == ".pb":
        return WeightsFile(file, size, {key: torch.from_numpy(value) for key, value in read_graph(file).items()})
    with open_regular(file, EXPECTED) as stream:
        start = stream.read(512)
    if start[:4] == b"PK\x03\x04":
        return _unpickled(file, size, _read_archive)
    if _is_safetensors(start, size):
        return WeightsFile(file, size, _safetensors(file))
    if start[:1] == b"\x80" and start[257:262] != b"ustar":
        return _unpickled(file, size, read_pickle)
    kind, expected = describe_foreign(file, start)
    raise InputError(str(file), f"it holds {kind}, not weights", expected)


def read_weights(file: Path) -> Weights:
    """Return the innermost state dict in a file, on the CPU, without the prefixes that all its keys share.

    Where an architecture is known `open_weights` and `align` find more. Raises as `open_weights` does.
    """
    found = open_weights(file)
    return found.check(unwrapped(innermost(found.values)))


def read_checkpoint(file: Path, sha256: str) -> Weights:
    """Read a file as `read_weights` does. Raises InputError if its SHA-256 differs.

    safetensors are read once: the bytes that were hashed are the ones that become weights.
    """
    size = _size(file)
    data = read_regular(file, MAX_BYTES, EXPECTED)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise InputError(str(file), "its content is not what the family describes", f"sha256 {sha256[:12]}…")
    if not _is_safetensors(data[:9], size):
        return read_weights(file)
    try:
        found = load(data)
    except (SafetensorError, ValueError, KeyError, RuntimeError) as error:
        raise _damaged(file, error) from None
    return _checked_values(file, dict(found), size)


def _is_safetensors(start: bytes, size: int) -> bool:
    return int.from_bytes(start[:8], "little") < size and start[8:9] == b"{"


def _damaged(file: Path, error: Exception) -> InputError:
    return InputError(str(file), f"it is damaged or cut short ({error})", EXPECTED)


def _size(file: Path) -> int:
    with open_regular(file, EXPECTED) as stream:
        size = os.fstat(stream.fileno()).st_size
    if size == 0:
        raise InputError(str(file), "the file is empty", EXPECTED)
    if size > MAX_BYTES:
        raise InputError(str(file), f"the file has {size >> 20} MiB", f"at most {MAX_BYTES >> 20} MiB")
    return size


def _read_archive(file: Path, size: int) -> Found:
    """What torch.save wrote. Refuses archives of another kind, and those that unpack to more than they are."""
    with zipfile.ZipFile(file) as archive:
        if foreign := describe_archive(archive.namelist()):
            raise InputError(str(file), f"it holds {foreign[0]}, not weights", foreign[1])
        unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > size:
            problem = f"it would unpack to {unpacked >> 20} MiB from {size >> 20} MiB"
            raise InputError(str(file), problem, "an uncompressed file")
        return read_archive(file, archive)


def _safetensors(file: Path) -> Values:
    try:
        _check_formats(file)
        # Copies, because the tensors are mapped from the file, and reading them kills the process
        # when another process shortens it.
        return {key: value.clone() for key, value in load_file(file).items()}
    except (SafetensorError, OSError, ValueError, KeyError, RuntimeError) as error:
        raise _damaged(file, error) from None


def _check_formats(file: Path) -> None:
    """Refuse number formats that networks do not run in. Raises ValueError and others for a damaged header."""
    with open_regular(file, EXPECTED) as stream:
        header = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
    for key, entry in header.items():
        dtype = entry.get("dtype") if isinstance(entry, dict) and key != "__metadata__" else None
        if isinstance(dtype, str) and dtype not in DTYPES:
            raise _unusable_format(file, key, dtype)


def _unusable_format(file: Path, key: str, dtype: str) -> InputError:
    expected = "float32, float16 or bfloat16 (tensor.float() converts it, with the scale that belongs to it)"
    return InputError(str(file), f"{key} is stored as {dtype}", expected)


def _unpickled(file: Path, size: int, read: Callable[[Path, int], Found]) -> WeightsFile:
    try:
        found = read(file, size)
    except ForbiddenName as error:
        raise InputError(str(file), f"it holds Python objects ({error}), which could run code", EXPECTED) from None
    except MemoryError:
        raise InputError(str(file), "it does not fit into memory", EXPECTED) from None
    except InputError:
        raise
    except Exception as error:
        # What damaged input leads to is not documented; all of it means the same.
        why = str(error).splitlines()[0][:120] if str(error) else repr(error)
        raise InputError(str(file), f"it is damaged or cut short ({why})", EXPECTED) from None
    values = collect_values(found.value)
    if not values:
        raise _without_tensors(file, found)
    strange = sorted(name for name in found.names if name.partition(".")[0] not in QUIET)
    told = f"{file.name}: Python objects beside the weights ignored ({list_keys(strange)})."
    return WeightsFile(file, size, values, (told,) if strange else ())


def _without_tensors(file: Path, found: Found) -> InputError:
    """Return the error that says why a pickle has no weights."""
    if network := find_pickled_network(found.value):
        place = f" under {network[0]!r}" if network[0] else ""
        return InputError(str(file), f"it holds a whole pickled network ({network[1]}){place}", STATE_DICT)
    names = sorted(found.names)
    objects = f", but Python objects ({list_keys(names)})" if names else ""
    return InputError(str(file), f"it holds no named tensors{objects}", EXPECTED)


def _checked_values(file: Path, values: Values, size: int) -> Weights:
    """The values as weights. Raises InputError that names the first that cannot be used."""
    weights: Weights = {}
    for key, value in values.items():
        if (
            not isinstance(value, Tensor)
            or value.layout != torch.strided
            or value.is_quantized
            or value.is_complex()
            or value.device.type != "cpu"
        ):
            kind = f" ({value.path})" if isinstance(value, InertObject) else ""
            raise InputError(str(file), f"{key} is no plain tensor of real numbers{kind}", EXPECTED)
        if value.dtype not in PLAIN:
            raise _unusable_format(file, key, str(value.dtype).removeprefix("torch."))
        if value.numel() > size:
            raise InputError(str(file), f"{key} claims more values than the file has bytes", EXPECTED)
        if value.is_floating_point() and not _finite(value):
            raise InputError(str(file), f"{key} holds values that are not finite", "trained weights")
        weights[key] = value
    return weights


def _finite(value: Tensor) -> bool:
    """Whether all values are; a finite sum says so five times faster than looking at each."""
    total = value.sum(dtype=torch.promote_types(value.dtype, torch.float32)).item()
    return math.isfinite(total) or bool(torch.isfinite(value).all())
