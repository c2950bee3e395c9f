"""The rows of a PLY file as columns, from text or bytes, checked against the file's end before anything is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perturber.core.errors import InputError
from perturber.scene.files.number_text import are_numbers, count_words, find_unreadable, parse_numbers
from perturber.scene.files.ply.ply_header import PlyElement, PlyHeader, PlyProperty
from perturber.scene.files.survey import EXPECTED, MAX_VERTICES

Numbers = NDArray[np.int64]
MAX_WORDS = 20_000_000
MAX_SLOW = 1_000_000
"""Numbers and lists of rows whose lists differ in length, which are read one after the other."""


@dataclass(frozen=True, eq=False)
class PlyLists:
    """A list in each row: its length, and the items of all rows one after the other."""

    counts: Numbers
    items: NDArray[Any]


@dataclass(frozen=True, eq=False)
class PlyTable:
    """The columns of one element by name: single numbers, and lists."""

    element: PlyElement
    columns: dict[str, NDArray[Any]]
    lists: dict[str, PlyLists]


def read_tables(path: Path, data: bytes, header: PlyHeader, wanted: set[str]) -> dict[str, PlyTable]:
    """Read the elements of the ``wanted`` names. Raises InputError when the file is truncated or a number is wrong."""
    body = data[header.end :]
    source = _Text(path, body) if not header.order else _Bytes(path, body, header.order)
    tables: dict[str, PlyTable] = {}
    for element in header.elements:
        if element.name in wanted and element.name not in tables:
            tables[element.name] = source.table(element, *source.layout(element))
        else:
            source.skip(element)
        if wanted <= set(tables):
            break
    return tables


class _Source:
    """What rows are read from; a place counts units (bytes or words), and moves behind each element laid out."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size
        self._place = 0
        self._slow = 0

    def width(self, kind: str) -> int:
        raise NotImplementedError

    def taken(self, places: Numbers, kind: str) -> NDArray[Any]:
        """Return the numbers of a type at these places, which are inside."""
        raise NotImplementedError

    def length_at(self, place: int, kind: str) -> int:
        raise NotImplementedError

    def layout(self, element: PlyElement) -> tuple[Numbers, dict[str, Numbers]]:
        """Return where each property of each row begins (rows × properties), and the lengths of its lists."""
        least = sum(self.width(p.length or p.kind) for p in element.properties)
        if element.count * max(least, 1 if element.properties else 0) > self._size - self._place:
            raise self.truncated(element)
        if element.count > MAX_VERTICES:
            problem = f"it has {element.count:,} rows of {element.name}"
            raise InputError(str(self._path), problem, f"at most {MAX_VERTICES:,}")
        if not element.count or not element.properties:
            return np.zeros((0, len(element.properties)), np.int64), {}
        return self._even(element) or self._uneven(element)

    def skip(self, element: PlyElement) -> None:
        """Move behind an element that is not drawn."""
        if any(prop.length for prop in element.properties):
            self.layout(element)
            return
        self._place += element.count * sum(self.width(prop.kind) for prop in element.properties)
        if self._place > self._size:
            raise self.truncated(element)

    def _even(self, element: PlyElement) -> tuple[Numbers, dict[str, Numbers]] | None:
        """Lay out rows all of which have lists as long as those of the first; None where they differ."""
        first, lengths, end = self._row(element, self._place)
        stride = end - self._place
        if self._place + stride * element.count > self._size:
            return None
        rows = stride * np.arange(element.count)[:, None]
        offsets = np.array(first, np.int64)[None] + rows
        counts: dict[str, Numbers] = {}
        for column, prop in enumerate(element.properties):
            if prop.length:
                found = self.taken(offsets[:, column], prop.length)
                if (found != lengths[prop.name]).any():
                    return None
                counts[prop.name] = np.full(element.count, lengths[prop.name], np.int64)
        self._place += stride * element.count
        return offsets, counts

    def _uneven(self, element: PlyElement) -> tuple[Numbers, dict[str, Numbers]]:
        self._slow += element.count * len(element.properties)
        if self._slow > MAX_SLOW:
            problem = f"its rows of {element.name} have lists of different lengths, and too many of them"
            raise InputError(str(self._path), problem, f"at most {MAX_SLOW:,} numbers and lists in such rows")
        offsets = np.empty((element.count, len(element.properties)), np.int64)
        rows: dict[str, list[int]] = {prop.name: [] for prop in element.properties if prop.length}
        place = self._place
        for row in range(element.count):
            offsets[row], lengths, place = self._row(element, place)
            for name, length in lengths.items():
                rows[name].append(length)
        self._place = place
        return offsets, {name: np.array(found, np.int64) for name, found in rows.items()}

    def _row(self, element: PlyElement, place: int) -> tuple[list[int], dict[str, int], int]:
        """Return where the properties of the row at a place begin, how long its lists are, and where it ends."""
        offsets: list[int] = []
        lengths: dict[str, int] = {}
        for prop in element.properties:
            offsets.append(place)
            if not prop.length:
                place += self.width(prop.kind)
                continue
            if place + self.width(prop.length) > self._size:
                raise self.truncated(element)
            length = lengths[prop.name] = self.length_at(place, prop.length)
            if length < 0:
                raise InputError(str(self._path), f"a list of {element.name} has {length} items", EXPECTED)
            place += self.width(prop.length) + length * self.width(prop.kind)
            if place > self._size:
                raise self.truncated(element)
        if place > self._size:
            raise self.truncated(element)
        return offsets, lengths, place

    def table(self, element: PlyElement, offsets: Numbers, counts: dict[str, Numbers]) -> PlyTable:
        """Return the columns of rows laid out."""
        columns: dict[str, NDArray[Any]] = {}
        lists: dict[str, PlyLists] = {}
        for column, prop in enumerate(element.properties):
            starts = offsets[:, column]
            if not prop.length:
                columns[prop.name] = self.taken(starts, prop.kind)
            else:
                lists[prop.name] = self._lists(prop, starts, counts.get(prop.name, np.zeros(0, np.int64)))
        return PlyTable(element, columns, lists)

    def _lists(self, prop: PlyProperty, starts: Numbers, counts: Numbers) -> PlyLists:
        step = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        places = np.repeat(starts + self.width(prop.length), counts) + step * self.width(prop.kind)
        return PlyLists(counts, self.taken(places, prop.kind))

    def truncated(self, element: PlyElement) -> InputError:
        problem = f"the file is truncated: its header states {element.count:,} rows of {element.name}"
        return InputError(str(self._path), problem, EXPECTED)


