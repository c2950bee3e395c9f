"""Class labels. Networks order classes differently; WordNet ids identify equal ones."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from perturber.core.errors import InputError
from perturber.core.storage.reading import open_regular

TABLE = Path(__file__).with_name("imagenet.csv")
"""The 1000 classes of ILSVRC 2012 in ascending order of WordNet id, which is torchvision's order.

``inception5h`` is the index of the class in the 1008 outputs of the original Inception V1, the
order of the challenge's development kit (Lucid: ImageNet_alternate). ``name`` is the first lemma
of the synset, as in torchvision's table, with different names for the two cranes and the two maillots.
"""
INCEPTION5H_OUTPUTS = 1008
KEY = "classes"
"""Key of the labels in the metadata of safetensors files."""
FOLDER_ID = re.compile(r"n\d{8}")
"""A WordNet id."""
MAX_HEADER = 8 << 20
"""Largest safetensors header that is read, in bytes."""


@dataclass(frozen=True)
class Labels:
    """The classes of a network's outputs, by index. The WordNet id of a class without one is empty."""

    wnids: tuple[str, ...]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {wnid: index for index, wnid in enumerate(self.wnids) if wnid}

    def index(self, wnid: str) -> int | None:
        """Return the output of a class, or None if the network does not have it."""
        return self._index.get(wnid)

    def matching(self, other: Labels, output: int) -> int | None:
        """Return the output here of a class of ``other``, or None if there is none.

        Classes with WordNet ids are compared by id. Classes without ids are compared by position in two equal lists
        of classes, and otherwise by name, if it is unique in both lists.
        """
        if self.names == other.names and self.wnids == other.wnids:
            return output
        wnid, name = other.wnids[output], other.names[output]
        if wnid:
            return self.index(wnid)
        if self.names.count(name) != 1 or other.names.count(name) != 1:
            return None
        return self.names.index(name)

    def group(self, wnids: Iterable[str]) -> tuple[int, ...]:
        """Return the outputs of those classes that the network has."""
        return tuple(self._index[wnid] for wnid in wnids if wnid in self._index)


@lru_cache(maxsize=1)
def _table() -> tuple[tuple[str, str, int], ...]:
    with TABLE.open(encoding="utf-8", newline="") as stream:
        return tuple((row["wnid"], row["name"], int(row["inception5h"])) for row in csv.DictReader(stream))


def imagenet() -> Labels:
    """Return the 1000 classes in torchvision's order."""
    return Labels(tuple(wnid for wnid, _, _ in _table()), tuple(name for _, name, _ in _table()))


def inception5h() -> Labels:
    """Return the 1008 outputs of the original Inception V1: 1 to 1000 are classes, the others were never trained."""
    classes = {index: (wnid, name) for wnid, name, index in _table()}
    outputs = [classes.get(index, ("", f"unused {index}")) for index in range(INCEPTION5H_OUTPUTS)]
    return Labels(tuple(wnid for wnid, _ in outputs), tuple(name for _, name in outputs))


def generic(count: int) -> Labels:
    """Return labels for classes without names."""
    return Labels(("",) * count, tuple(f"class {index}" for index in range(count)))


def folder_labels(folders: Iterable[str]) -> Labels:
    """Return the labels of classes named after folders: WordNet ids, with ImageNet's names, or other names."""
    known = dict(zip(imagenet().wnids, imagenet().names, strict=True))
    pairs = [(name, known.get(name, name)) if FOLDER_ID.fullmatch(name) else ("", name) for name in folders]
    return Labels(tuple(wnid for wnid, _ in pairs), tuple(name for _, name in pairs))


def dumped(labels: Labels) -> str:
    """Return labels as text for the metadata of a weights file."""
    return json.dumps(list(zip(labels.wnids, labels.names, strict=True)), ensure_ascii=False)


def named_in(file: Path, classes: int) -> Labels | None:
    """Return the labels in a safetensors file's metadata (see `dumped`), or None if it has none for ``classes``."""
    try:
        with open_regular(file) as stream:
            length = int.from_bytes(stream.read(8), "little")
            if not 0 < length <= MAX_HEADER:
                return None
            told = json.loads(stream.read(length))["__metadata__"][KEY]
        pairs = [(str(wnid), str(name)) for wnid, name in json.loads(told)]
    except (InputError, OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return Labels(tuple(w for w, _ in pairs), tuple(n for _, n in pairs)) if len(pairs) == classes else None


def labels_for(architecture: str, classes: int) -> Labels:
    """Return the usual labels of an architecture with ``classes`` classes."""
    if classes == 1000:
        return imagenet()
    if architecture == "inception_v1" and classes == INCEPTION5H_OUTPUTS:
        return inception5h()
    return generic(classes)
