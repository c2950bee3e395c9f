"""Meshes from disk: the two ends of a pair, and the user's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray

from perturber.core.errors import InputError

MAX_BYTES = 64 << 20
MAX_FACES = 300_000
SUFFIXES = (".obj", ".ply", ".glb", ".gltf")
EXPECTED = f"a mesh as OBJ, glTF or PLY of at most {MAX_FACES:,} triangles"
Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Shape:
    """One mesh: V×3 positions and normals, V×2 texture coordinates, F×3 indices."""

    positions: Floats
    normals: Floats
    uv: Floats
    faces: NDArray[np.int32]
    texture: Path | NDArray[np.uint8] | None = None
    """Its own colour texture: a file, or H×W×4 pixels from inside the file."""
    notices: tuple[str, ...] = field(default=())


def _refuse_bad_obj(path: Path) -> None:
    """Count the faces before the slow parse, and notice an end in the middle of a line.

    The parser takes what is there for whole; half a dog would pass for a dog.
    """
    text = path.read_bytes()
    faces = text.count(b"\nf ")
    if faces > MAX_FACES:
        raise InputError(str(path), f"it has {faces:,} faces", EXPECTED)
    lines = text[-4096:].splitlines()
    if not lines or text.endswith((b"\n", b"\r")):
        return
    keyword = lines[-1].split(b" ")[0]
    before = [line for line in lines[1:-1] if line.startswith(keyword + b" ")]
    if before and _form(lines[-1]) != _form(before[-1]):
        problem = f"it ends in the middle of a line ({lines[-1].decode(errors='replace')!r})"
        raise InputError(str(path), problem, EXPECTED)


def _form(line: bytes) -> list[int]:
    """How a line of an OBJ is built: the slashes of each of its words."""
    return [word.count(b"/") for word in line.split()]


def _parse(path: Path) -> trimesh.Trimesh:
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(str(path), f"meshes of type {path.suffix or 'without suffix'!r} are not read", EXPECTED)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(str(path), "the file is larger than 64 MiB", EXPECTED)
        if path.suffix.lower() == ".obj":
            _refuse_bad_obj(path)
        loaded: Any = trimesh.load(path, process=False, maintain_order=True, force="mesh")
    except InputError:
        raise
    except OSError as error:
        raise InputError(str(path), error.strerror or str(error), EXPECTED) from None
    except Exception as error:  # parsers of foreign formats fail in every way there is
        raise InputError(str(path), f"it cannot be read as a mesh ({error})", EXPECTED) from None
    if not isinstance(loaded, trimesh.Trimesh) or not len(loaded.faces):
        raise InputError(str(path), "it holds no triangles", EXPECTED)
    if len(loaded.faces) > MAX_FACES:
        raise InputError(str(path), f"it has {len(loaded.faces):,} triangles", EXPECTED)
    return loaded


def _coordinates(mesh: trimesh.Trimesh) -> Floats:
    uv = getattr(mesh.visual, "uv", None)
    if uv is None or np.shape(uv) != (len(mesh.vertices), 2):
        return np.zeros((len(mesh.vertices), 2), np.float32)
    return np.ascontiguousarray(np.nan_to_num(uv), np.float32)


def _material_texture(mesh: trimesh.Trimesh) -> NDArray[np.uint8] | None:
    """The colour texture a file brings along (or its vertex colours' mean), as H×W×4, row 0 at the bottom."""
    visual: Any = mesh.visual
    material = getattr(visual, "material", None)
    image = getattr(material, "image", None) or getattr(material, "baseColorTexture", None)
    if image is not None:
        return np.ascontiguousarray(np.asarray(image.convert("RGBA"))[::-1])
    colour = getattr(material, "main_color", None)
    if colour is None and visual.kind == "vertex":
        colour = np.asarray(visual.vertex_colors).mean(axis=0)
    return None if colour is None else np.asarray(colour, np.uint8).reshape(1, 1, 4).copy()


def load_shape(path: Path) -> Shape:
    """A mesh file as it is. Raises InputError that names the file and what is wrong."""
    mesh = _parse(path)
    positions = np.asarray(mesh.vertices, np.float32)
    faces = np.asarray(mesh.faces, np.int32)
    if not np.isfinite(positions).all():
        raise InputError(str(path), "some of its coordinates are no finite numbers", EXPECTED)
    if faces.min() < 0 or faces.max() >= len(positions):
        raise InputError(str(path), "some of its faces name vertices that do not exist", EXPECTED)
    normals = np.nan_to_num(np.asarray(mesh.vertex_normals, np.float32))
    notices = []
    texture = _material_texture(mesh)
    if path.suffix.lower() == ".obj":
        notices = [f"{path.name}: {name} was not found; the object is drawn without it." for name in _missing(path)]
    return Shape(positions, normals, _coordinates(mesh), faces, texture, tuple(notices))


def _named(path: Path, keyword: str) -> list[str]:
    """What the lines of a text file that begin with a keyword name."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [
        line.split(maxsplit=1)[1].strip() for line in lines if line.startswith(keyword + " ") and len(line.split()) > 1
    ]


def _missing(path: Path) -> list[str]:
    """Files that an OBJ names, directly or through its MTL, and that are not there."""
    absent = []
    for library in _named(path, "mtllib"):
        file = path.parent / library
        if not file.is_file():
            absent.append(library)
        else:
            absent += [name for name in _named(file, "map_Kd") if not (file.parent / name).is_file()]
    return absent


def texture_of(path: Path) -> Path:
    """The colour texture that a shipped OBJ's material names."""
    for library in _named(path, "mtllib"):
        for name in _named(path.parent / library, "map_Kd"):
            return path.parent / name
    raise InputError(str(path), "its material names no texture", "an MTL with map_Kd")


def load_pair(first: Path, second: Path) -> tuple[Shape, Shape]:
    """Both ends of a pair. Raises InputError unless they share faces and texture coordinates."""
    one, two = load_shape(first), load_shape(second)
    if one.faces.shape != two.faces.shape or not np.array_equal(one.faces, two.faces):
        raise InputError(str(second), f"its faces are not those of {first.name}", "two meshes with the same topology")
    if not np.allclose(one.uv, two.uv, atol=1e-4):
        raise InputError(str(second), f"its texture coordinates are not those of {first.name}", "shared coordinates")
    return one, two


def normalised(shape: Shape, height: float = 1.5) -> Shape:
    """Centred over the origin, standing on the ground, its largest side ``height``."""
    low, high = shape.positions.min(axis=0), shape.positions.max(axis=0)
    scale = height / max(float((high - low).max()), 1e-9)
    foot = np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2], np.float32)
    return Shape(
        ((shape.positions - foot) * scale).astype(np.float32),
        shape.normals,
        shape.uv,
        shape.faces,
        shape.texture,
        shape.notices,
    )
