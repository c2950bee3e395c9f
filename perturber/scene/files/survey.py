"""Cheap checks of a mesh file before it is parsed: its format and its size."""

from __future__ import annotations

from pathlib import Path

from perturber.core.errors import InputError
from perturber.core.storage.reading import open_regular

MAX_BYTES = 64 << 20
MAX_COUNTED = 1 << 30
"""Size in bytes above which OBJ files are refused without counting their faces."""
MAX_FACES = 300_000
MAX_VERTICES = 3 * MAX_FACES
EXPECTED = f"a mesh as OBJ, glTF, PLY or STL of at most {MAX_FACES:,} faces and {MAX_BYTES >> 20} MiB"
BLOCK = 1 << 22
SUFFIXES = {".obj", ".ply", ".gltf", ".glb", ".stl"}


def survey(path: Path) -> None:
    """Check a file's suffix and size. Raises InputError that names the file."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(str(path), f"{path.suffix or '(none)'!r} is not a mesh format", EXPECTED)
    open_regular(path, EXPECTED).close()  # reading a pipe would block forever
    try:
        size = path.stat().st_size
        if suffix == ".obj" and size <= MAX_COUNTED:
            _count_obj_faces(path)
        if size > MAX_BYTES:
            raise InputError(str(path), f"the file has {size / (1 << 20):.0f} MiB", EXPECTED)
    except (OSError, ValueError) as error:
        raise InputError(str(path), getattr(error, "strerror", None) or str(error), EXPECTED) from error


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
