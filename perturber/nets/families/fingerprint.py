"""Fingerprints of networks by the content of their weights, not their location. Torch-free."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from perturber.core.errors import InputError
from perturber.core.session.models import ArchitectureModel, FamilyModel, ModelRef
from perturber.core.storage.files import FileRef, sha256_of
from perturber.core.storage.reading import check_name
from perturber.nets.families.family import Family


def fingerprint(ref: ModelRef, families: Mapping[str, Family]) -> str:
    """Return 64 hexadecimal digits that are equal for networks with the same weights.

    For a member of a family, this is the hash of its checkpoint. Raises InputError for an unknown
    member or a weights file that cannot be read.
    """
    if isinstance(ref, FamilyModel):
        if ref.family not in families:
            raise InputError("family", f"there is no model family {ref.family!r}", "one of " + ", ".join(families))
        return families[ref.family].variant(ref.variant).checkpoint(ref.checkpoint).sha256
    if isinstance(ref, ArchitectureModel):
        prepared = () if ref.preprocessing is None else (ref.preprocessing.model_dump_json(),)
        content = "published" if ref.weights is None else _content(ref.weights)
        chosen = (f"weights_key {ref.weights_key}",) if ref.weights_key else ()
        return _hashed("architecture", ref.name, content, *prepared, *chosen)
    bases = (fingerprint(ref.first, families), fingerprint(ref.second, families))
    return _hashed("edited", *bases, ref.edit.model_dump_json())


def _hashed(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _content(file: FileRef) -> str:
    if file.sha256:
        return file.sha256
    path = Path(file.path)
    check_name(path, "a readable weights file")
    try:
        status = path.stat()
    except OSError as error:
        raise InputError(file.path, error.strerror or str(error), "a readable weights file") from error
    return _sha256(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=16)
def _sha256(path: Path, changed: int, size: int) -> str:
    return sha256_of(path)
