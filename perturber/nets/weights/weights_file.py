"""Weights files: read safely, brought to one form, and fitted to a network or refused with a reason."""

from __future__ import annotations

import hashlib
import math
import pickle
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import cast

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, load_file
from torch import Tensor

from perturber.core.errors import InputError
from perturber.nets.architectures.architecture import Architecture, Weights
from perturber.nets.weights.graphdef import read_graph

MAX_BYTES = 4 << 30
"""The largest published classifier takes 2.6 GB."""
NESTED = ("state_dict", "model_state_dict", "model")
"""Where training programs put the state dict inside a checkpoint."""
PREFIXES = ("module.", "model.", "_orig_mod.")
"""Put before every key by wrappers of a network."""
STRIPPED = ("attacker.", "normalizer.", "normalize.")
"""What the robustness libraries save beside the network."""
SHOWN = 3
EXPECTED = "safetensors, a state dict saved with torch.save, or a frozen graph of Inception V1 (.pb)"


def read_weights(file: Path) -> Weights:
    """The state dict in a file, on the CPU.

    safetensors or a pickle, told apart by content, or TensorFlow's frozen graph of Inception V1, known
    by its suffix .pb. Pickles are read without running any code of theirs. Nested dictionaries are
    opened, wrappers' prefixes removed. Raises InputError that names the file.
    """
    size = _size(file)
    if file.suffix == ".pb":
        graph = {key: torch.from_numpy(value) for key, value in read_graph(file).items()}
        _check_values(file, graph, size)
        return graph
    with file.open("rb") as stream:
        start = stream.read(512)
    if start[:4] == b"PK\x03\x04":
        _check_archive(file, size)
        found = _unpickled(file)
    elif _is_safetensors(start, size):
        found = _safetensors(file)
    elif start[:1] == b"\x80":
        found = _unpickled(file)
    else:
        raise InputError(str(file), f"it holds {_kind(start)}, not weights", EXPECTED)
    return _checked(file, found, size)


def read_checkpoint(file: Path, sha256: str) -> Weights:
    """As `read_weights`, of a file with this SHA-256. Raises InputError when it is another one.

    safetensors are read once: the bytes that were hashed are the ones that become weights.
    """
    size = _size(file)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(str(file), error.strerror or str(error), "a readable weights file") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise InputError(str(file), "its content is not what the family describes", f"sha256 {sha256[:12]}…")
    if not _is_safetensors(data[:9], size):
        return read_weights(file)
    try:
        found = load(data)
    except (SafetensorError, ValueError, KeyError, RuntimeError) as error:
        raise _damaged(file, error) from None
    return _checked(file, found, size)


def _is_safetensors(start: bytes, size: int) -> bool:
    return int.from_bytes(start[:8], "little") < size and start[8:9] == b"{"


def _checked(file: Path, found: object, size: int) -> Weights:
    weights = _unwrapped(_tensors(file, found))
    _check_values(file, weights, size)
    return weights


def _damaged(file: Path, error: Exception) -> InputError:
    return InputError(str(file), f"it is damaged or cut short ({error})", EXPECTED)


def _size(file: Path) -> int:
    try:
        size = file.stat().st_size
        if not file.is_file():
            raise InputError(str(file), "it is no file", EXPECTED)
    except OSError as error:
        raise InputError(str(file), error.strerror or str(error), "a readable weights file") from error
    if size == 0:
        raise InputError(str(file), "the file is empty", EXPECTED)
    if size > MAX_BYTES:
        raise InputError(str(file), f"the file has {size >> 20} MiB", f"at most {MAX_BYTES >> 20} MiB")
    return size


def _kind(start: bytes) -> str:
    """What a file that is not weights seems to be, for people."""
    text = start.lstrip().lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body")):
        return "a web page (the download may have failed)"
    if start.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer"
    known = ((b"\x89PNG", "a picture"), (b"\xff\xd8\xff", "a picture"), (b"\x1f\x8b", "a gzip archive"))
    for magic, kind in known:
        if start.startswith(magic):
            return kind
    if start[257:262] == b"ustar":
        return "a tar archive"
    return "unknown data" if re.search(rb"[\x00-\x08\x0e-\x1f]", start) else "text"


def _check_archive(file: Path, size: int) -> None:
    """Refuse archives that unpack to more than they are: torch.save never compresses."""
    try:
        with zipfile.ZipFile(file) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _damaged(file, error) from None
    if unpacked > size:
        raise InputError(
            str(file), f"it would unpack to {unpacked >> 20} MiB from {size >> 20} MiB", "an uncompressed file"
        )


def _safetensors(file: Path) -> object:
    try:
        # Copies, because the tensors are mapped from the file, and reading them kills the process
        # when another process shortens it.
        return {key: value.clone() for key, value in load_file(file).items()}
    except (SafetensorError, OSError, ValueError, KeyError, RuntimeError) as error:
        raise _damaged(file, error) from None


