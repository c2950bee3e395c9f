"""Class labels. Networks count classes in different orders; WordNet ids say which are the same."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

TABLE = Path(__file__).with_name("imagenet.csv")
"""The 1000 classes of ILSVRC 2012 in ascending order of WordNet id, which is torchvision's order.

``inception5h`` is the index of the class in the 1008 outputs of the original Inception V1, the
order of the challenge's development kit (Lucid: ImageNet_alternate). ``name`` is the first lemma
of the synset, as in torchvision's table, with the two cranes and the two maillots told apart.
"""
INCEPTION5H_OUTPUTS = 1008
KEY = "classes"
"""In the metadata of safetensors files."""
FOLDER_ID = re.compile(r"n\d{8}")
"""A WordNet id."""
MAX_HEADER = 8 << 20
"""Bytes of a safetensors header that are read for it."""


@dataclass(frozen=True)
class Labels:
    """The classes of a network's outputs, by index. A class without WordNet id has an empty one."""

    wnids: tuple[str, ...]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {wnid: index for index, wnid in enumerate(self.wnids) if wnid}

    def index(self, wnid: str) -> int | None:
        """The output of a class, or None when the network does not know it."""
        return self._index.get(wnid)

    def matching(self, other: Labels, output: int) -> int | None:
        """Return the output here of a class of ``other``, or None when there is none.

        Classes are the same when their WordNet ids are. Those without ids are the same in two equal lists of
        classes, and otherwise when both lists have one class of their name.
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
        """The outputs of those classes that the network knows."""
        return tuple(self._index[wnid] for wnid in wnids if wnid in self._index)


@lru_cache(maxsize=1)
def _table() -> tuple[tuple[str, str, int], ...]:
    with TABLE.open(encoding="utf-8", newline="") as stream:
        return tuple((row["wnid"], row["name"], int(row["inception5h"])) for row in csv.DictReader(stream))


def imagenet() -> Labels:
    """The 1000 classes in torchvision's order."""
    return Labels(tuple(wnid for wnid, _, _ in _table()), tuple(name for _, name, _ in _table()))


def inception5h() -> Labels:
    """The 1008 outputs of the original Inception V1: 1 to 1000 are classes, the others were never trained."""
    classes = {index: (wnid, name) for wnid, name, index in _table()}
    outputs = [classes.get(index, ("", f"unused {index}")) for index in range(INCEPTION5H_OUTPUTS)]
    return Labels(tuple(wnid for wnid, _ in outputs), tuple(name for _, name in outputs))


def generic(count: int) -> Labels:
    """Return labels for classes without names."""
    return Labels(("",) * count, tuple(f"class {index}" for index in range(count)))


def folder_labels(folders: Iterable[str]) -> Labels:
    """Return the labels of classes that are called as folders: WordNet ids, with ImageNet's names, or other names."""
    known = dict(zip(imagenet().wnids, imagenet().names, strict=True))
    pairs = [(name, known.get(name, name)) if FOLDER_ID.fullmatch(name) else ("", name) for name in folders]
    return Labels(tuple(wnid for wnid, _ in pairs), tuple(name for _, name in pairs))


def dumped(labels: Labels) -> str:
    """Labels as a text that can stand in the description of a weights file."""
    return json.dumps(list(zip(labels.wnids, labels.names, strict=True)), ensure_ascii=False)


def named_in(file: Path, classes: int) -> Labels | None:
    """The labels that a safetensors file of so many outputs names itself (see `dumped`), if it does."""
    try:
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            if not 0 < length <= MAX_HEADER:
                return None
            told = json.loads(stream.read(length))["__metadata__"][KEY]
        pairs = [(str(wnid), str(name)) for wnid, name in json.loads(told)]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return Labels(tuple(w for w, _ in pairs), tuple(n for _, n in pairs)) if len(pairs) == classes else None


def labels_for(architecture: str, classes: int) -> Labels:
    """What the outputs of an architecture with so many classes usually mean."""
    if classes == 1000:
        return imagenet()
    if architecture == "inception_v1" and classes == INCEPTION5H_OUTPUTS:
        return inception5h()
    return generic(classes)
