"""Distances between the meanings of classes: path lengths in an installed WordNet. Torch-free.

The classes of ImageNet are nouns of WordNet 3.0 (Miller, "WordNet: a lexical database for English", 1995): an id
such as n02123045 is the byte offset of the synset's line in WordNet's file data.noun.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perturber import paths
from perturber.core.errors import InputError, MachineError
from perturber.core.storage.reading import read_regular

FILE = "data.noun"
VERSION = "3.0"
EXPECTED = f"the file {FILE} of WordNet {VERSION}"
MISSING = (
    f"WordNet {VERSION} is not installed; install it (apt install wordnet-base), or name the folder that holds "
    f"{FILE} with --wordnet or in the environment variable WNSEARCHDIR"
)
HYPERNYMS = frozenset(("@", "@i"))
"""Pointers from a synset to a more general one, and from an instance to its class."""
HEADER = 4096
"""Number of bytes at the beginning that are searched for the version."""
MAX_BYTES = 64 << 20
TOLD = re.compile(rb"WordNet (\d+(?:\.\d+)+) Copyright")
WNID = re.compile(r"n\d{8}")


class WordNet:
    """The nouns of one file. Raises InputError if it cannot be read or has another version."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._data = read_regular(file, MAX_BYTES, EXPECTED)
        told = TOLD.search(self._data[:HEADER])
        if told is None:
            raise InputError(str(file), "it does not name its version of WordNet", EXPECTED)
        if told[1].decode() != VERSION:
            raise InputError(str(file), f"it is of WordNet {told[1].decode()}, whose ids differ", EXPECTED)
        self._known: dict[int, tuple[int, ...]] = {}

    def __contains__(self, wnid: str) -> bool:
        """Whether there is a synset with this id."""
        return WNID.fullmatch(wnid) is not None and self._line(int(wnid[1:])) is not None

    def distance(self, first: str, second: str) -> int:
        """Return the length of the shortest path between two synsets through a common ancestor; 0 for the same synset.

        Raises InputError for an unknown id and for a damaged file.
        """
        return int(self.distances((first, second))[0, 1])

    def distances(self, wnids: Sequence[str]) -> NDArray[np.int64]:
        """Return the `distance` of every pair, n×n."""
        above = [self._ancestors(wnid) for wnid in wnids]
        found = np.zeros((len(wnids), len(wnids)), np.int64)
        for row, one in enumerate(above):
            for column, two in enumerate(above[:row]):
                common = one.keys() & two.keys()
                if not common:
                    problem = f"no path connects {wnids[row]} and {wnids[column]}"
                    raise InputError(str(self.file), problem, EXPECTED)
                found[row, column] = found[column, row] = min(one[offset] + two[offset] for offset in common)
        return found

    def _ancestors(self, wnid: str) -> dict[int, int]:
        """Return the synset and all its ancestors, with the lengths of the shortest paths to them."""
        if WNID.fullmatch(wnid) is None:
            raise InputError(wnid, "it is not a WordNet id", "an id such as n02123045")
        level: Iterable[int] = (int(wnid[1:]),)
        found: dict[int, int] = {}
        steps = 0
        while fresh := [offset for offset in level if offset not in found]:
            found.update(dict.fromkeys(fresh, steps))
            level = [parent for offset in fresh for parent in self._parents(offset)]
            steps += 1
        return found

    def _line(self, offset: int) -> str | None:
        """Return the synset's line at a byte offset, which begins with that offset; None if there is none."""
        line = self._data[offset : self._data.find(b"\n", offset)]
        begins = line.startswith(f"{offset:08d} ".encode()) and self._data[offset - 1 : offset] == b"\n"
        return line.decode("latin-1") if begins else None

    def _parents(self, offset: int) -> tuple[int, ...]:
        if offset not in self._known:
            line = self._line(offset)
            if line is None:
                raise InputError(str(self.file), f"there is no synset n{offset:08d}", EXPECTED)
            try:
                self._known[offset] = _hypernyms(line)
            except (ValueError, IndexError):
                raise InputError(str(self.file), f"the line of n{offset:08d} is damaged", EXPECTED) from None
        return self._known[offset]


def _hypernyms(line: str) -> tuple[int, ...]:
    """Return the more general synsets that a line of data.noun points to.

    offset file type words(hex) (word id)… pointers (symbol offset part-of-speech source/target)… | gloss: see
    wndb(5WN). Raises ValueError or IndexError for anything else.
    """
    fields = line.partition("|")[0].split()
    words = int(fields[3], 16)
    count = int(fields[4 + 2 * words])
    pointers = fields[5 + 2 * words :]
    if fields[2] != "n" or len(pointers) != 4 * count:
        raise ValueError("not the line of a noun")
    symbols, offsets, kinds = pointers[::4], pointers[1::4], pointers[2::4]
    ups = zip(symbols, offsets, kinds, strict=True)
    return tuple(int(offset) for symbol, offset, kind in ups if symbol in HYPERNYMS and kind == "n")


def open_wordnet(folder: Path | None = None) -> WordNet:
    """Return the WordNet in a folder, or the first installed one of the right version.

    Raises InputError for a file that is not WordNet or has another version, MachineError if none is installed.
    """
    if folder is not None:
        return WordNet(folder / FILE)
    refused: InputError | None = None
    for place in paths.wordnets():
        if (place / FILE).is_file():
            try:
                return WordNet(place / FILE)
            except InputError as error:
                refused = refused or error
    if refused is not None:
        raise refused
    raise MachineError(MISSING)