def _numpy_scalars() -> list[Callable[..., object] | tuple[Callable[..., object], str]]:
    """What numbers of NumPy (an accuracy beside the weights) are pickled with; harmless."""
    scalar = cast(Callable[..., object], np.float64(0).__reduce__()[0])
    kinds: list[Callable[..., object]] = [type(np.dtype(kind)) for kind in ("f4", "f8", "i4", "i8", "?")]
    modules = ("numpy.core.multiarray", "numpy._core.multiarray")
    return [*((scalar, f"{module}.scalar") for module in modules), np.dtype, *kinds]


def _unpickled(file: Path) -> object:
    try:
        with torch.serialization.safe_globals(_numpy_scalars()):
            return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if strange := re.search(r"(?:GLOBAL|global|class) (\S+)", str(error)):
            problem = f"it holds Python objects ({strange[1].rstrip('.,')}), which could run code"
            raise InputError(str(file), problem, EXPECTED) from None
        raise InputError(str(file), "it is damaged or no weights file", EXPECTED) from None
    except MemoryError:
        raise InputError(str(file), "it does not fit into memory", EXPECTED) from None
    except Exception as error:
        # What the unpickler throws at damaged input is not documented; all of it means the same.
        problem = f"it is damaged or cut short ({str(error).splitlines()[0][:120] if str(error) else error!r})"
        raise InputError(str(file), problem, EXPECTED) from None


def _tensors(file: Path, found: object) -> Weights:
    """The tensors of the innermost nested state dict."""
    while isinstance(found, Mapping):
        inner = next((found[name] for name in NESTED if isinstance(found.get(name), Mapping)), None)
        if inner is None:
            break
        found = inner
    if isinstance(found, Mapping):
        tensors = {str(key): value.detach() for key, value in found.items() if isinstance(value, Tensor)}
        if tensors:
            return tensors
    raise InputError(str(file), "it holds no named tensors", EXPECTED)


def _unwrapped(weights: Weights) -> Weights:
    """Keys without the prefixes that all of them share; attackers' and normalizers' tensors dropped."""
    while True:
        kept = {key: value for key, value in weights.items() if not key.startswith(STRIPPED)}
        prefix = next((p for p in PREFIXES if kept and all(key.startswith(p) for key in kept)), None)
        if prefix is None:
            return kept
        weights = {key.removeprefix(prefix): value for key, value in kept.items()}


def _check_values(file: Path, weights: Weights, size: int) -> None:
    for key, value in weights.items():
        if value.layout != torch.strided or value.is_quantized or value.is_complex() or value.device.type != "cpu":
            raise InputError(str(file), f"{key} is no plain tensor of real numbers", EXPECTED)
        if value.numel() > size:
            raise InputError(str(file), f"{key} claims more values than the file has bytes", EXPECTED)
        if value.is_floating_point() and not _finite(value):
            raise InputError(str(file), f"{key} holds values that are not finite", "trained weights")


def _finite(value: Tensor) -> bool:
    """Whether all values are; a finite sum says so five times faster than looking at each."""
    total = value.sum(dtype=torch.promote_types(value.dtype, torch.float32)).item()
    return math.isfinite(total) or bool(torch.isfinite(value).all())


def _listed(keys: Iterable[str], count: int) -> str:
    shown = [key for key, _ in zip(keys, range(SHOWN), strict=False)]
    return ", ".join(shown) + (", …" if count > SHOWN else "")


def _differences(wanted: Weights, given: Weights) -> str:
    """How two state dicts differ, for people; empty when they fit."""
    missing = [key for key in wanted if key not in given]
    unexpected = [key for key in given if key not in wanted]
    other = [
        f"{key} {_shape(given[key])} instead of {_shape(value)}"
        for key, value in wanted.items()
        if key in given
        and (given[key].shape != value.shape or given[key].is_floating_point() != value.is_floating_point())
    ]
    kinds = ((missing, "missing"), (unexpected, "unexpected"), (other, "of another shape"))
    return "; ".join(f"{len(keys)} {kind} ({_listed(keys, len(keys))})" for keys, kind in kinds if keys)


def _shape(tensor: Tensor) -> str:
    sizes = "×".join(map(str, tensor.shape)) or "scalar"
    return sizes if tensor.is_floating_point() else f"{sizes} of {str(tensor.dtype).removeprefix('torch.')}"


def fit(architecture: Architecture, weights: Weights, file: Path) -> None:
    """Give a network its weights. Raises InputError that says which tensors do not fit."""
    wanted = architecture.bare().state_dict()
    counters = {key for key in (*wanted, *weights) if key.endswith("num_batches_tracked")}
    weights = {key: value for key, value in weights.items() if key not in counters}
    plain = {key: value for key, value in wanted.items() if key not in counters}
    if problem := _differences(plain, weights):
        raise InputError(
            str(file), f"the weights do not fit {architecture.name}: {problem}", f"weights of {architecture.name}"
        )
    steps = {key: torch.tensor(0) for key in counters & wanted.keys()}
    architecture.bare().load_state_dict({**weights, **steps}, assign=True)
