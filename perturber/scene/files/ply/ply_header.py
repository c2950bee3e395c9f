"""The header of a PLY file: what rows follow, and of which numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from perturber.core.errors import InputError
from perturber.scene.files.companions import text_of
from perturber.scene.files.survey import EXPECTED

TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2",
    "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4",
    "double": "f8", "float64": "f8", "int64": "i8", "uint64": "u8",
}  # fmt: skip
FORMATS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
MAX_HEADER = 1 << 20
MAX_DIGITS = 12
MAX_PROPERTIES = 1000


@dataclass(frozen=True)
class PlyProperty:
    """One number of a row, or a list of numbers with its length before it; types as NumPy spells them."""

    name: str
    kind: str
    length: str = ""
    """The type of the length of a list; empty for a single number."""


@dataclass(frozen=True)
class PlyElement:
    """A table of ``count`` rows."""

    name: str
    count: int
    properties: list[PlyProperty] = field(default_factory=list)


@dataclass(frozen=True)
class PlyHeader:
    """All tables in their order, the byte order ("" for text), the textures, and where the rows begin."""

    elements: list[PlyElement]
    order: str
    textures: list[str]
    end: int
    lines: int


def read_header(path: Path, data: bytes) -> PlyHeader:
    """Read the header. Raises InputError that names the file and the line."""
    if not data.startswith(b"ply"):
        raise InputError(str(path), "it cannot be read as PLY: the first line is not 'ply'", EXPECTED)
    head = data[:MAX_HEADER]
    feed = b"\n" if 0 <= head.find(b"\n") <= head.find(b"\r") + 1 or b"\r" not in head else b"\r"  # of old files
    at, number, order = 0, 0, None
    elements: list[PlyElement] = []
    textures: list[str] = []
    while True:
        end = head.find(feed, at)
        if end < 0 and head[at:].strip() != b"end_header":
            raise InputError(str(path), "it cannot be read as PLY: the header has no end", EXPECTED)
        end = len(head) if end < 0 else end
        line, at, number = text_of(head[at:end]).strip(), end + 1, number + 1
        words = line.split()
        if words[:1] == ["end_header"]:
            break
        if words[:1] == ["format"]:
            order = FORMATS.get(words[1]) if len(words) > 1 else None
        elif words[:1] == ["comment"] and len(words) > 2 and words[1].lower() == "texturefile":
            textures.append(line.split(maxsplit=2)[2].strip('"'))
        elif words[:1] in (["element"], ["property"]):
            problem = _add(elements, words)
            if problem:
                raise InputError(str(path), f"{line[:60]!r} {problem}", "the header of a PLY file", number)
    if order is None:
        raise InputError(str(path), "it cannot be read as PLY: its format is unknown", "one of " + ", ".join(FORMATS))
    return PlyHeader(elements, order, textures, at, number)


def _add(elements: list[PlyElement], words: list[str]) -> str:
    """Add an element or property; return what is wrong with it, if anything."""
    if words[0] == "element":
        if len(words) != 3 or not words[2].isascii() or not words[2].isdigit():
            return "is no name and number of rows"
        if len(words[2].lstrip("0")) > MAX_DIGITS:
            return "has too many rows"
        if len(elements) >= MAX_PROPERTIES:
            return "is one element too many"
        elements.append(PlyElement(words[1], int(words[2])))
        return ""
    if not elements:
        return "precedes the first element"
    if len(elements[-1].properties) >= MAX_PROPERTIES:
        return "is one property too many"
    is_list = len(words) == 5 and words[1] == "list"
    kinds = words[2:4] if is_list else words[1:2]
    if len(words) != 3 and not is_list:
        return "is no type and name"
    if unknown := [kind for kind in kinds if kind not in TYPES]:
        return f"has the unknown type {unknown[0]}"
    length = TYPES[kinds[0]] if is_list else ""
    if length.startswith("f"):
        return "has a list whose length is not an integer"
    elements[-1].properties.append(PlyProperty(words[-1], TYPES[kinds[-1]], length))
    return ""
