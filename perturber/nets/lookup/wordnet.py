"""How far apart the meanings of two classes are: paths through an installed WordNet. Torch-free.

The classes of ImageNet are nouns of WordNet 3.0 (Miller, "WordNet: a lexical database for English", 1995): an id
such as n02123045 is the place of the synset's line in WordNet's file data.noun, counted in bytes.
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
"""What points from a synset to a more general one, and from an instance to what it is one of."""
HEADER = 4096
"""Bytes at the beginning in which the version is named."""
MAX_BYTES = 64 << 20
TOLD = re.compile(rb"WordNet (\d+(?:\.\d+)+) Copyright")
WNID = re.compile(r"n\d{8}")


class WordNet:
    """The nouns of one file. Raises InputError when it cannot be read or is of another version."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._data = read_regular(file, MAX_BYTES, EXPECTED)
        told = TOLD.search(self._data[:HEADER])
        if told is None:
            raise InputError(str(file), "it does not name its version of WordNet", EXPECTED)
        if told[1].decode() != VERSION:
            raise InputError(str(file), f"it is of WordNet {told[1].decode()}, whose ids are others", EXPECTED)
        self._known: dict[int, tuple[int, ...]] = {}

    def __contains__(self, wnid: str) -> bool:
        """Whether it has a synset of this id."""
        return WNID.fullmatch(wnid) is not None and self._line(int(wnid[1:])) is not None

    def distance(self, first: str, second: str) -> int:
        """Pointers on the shortest path between two synsets over a common, more general one; 0 for the same one.

        Raises InputError for an id that is none of WordNet's, and for a damaged file.
        """
        return int(self.distances((first, second))[0, 1])

    def distances(self, wnids: Sequence[str]) -> NDArray[np.int64]:
        """`distance` of every pair, n×n."""
        above = [self._ancestors(wnid) for wnid in wnids]
        found = np.zeros((len(wnids), len(wnids)), np.int64)
        for row, one in enumerate(above):
            for column, two in enumerate(above[:row]):
                common = one.keys() & two.keys()
                if not common:
                    problem = f"nothing leads from {wnids[row]} to {wnids[column]}"
                    raise InputError(str(self.file), problem, EXPECTED)
                found[row, column] = found[column, row] = min(one[offset] + two[offset] for offset in common)
        return found

    def _ancestors(self, wnid: str) -> dict[int, int]:
        """Every more general synset and the synset itself, with the pointers on the shortest way there."""
        if WNID.fullmatch(wnid) is None:
            raise InputError(wnid, "it is no WordNet id", "an id such as n02123045")
        level: Iterable[int] = (int(wnid[1:]),)
        found: dict[int, int] = {}
        steps = 0
        while fresh := [offset for offset in level if offset not in found]:
            found.update(dict.fromkeys(fresh, steps))
            level = [parent for offset in fresh for parent in self._parents(offset)]
            steps += 1
        return found

    def _line(self, offset: int) -> str | None:
        """The line that begins at a byte and with its number, as every synset's does."""
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
    """The more general synsets that a line of data.noun points to.

    offset file type words(hex) (word id)… pointers (symbol offset part-of-speech source/target)… | gloss, as
    wndb(5WN) says. Raises ValueError or IndexError for anything else.
    """
    fields = line.partition("|")[0].split()
    words = int(fields[3], 16)
    count = int(fields[4 + 2 * words])
    pointers = fields[5 + 2 * words :]
    if fields[2] != "n" or len(pointers) != 4 * count:
        raise ValueError("no line of a noun")
    symbols, offsets, kinds = pointers[::4], pointers[1::4], pointers[2::4]
    ups = zip(symbols, offsets, kinds, strict=True)
    return tuple(int(offset) for symbol, offset, kind in ups if symbol in HYPERNYMS and kind == "n")


def open_wordnet(folder: Path | None = None) -> WordNet:
    """The WordNet in a folder, or the first of the right version that is installed.

    Raises InputError for a file that is none or of another version, MachineError when none is installed.
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
