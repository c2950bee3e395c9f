"""Mesh files: the two ends of a pair, and the user's own."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray
from PIL import Image

from perturber.core.errors import InputError
from perturber.scene.files.companions import Companions, text_of
from perturber.scene.files.gltf.gltf_shape import load_gltf
from perturber.scene.files.image import decode_picture
from perturber.scene.files.materials import describe_undefined
from perturber.scene.files.surface import FARTHEST, MAX_PARTS, Floats, MeshPart, Shape, unit
from perturber.scene.files.survey import EXPECTED, limit, survey
from perturber.scene.files.triangles import compact, count_crowded_edges, find_degenerate

GLTF = {".gltf", ".glb"}
KEYWORD = re.compile(r"^[ \t]*(v|vt|vn|f)[ \t]+", re.MULTILINE)
UNUSUAL = re.compile(r"^[ \t]+[vf]|^(?:v|vt|vn|f)(?:\t| [ \t])", re.MULTILINE)
NO_SUCH_VERTEX = "some faces use vertices that do not exist"
WHITE = (255, 255, 255, 255)


def load_shape(path: Path, keep_order: bool = False) -> Shape:
    """Load a mesh file (OBJ, glTF, GLB, PLY) unscaled, with all its objects joined.

    Parts that the mesh can do without (textures, MTL files, degenerate triangles) are left out with a notice.
    With ``keep_order`` all vertices stay in the order of the file, and triangles are not checked. Raises
    InputError that names the file and the problem.
    """
    survey(path)
    if path.suffix.lower() in GLTF:
        shape = load_gltf(path)
        return shape if keep_order else _sound(shape, path.name)
    companions = Companions(path)
    scene = _parsed(path, companions, keep_order)
    pieces = [_Piece.of(path, mesh, matrix, keep_order) for mesh, matrix in _placed(path, scene)]
    starts = np.cumsum([0, *(len(piece.positions) for piece in pieces)])
    ends = np.cumsum([0, *(len(piece.faces) for piece in pieces)])
    notices = [f"{path.name}: {problem}. The object is drawn without it." for problem in companions.problems]
    notices += [f"{path.name}: {piece.problem}" for piece in pieces if piece.problem]
    shape = Shape(
        np.concatenate([piece.positions for piece in pieces]),
        np.concatenate([piece.normals for piece in pieces]),
        np.concatenate([piece.uv for piece in pieces]),
        np.concatenate([piece.colors for piece in pieces]),
        np.concatenate([piece.faces + int(start) for piece, start in zip(pieces, starts, strict=False)]),
        tuple(MeshPart(int(end), len(p.faces), p.picture) for p, end in zip(pieces, ends, strict=False)),
        tuple(dict.fromkeys(notices)),
    )
    return shape if keep_order else _sound(shape, path.name)


def _sound(shape: Shape, name: str) -> Shape:
    """Return the shape without degenerate triangles, with notices about these and about non-manifold edges."""
    flat = find_degenerate(shape.positions, shape.faces)
    count, notices = int(flat.sum()), list(shape.notices)
    if count == len(flat):
        notices.append(f"{name}: all triangles are degenerate (without area), so hardly anything is visible.")
        return replace(shape, notices=tuple(notices))
    if count:
        many = f"{count:,} degenerate triangles (without area) are" if count > 1 else "a degenerate triangle is"
        notices.append(f"{name}: {many} left out.")
        shape = _without(shape, flat)
    if crowded := count_crowded_edges(shape.positions, shape.faces):
        many = f"{crowded:,} edges are" if crowded > 1 else "an edge is"
        notices.append(f"{name}: {many} shared by more than two triangles (non-manifold). The mesh is drawn unchanged.")
    return replace(shape, notices=tuple(notices))


def _without(shape: Shape, left_out: NDArray[np.bool_]) -> Shape:
    """Return the shape without some faces, and without the vertices and parts that only these used."""
    before = np.concatenate([[0], np.cumsum(~left_out)])
    spans = [(int(before[part.first]), int(before[part.first + part.count]), part) for part in shape.parts]
    used, faces = compact(len(shape.positions), shape.faces[~left_out])
    per_vertex = {name: getattr(shape, name)[used] for name in ("positions", "normals", "uv", "colors")}
    parts = tuple(replace(part, first=first, count=end - first) for first, end, part in spans if end > first)
    return replace(shape, faces=faces, parts=parts, **per_vertex)


def normalized(shape: Shape, height: float = 1.5) -> Shape:
    """Return the shape centered over the origin, standing on the ground, its longest side ``height``."""
    low, high = shape.positions.min(axis=0), shape.positions.max(axis=0)
    scale = height / max(float((high - low).max()), 1e-30)
    foot = ((low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2)
    return replace(shape, positions=(shape.positions - foot) * scale)


def _parsed(path: Path, companions: Companions, keep_order: bool) -> trimesh.Scene:
    kind = path.suffix.lower()[1:]
    try:
        with path.open("rb") as stream, np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
            text = _plain(text_of(stream.read())) if kind == "obj" else ""
            source = io.StringIO(text) if kind == "obj" else stream
            scene = trimesh.load_scene(source, kind, resolver=companions, process=False, maintain_order=keep_order)
    except OSError as error:
        problem = "; ".join(companions.problems) or error.strerror or str(error)
        raise InputError(str(path), problem, EXPECTED) from None
    except Exception as error:  # the parsers raise errors of any type
        reason = NO_SUCH_VERTEX if isinstance(error, IndexError) else str(error) or type(error).__name__
        problem = "; ".join([*companions.problems, reason])
        raise InputError(str(path), f"it cannot be read as a mesh ({problem:.200})", EXPECTED) from None
    if companions.materials and (problem := describe_undefined(text, companions.materials)):
        companions.problems.append(problem)
    return scene


def _plain(text: str) -> str:
    """Return OBJ text with a single space before each line's first number, as trimesh expects."""
    return KEYWORD.sub(r"\1 ", text) if UNUSUAL.search(text) else text


