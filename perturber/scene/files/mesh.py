"""Mesh files: the two ends of a pair, and the user's own."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perturber.core.errors import InputError, PerturberError
from perturber.scene.files.gltf.gltf_shape import load_gltf
from perturber.scene.files.obj.obj_shape import load_obj
from perturber.scene.files.ply.ply_shape import load_ply
from perturber.scene.files.stl import load_stl
from perturber.scene.files.surface import Shape
from perturber.scene.files.survey import EXPECTED, survey
from perturber.scene.files.triangles import compact, count_crowded_edges, find_degenerate

log = logging.getLogger(__name__)
NAMES = {".obj": "OBJ", ".ply": "PLY", ".stl": "STL", ".gltf": "glTF", ".glb": "binary glTF"}
GLTF = {".gltf", ".glb"}
READERS = {".obj": load_obj, ".ply": load_ply, ".stl": load_stl}


def load_shape(path: Path, keep_order: bool = False) -> Shape:
    """Load a mesh file (OBJ, glTF, GLB, PLY, STL) unscaled, with all its objects joined.

    Parts that the mesh can do without (textures, MTL files, degenerate triangles) are left out with a notice.
    With ``keep_order`` all vertices stay in the order of the file, and triangles are not checked. Raises
    InputError that names the file and the problem.
    """
    survey(path)
    suffix = path.suffix.lower()
    try:
        with np.errstate(all="ignore"):  # values that are not finite are refused or replaced
            shape = load_gltf(path) if suffix in GLTF else READERS[suffix](path, keep_order)
            return shape if keep_order else _sound(shape, path.name)
    except PerturberError:
        raise
    except OSError as error:
        raise InputError(str(path), error.strerror or str(error), EXPECTED) from None
    except MemoryError:
        raise InputError(str(path), "there is not enough memory to read it", "a smaller mesh") from None
    except Exception as error:  # of a file that none of the checks foresees
        log.debug("%s cannot be read", path, exc_info=True)
        reason = f"{type(error).__name__}: {error}"
        raise InputError(str(path), f"it cannot be read as {NAMES[suffix]} ({reason:.150})", EXPECTED) from error


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
