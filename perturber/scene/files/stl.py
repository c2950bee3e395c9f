"""STL files, the usual format for 3D printing: triangles without colors, binary ones read by trimesh."""

from __future__ import annotations

import io
import logging
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from perturber.core.errors import InputError
from perturber.scene.files.number_text import parse_numbers
from perturber.scene.files.surface import FARTHEST, Shape
from perturber.scene.files.survey import EXPECTED, limit
from perturber.scene.files.welding import MeshCorners, weld

VERTEX = re.compile(rb"\bvertex[ \t]+([^\r\n]*)")
HEAD, TRIANGLE = 84, 50
"""Bytes before the first triangle of a binary file, and of each triangle."""


def load_stl(path: Path, keep_order: bool = False) -> Shape:
    """Load an STL file, binary or text, with flat faces. Raises InputError that names the file and the problem."""
    data = path.read_bytes()
    count = int.from_bytes(data[80:HEAD], "little")
    binary = len(data) >= HEAD and len(data) == HEAD + TRIANGLE * count
    if not binary and not data.lstrip().lower().startswith(b"solid"):
        problem = f"it announces {count:,} triangles, which do not fill its {len(data):,} bytes"
        raise InputError(str(path), problem, EXPECTED)
    words = data.lower()
    limit(path, count if binary else max(words.count(b"endfacet"), words.count(b"vertex") // 3))
    try:
        with warnings.catch_warnings(action="error"):
            corners = _read(data, binary)
    except Exception as error:  # trimesh's reader raises whatever NumPy does
        problem = f"it cannot be read as STL ({str(error)[:120] or type(error).__name__})"
        raise InputError(str(path), problem, EXPECTED) from None
    if not len(corners):
        raise InputError(str(path), "the file has no triangles", EXPECTED)
    if not np.isfinite(corners).all() or np.abs(corners).max() > FARTHEST:
        raise InputError(str(path), "a coordinate is not a finite number of usual size", EXPECTED)
    # Every triangle has its own corners, as edges of printed objects are meant to be sharp.
    place = np.arange(len(corners))
    none, nothing = np.full(len(place), -1), np.zeros((0, 3))
    colors = np.zeros((0, 4), np.uint8)
    look = np.zeros(len(place), np.int64)
    return weld(MeshCorners(corners, place, none, np.zeros((0, 2)), none, nothing, none, colors, look), keep_order)


def _read(data: bytes, binary: bool) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the corners of all triangles, 3·T×3."""
    if not binary:
        found = VERTEX.findall(data.lower())
        numbers = parse_numbers(b"\n".join(found), 3 * len(found))
        if numbers is None or len(found) % 3:
            raise ValueError("its vertices are not three by three, each of three numbers")
        return np.asarray(numbers, float).reshape(-1, 3)
    from trimesh.exchange import stl

    logging.getLogger("trimesh").addHandler(logging.NullHandler())
    made = stl.load_stl_binary(io.BytesIO(data))
    if not len(made.get("vertices", ())):
        return np.zeros((0, 3))
    return np.asarray(np.asarray(made["vertices"], float)[np.asarray(made["faces"]).reshape(-1)], float).reshape(-1, 3)
