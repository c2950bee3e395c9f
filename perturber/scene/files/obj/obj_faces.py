"""The faces of an OBJ file: their corners' indices, resolved at the lines where they stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perturber.scene.files.number_text import find_unreadable, parse_numbers
from perturber.scene.files.obj.obj_lines import MEANINGS, ObjLines

Numbers = NDArray[np.int64]
KINDS = (
    (b"v", "vertex", "vertices"),
    (b"vt", "texture coordinate", "texture coordinates"),
    (b"vn", "normal", "normals"),
)


@dataclass(frozen=True, eq=False)
class ObjFaces:
    """Polygons: the number of corners of each and its line; indices of each corner from 0, -1 where it has none."""

    counts: Numbers
    lines: NDArray[np.intp]
    place: Numbers
    uv: Numbers
    normal: Numbers
    missing: tuple[str, ...]
    """What some corners name that the file does not have, and can do without."""


def read_faces(lines: ObjLines) -> ObjFaces:
    """Read all faces. Raises InputError for a line that is no face, or uses a vertex that does not exist."""
    text, rows = lines.text_of_lines(b"f"), lines.numbers_of(b"f")
    counts = lines.words[rows].astype(np.int64) - 1
    parsed = _parse_corners(text, counts)
    if parsed is None:
        raise lines.refusal(int(rows[_first_bad(text)]), MEANINGS[b"f"])
    line = np.repeat(rows, counts)
    columns, missing = [], []
    for column, (key, _, many) in zip(parsed, KINDS, strict=True):
        index = _resolve(lines, key, column, line)
        outside = (column != 0) & ((index < 0) | (index >= len(lines.numbers_of(key))))
        if key == b"v":
            outside |= column == 0
            if outside.any():
                raise _no_such_vertex(lines, int(line[outside.argmax()]), int(column[outside.argmax()]))
        elif outside.any():
            missing.append(f"some faces use {many} that do not exist")
        columns.append(np.where(outside, -1, index))
    place, uv, normal = columns
    return ObjFaces(counts, rows, place, uv, normal, tuple(missing))


def _resolve(lines: ObjLines, key: bytes, column: Numbers, line: NDArray[np.intp]) -> Numbers:
    """Return indices from 0: negative ones count back from the line where they stand; -1 for 0, which is none."""
    index = column - 1
    if (column < 0).any():
        index = np.where(column < 0, lines.count_before(key, line) + column, index)
        index = np.where((column < 0) & (index < 0), -2, index)
    return index


def _no_such_vertex(lines: ObjLines, line: int, number: int) -> Exception:
    if not number:
        return lines.refusal(line, MEANINGS[b"f"])
    total = len(lines.numbers_of(b"v"))
    held = (
        f"there are {total:,}" if number > 0 else f"{int(lines.count_before(b'v', np.array([line]))[0]):,} precede it"
    )
    problem = f"the face uses vertex {number}, which does not exist ({held})"
    return lines.refusal(line, "the number of a vertex", problem)


def _parse_corners(text: bytes, counts: Numbers) -> tuple[Numbers, Numbers, Numbers] | None:
    """Return the three numbers of every corner as written, 0 for those left out; None when a word is no corner."""
    total = int(counts.sum())
    letters = np.frombuffer(text + b"\n", np.uint8)
    slash, blank, minus = letters == ord("/"), letters <= 32, letters == ord("-")
    digit = (letters >= ord("0")) & (letters <= ord("9"))
    if not (slash | blank | minus | digit).all() or (digit[:-1] & minus[1:]).any():
        return None
    if not slash.any():
        numbers = parse_numbers(text, total, np.int64)
        none = np.zeros(total, np.int64)
        return None if numbers is None else (numbers, none, none)
    starts = np.flatnonzero(~blank & np.concatenate([[True], blank[:-1]]))
    slashes = np.diff(np.append(np.concatenate([[0], np.cumsum(slash)])[starts], int(slash.sum())))
    if slashes.max(initial=0) > 2:
        return None
    filled = text.replace(b"//", b"/0/")
    if (slash[:-1] & blank[1:]).any():
        filled = b"/0 ".join(filled.replace(b"/\n", b"/ \n").replace(b"/\t", b"/ ").split(b"/ "))
    numbers = parse_numbers(filled.replace(b"/", b" "), total + int(slashes.sum()), np.int64)
    if numbers is None:
        return None
    at = np.cumsum(slashes + 1) - (slashes + 1)
    last = len(numbers) - 1
    return (
        numbers[at],
        np.where(slashes > 0, numbers[np.minimum(at + 1, last)], 0),
        np.where(slashes > 1, numbers[np.minimum(at + 2, last)], 0),
    )


def _first_bad(text: bytes) -> int:
    """Return the number of the first face that cannot be read; the last where all can."""

    def reads(block: bytes) -> bool:
        counts = np.array([len(row.split()) for row in block.split(b"\n")[:-1]], np.int64)
        return _parse_corners(block, counts) is not None

    return find_unreadable(text.split(b"\n")[:-1] or [b""], reads)
