"""Cheap checks of a mesh file before it is parsed: too large, truncated, or not of its stated format."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from perturber.core.errors import InputError

MAX_BYTES = 64 << 20
MAX_COUNTED = 1 << 30
"""Size in bytes above which OBJ files are refused without counting their faces."""
MAX_FACES = 300_000
MAX_VERTICES = 3 * MAX_FACES
EXPECTED = f"a mesh as OBJ, glTF or PLY of at most {MAX_FACES:,} faces and {MAX_BYTES >> 20} MiB"
BLOCK = 1 << 22
NUMBER = rb"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
CORNER = rb"-?[1-9]\d*(?:/(?:-?[1-9]\d*)?){0,2}"
GAP = rb"[ \t]++"
BAD_LINE = re.compile(
    rb"^[ \t]*(?:"
    rb"(?P<vertex>v|vn)" + GAP + rb"(?!" + GAP.join([NUMBER] * 3) + rb"(?:[ \t\r]|$))|"
    rb"(?P<uv>vt)" + GAP + rb"(?!" + NUMBER + rb"(?:[ \t\r]|$))|"
    rb"(?P<face>f)" + GAP + rb"(?!" + CORNER + rb"(?:" + GAP + CORNER + rb"){2,}[ \t\r]*$)"
    rb")[^\n]*",
    re.MULTILINE,
)
MEANINGS = {"vertex": "three finite numbers", "uv": "a finite number", "face": "three or more vertex numbers, from 1"}


def survey(path: Path) -> None:
    """Check a file's size and form. Raises InputError that names the file when it is too large or broken."""
    look = LOOKS.get(path.suffix.lower())
    if look is None:
        raise InputError(str(path), f"{path.suffix or '(none)'!r} is not a mesh format", EXPECTED)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES and path.suffix.lower() == ".obj" and size <= MAX_COUNTED:
            _count_obj_faces(path)
        if size > MAX_BYTES:
            raise InputError(str(path), f"the file has {size / (1 << 20):.0f} MiB", EXPECTED)
        look(path)
    except OSError as error:
        raise InputError(str(path), error.strerror or str(error), EXPECTED) from error


def limit(path: Path, faces: int, vertices: int = 0) -> None:
    """Raise InputError with the count when there are too many faces or vertices."""
    if faces > MAX_FACES:
        raise InputError(str(path), f"the mesh has {faces:,} faces", EXPECTED)
    if vertices > MAX_VERTICES:
        raise InputError(str(path), f"the mesh has {vertices:,} vertices", f"at most {MAX_VERTICES:,} vertices")


def _count_obj_faces(path: Path) -> None:
    faces, last = 0, b"\n"
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            faces += (last + block).count(b"\nf ")
            last = block[-2:]
    limit(path, faces)


def _look_at_obj(path: Path) -> None:
    _count_obj_faces(path)
    text = path.read_bytes().replace(b"\\\r\n", b"  ").replace(b"\\\n", b"  ")
    limit(path, 0, text.count(b"\nv "))
    _refuse_cut_off(path, text)
    if (bad := BAD_LINE.search(text)) is not None:
        line = text.count(b"\n", 0, bad.start()) + 1
        shown = bad[0].strip()[:40].decode("utf-8", "replace")
        meaning = MEANINGS[next(name for name, found in bad.groupdict().items() if found)]
        raise InputError(str(path), f"{shown!r} cannot be read", f"{meaning} in that line of an OBJ file", line)


def _refuse_cut_off(path: Path, text: bytes) -> None:
    """Raise InputError for a truncated last line, one whose form differs from its like: the parser would accept it."""
    if text.endswith((b"\n", b"\r")):
        return
    lines = text[-4096:].splitlines()
    keyword = lines[-1].split(b" ")[0] if lines else b""
    before = [line for line in lines[1:-1] if line.startswith(keyword + b" ")]
    if before and _form(lines[-1]) != _form(before[-1]):
        problem = f"the file ends in the middle of a line ({lines[-1].decode(errors='replace')!r})"
        raise InputError(str(path), problem, EXPECTED, text.count(b"\n") + 1)


def _form(line: bytes) -> list[int]:
    """Return the number of slashes in each word of a line."""
    return [word.count(b"/") for word in line.split()]


def _look_at_ply(path: Path) -> None:
    with path.open("rb") as stream:
        head = stream.read(1 << 16)
    if not head.startswith(b"ply"):
        raise InputError(str(path), "it cannot be read as PLY: the first line is not 'ply'", EXPECTED)
    if b"end_header" not in head:
        raise InputError(str(path), "it cannot be read as PLY: the header has no end", EXPECTED)
    counts = dict(re.findall(rb"^element[ \t]+(\w+)[ \t]+(\d+)", head.split(b"end_header")[0], re.MULTILINE))
    limit(path, int(counts.get(b"face", 0)), int(counts.get(b"vertex", 0)))


def _leave_to_reader(path: Path) -> None:
    """Check nothing: the reader of glTF checks everything before it allocates."""


LOOKS: dict[str, Callable[[Path], None]] = {
    ".obj": _look_at_obj,
    ".ply": _look_at_ply,
    ".gltf": _leave_to_reader,
    ".glb": _leave_to_reader,
}