def _placed(path: Path, scene: trimesh.Scene) -> Iterator[tuple[trimesh.Trimesh, NDArray[np.float64]]]:
    """Yield every mesh of a scene with its 4×4 transform. Raises InputError when there are too many, or none."""
    found, faces = 0, 0
    for node in sorted(scene.graph.nodes_geometry):
        matrix, name = scene.graph[node]
        mesh: Any = scene.geometry[name]
        if not isinstance(mesh, trimesh.Trimesh) or not len(mesh.faces):
            continue
        found, faces = found + 1, faces + len(mesh.faces)
        limit(path, faces)
        if found > MAX_PARTS:
            raise InputError(str(path), f"the mesh has more than {MAX_PARTS} parts", EXPECTED)
        if not np.isfinite(matrix).all():
            raise InputError(str(path), "the transform of a part is not finite", EXPECTED)
        yield mesh, np.asarray(matrix, float)
    if not found:
        raise InputError(str(path), "the file has no triangles", EXPECTED)


@dataclass(frozen=True, eq=False)
class _Piece:
    """One mesh of a file, transformed and checked."""

    positions: NDArray[np.float64]
    normals: Floats
    uv: Floats
    colors: NDArray[np.uint8]
    faces: NDArray[np.int32]
    picture: Image.Image | None
    problem: str

    @classmethod
    def of(cls, path: Path, mesh: trimesh.Trimesh, matrix: NDArray[np.float64], keep_order: bool) -> _Piece:
        count = len(mesh.vertices)
        if mesh.faces.min() < 0 or mesh.faces.max() >= count:
            raise InputError(str(path), NO_SUCH_VERTEX, EXPECTED)
        used, faces = np.arange(count), np.asarray(mesh.faces)
        if not keep_order:
            used, faces = compact(count, faces)
        picture, problem = _picture(mesh)
        uv = getattr(mesh.visual, "uv", None)
        if uv is None or np.shape(uv) != (count, 2):
            uv, picture = np.zeros((count, 2)), None
        with np.errstate(all="ignore"):  # values that are not finite are refused or replaced
            positions = np.asarray(mesh.vertices, float)[used] @ matrix[:3, :3].T + matrix[:3, 3]
            uv = np.nan_to_num(np.asarray(uv, np.float32)[used], posinf=0, neginf=0)
            normals = unit(_normals(mesh) @ np.linalg.pinv(matrix[:3, :3]))[used]
        if not np.isfinite(positions).all() or np.abs(positions).max() > FARTHEST:
            raise InputError(str(path), "some coordinates are not finite numbers", EXPECTED)
        colors = np.broadcast_to(_colors(mesh, picture is not None), (count, 4))[used]
        return cls(positions, normals, uv, colors, faces.astype(np.int32), picture, problem)


def _normals(mesh: trimesh.Trimesh) -> NDArray[np.float64]:
    """Return the file's normals, else the mean of the adjoining faces' normals weighted by area.

    trimesh has no public way to ask whether a file has normals, and computes its own in a Python
    loop where SciPy is missing.
    """
    if "vertex_normals" in mesh._cache and mesh.vertex_normals.shape == mesh.vertices.shape:
        return np.asarray(mesh.vertex_normals, float)
    a, b, c = np.moveaxis(np.asarray(mesh.vertices, float)[mesh.faces], 1, 0)
    facing = np.cross(b - a, c - a)
    count, corners = len(mesh.vertices), mesh.faces.ravel()
    return np.stack([np.bincount(corners, facing[:, axis].repeat(3), count) for axis in range(3)], axis=1)


def _picture(mesh: trimesh.Trimesh) -> tuple[Image.Image | None, str]:
    """Return the mesh's own color texture, if any, and the problem with it, if any."""
    material = getattr(mesh.visual, "material", None)
    image = getattr(material, "baseColorTexture", None) or getattr(material, "image", None)
    if not isinstance(image, Image.Image) or image.format is None:  # trimesh invents gray pictures without one
        return None, ""
    try:
        return decode_picture(image, "its texture", "RGBA"), ""
    except InputError as error:
        return None, f"its texture is left out: {error.problem}."


def _colors(mesh: trimesh.Trimesh, textured: bool) -> NDArray[np.uint8]:
    """Return one color for all vertices (4), or one for each (V×4)."""
    visual: Any = mesh.visual
    material = getattr(visual, "material", None)
    color: Any = WHITE
    if material is None:
        if visual.kind is not None:
            color = visual.vertex_colors
    elif hasattr(material, "baseColorFactor"):
        if material.baseColorFactor is not None:
            color = material.baseColorFactor
    elif not textured and "kd" in material.kwargs:  # with a texture, exporters write meaningless Kd
        color = material.diffuse
    found = np.asarray(color, np.uint8)
    return found if found.shape in {(4,), (len(mesh.vertices), 4)} else np.array(WHITE, np.uint8)