class _Bytes(_Source):
    """Binary rows."""

    def __init__(self, path: Path, body: bytes, order: str) -> None:
        super().__init__(path, len(body))
        self._body = body
        self._bytes = np.frombuffer(body, np.uint8)
        self._order = order

    def width(self, kind: str) -> int:
        return int(kind[1:])

    def taken(self, places: Numbers, kind: str) -> NDArray[Any]:
        width = self.width(kind)
        found = np.empty((len(places), width), np.uint8)
        for byte in range(width):
            found[:, byte] = self._bytes[places + byte]
        return found.view(self._order + kind).ravel().astype(kind)

    def length_at(self, place: int, kind: str) -> int:
        return int(np.frombuffer(self._body, self._order + kind, 1, place)[0])


class _Text(_Source):
    """Rows as text; a unit is a word."""

    def __init__(self, path: Path, body: bytes) -> None:
        count = count_words(body)
        if count > MAX_WORDS:
            raise InputError(str(path), f"it has {count:,} numbers", f"at most {MAX_WORDS:,} as text")
        values = parse_numbers(body, count)
        if values is None:
            lines = body.split(b"\n")
            line = lines[find_unreadable(lines, are_numbers)]
            shown = next((word for word in line.split() if not _is_number(word)), b"?")[:40].decode("utf-8", "replace")
            raise InputError(str(path), f"it cannot be read as PLY: {shown!r} is not a number", EXPECTED)
        super().__init__(path, count)
        self._values = values

    def width(self, kind: str) -> int:
        return 1

    def taken(self, places: Numbers, kind: str) -> NDArray[Any]:
        return np.asarray(self._values[places])

    def length_at(self, place: int, kind: str) -> int:
        value = self._values[place]
        return int(value) if value == np.floor(value) and abs(value) < 1e15 else -1


def _is_number(word: bytes) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
