"""The lines of an OBJ file, sorted by keyword without a loop over them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perturber.core.errors import InputError
from perturber.scene.files.companions import MAX_NAME, text_of
from perturber.scene.files.number_text import are_numbers, find_unreadable, parse_numbers
from perturber.scene.files.survey import EXPECTED, MAX_FACES, MAX_VERTICES

MAX_LINES = 8_000_000
MAX_NUMBERS = 8 * MAX_VERTICES
MAX_NAMED = MAX_FACES
"""Lines that name a material or a file; more than faces are of no use."""
LEAST = {b"v": 3, b"vt": 1, b"vn": 3, b"f": 3}
MEANINGS = {
    b"v": "three finite numbers",
    b"vn": "three finite numbers",
    b"vt": "a finite number",
    b"f": "three or more vertex numbers, from 1",
}
COMMENTS = re.compile(rb"^[ \t]*#[^\n]*", re.MULTILINE)
NAMED = (b"usemtl", b"mtllib")
CONTINUED = b"\v"
"""What stands for the line end behind a backslash, so that lines can be counted."""


@dataclass(frozen=True, eq=False)
class ObjTable:
    """The numbers of all lines of a keyword, one after the other, and where each line's begin."""

    values: NDArray[np.float64]
    starts: NDArray[np.int64]
    counts: NDArray[np.int64]

    def columns(self, count: int) -> NDArray[np.float64]:
        """Return the first ``count`` numbers of each line; zeros where it has fewer."""
        if len(self.counts) and (self.counts == self.counts[0]).all() and self.counts[0] >= count:
            return self.values.reshape(len(self.counts), -1)[:, :count]
        at = self.starts[:, None] + np.arange(count)
        inside = np.arange(count) < self.counts[:, None]
        return (
            np.where(inside, self.values[np.minimum(at, max(len(self.values) - 1, 0))], 0.0)
            if len(at)
            else np.zeros((0, count))
        )


class ObjLines:
    """The lines of one file. What cannot be read is refused by file, line and what was expected."""

    def __init__(self, path: Path, data: bytes) -> None:
        self._path = path
        text = _with_plain_lines(path, data)
        self._ends_whole = text.endswith(b"\n") or not text
        self._text = text + b"\n\n\n"
        letters = np.frombuffer(self._text, np.uint8)
        blank = letters <= 32
        words = np.flatnonzero(~blank & np.concatenate([[True], blank[:-1]]))
        ends = np.flatnonzero(letters == 10)
        self._begins = np.concatenate([[0], ends[:-1] + 1])
        first = np.searchsorted(words, self._begins)
        self.words = np.diff(np.append(first, len(words)))
        """Number of words in each line."""
        self._heads = np.append(words, len(letters) - 1)[first]
        self._letters = letters

    @cached_property
    def _kinds(self) -> dict[bytes, NDArray[np.bool_]]:
        one, two, three = (self._letters[np.minimum(self._heads + k, len(self._letters) - 1)] for k in range(3))
        filled = self.words > 0
        kinds = {b"v": (one == ord("v")) & (two <= 32), b"f": (one == ord("f")) & (two <= 32)}
        for key in (b"vt", b"vn"):
            kinds[key] = (one == ord("v")) & (two == key[1]) & (three <= 32)
        return {key: found & filled for key, found in kinds.items()}

    def numbers_of(self, key: bytes) -> NDArray[np.intp]:
        """Return which lines begin with a keyword."""
        return np.flatnonzero(self._kinds[key])

    def count_before(self, key: bytes, lines: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return how many lines of a keyword precede each of ``lines``."""
        return np.searchsorted(self.numbers_of(key), lines).astype(np.int64)

    def text_of_lines(self, key: bytes) -> bytes:
        """Return all lines of a keyword without it. Raises InputError where one has too few words."""
        lines = self.numbers_of(key)
        self._check_end(key, lines)
        short = self.words[lines] - 1 < LEAST[key]
        if short.any():
            raise self.refusal(int(lines[short.argmax()]), MEANINGS[key])
        letters = self._letters.copy()
        for place in range(len(key)):
            letters[self._heads[lines] + place] = 32
        lengths = np.diff(np.append(self._begins, len(letters)))
        return letters[np.repeat(self._kinds[key], lengths)].tobytes()

    def table(self, key: bytes) -> ObjTable:
        """Return the numbers of all lines of a keyword. Raises InputError for the first line that has others."""
        lines, text = self.numbers_of(key), self.text_of_lines(key)
        counts = self.words[lines].astype(np.int64) - 1
        if (total := int(counts.sum())) > MAX_NUMBERS:
            raise InputError(str(self._path), f"its {key.decode()} lines have {total:,} numbers", EXPECTED)
        values = parse_numbers(text, int(counts.sum()))
        if values is None:
            bad = find_unreadable(text.split(b"\n")[:-1] or [b""], are_numbers)
            raise self.refusal(int(lines[min(bad, len(lines) - 1)]), MEANINGS[key])
        starts = np.cumsum(counts) - counts
        if not np.isfinite(values).all():
            at = int(np.flatnonzero(~np.isfinite(values))[0])
            raise self.refusal(int(lines[np.searchsorted(starts, at, "right") - 1]), MEANINGS[key])
        return ObjTable(values, starts, counts)

    def named(self) -> Iterator[tuple[bytes, int, str]]:
        """Yield keyword, line and name of the lines that name a material or a file."""
        letters, second = self._letters[self._heads], self._letters[np.minimum(self._heads + 1, len(self._letters) - 1)]
        use = (letters == ord("u")) & (second == ord("s"))
        lines = np.flatnonzero((self.words > 1) & (use | (letters == ord("m")) & (second == ord("t"))))
        if len(lines) > MAX_NAMED:
            problem = f"it has {len(lines):,} lines that name materials (usemtl and mtllib)"
            raise InputError(str(self._path), problem, f"at most {MAX_NAMED:,}")
        for line in lines:
            head = int(self._heads[line])
            if (key := self._text[head : head + 6]) in NAMED and self._text[head + 6] <= 32:
                name = self._line(int(line)).strip()[6:].strip()
                if len(name) > MAX_NAME:
                    raise self.refusal(int(line), f"a name of at most {MAX_NAME:,} bytes")
                yield key, int(line), text_of(name)

    def refusal(self, line: int, expected: str, problem: str = "") -> InputError:
        """Return an error about a line, or about a file that ends in the middle of it."""
        shown = text_of(self._line(line).strip()[:40])
        begin = int(self._begins[line])
        number = self._text.count(b"\n", 0, begin) + self._text.count(CONTINUED, 0, begin) + 1
        if not problem and self._is_cut_off(line):
            return InputError(str(self._path), f"the file ends in the middle of a line ({shown!r})", EXPECTED, number)
        problem = problem or f"{shown!r} cannot be read"
        return InputError(str(self._path), problem, f"{expected} in that line of an OBJ file", number)

    def _line(self, line: int) -> bytes:
        begin = int(self._begins[line])
        return self._text[begin : self._text.index(b"\n", begin)]

    def _is_cut_off(self, line: int) -> bool:
        """Return whether this is the last line and has no end."""
        return not self._ends_whole and line >= len(self._begins) - 3

    def _check_end(self, key: bytes, lines: NDArray[np.intp]) -> None:
        """Refuse a last line without end that has fewer numbers than the one before it: it would seem complete."""
        if len(lines) < 2 or not self._is_cut_off(int(lines[-1])):
            return
        slashes = {word.count(b"/") for word in self._line(int(lines[-1])).split()[1:]}
        cut = len(slashes) > 1 if key == b"f" else self.words[lines[-1]] < self.words[lines[-2]]
        if cut:
            raise self.refusal(int(lines[-1]), MEANINGS[key])


def _with_plain_lines(path: Path, data: bytes) -> bytes:
    """Return a file's text with single line ends, without comments and byte order mark, and continued lines joined."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = text_of(data).encode()
    text = data.removeprefix(b"\xef\xbb\xbf").translate(bytes.maketrans(b"\v\f", b"  "))
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if text.count(b"\n") > MAX_LINES:
        raise InputError(str(path), f"the file has more than {MAX_LINES:,} lines", EXPECTED)
    if (named := text.count(NAMED[0])) > MAX_NAMED:
        raise InputError(str(path), f"it has {named:,} usemtl lines", f"at most {MAX_NAMED:,}")
    text = _without_comments(path, text) if b"#" in text else text
    return text.replace(b"\\\n", b" " + CONTINUED) if b"\\\n" in text else text


def _without_comments(path: Path, text: bytes) -> bytes:
    """Return text without what follows "#", except in lines that name something."""
    text = COMMENTS.sub(b"", text)
    if (inner := text.count(b"#")) > MAX_VERTICES:
        raise InputError(str(path), f"{inner:,} of its lines have comments", f"at most {MAX_VERTICES:,}")
    kept, done, at = [], 0, text.find(b"#")
    while at >= 0:
        begin = text.rfind(b"\n", done, at) + 1 or done
        end = text.find(b"\n", at)
        end = len(text) if end < 0 else end
        if not text[begin:at].lstrip().startswith((*NAMED, b"o ", b"g ")):
            kept.append(text[done:at])
            done = end
        at = text.find(b"#", end)
    return b"".join([*kept, text[done:]])
