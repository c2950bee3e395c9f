"""The two meshes of a pair.

Files in the plain form that the builder writes are read by a fast parser, others like any mesh: the
general parser takes several times as long, which would delay a change of pair. Plain form: lines of `v`, `vt`
and `vn` in equal number, triangles whose three indices per corner are equal, one material with a color
texture.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perturber.core.errors import InputError
from perturber.core.storage.reading import read_text
from perturber.scene.files.image import open_picture
from perturber.scene.files.mesh import load_shape
from perturber.scene.files.surface import MeshPart, Shape
from perturber.scene.files.survey import MAX_BYTES, MAX_FACES

TEXTURE = re.compile(r"^map_Kd (\S+)$", re.MULTILINE)
MATERIAL = re.compile(r"^mtllib (\S+)$", re.MULTILINE)
NUMBERS = re.compile(r"[-0-9. \n]*")


def load_pair(first: Path, second: Path) -> tuple[Shape, Shape]:
    """Load both ends of a pair. Raises InputError unless they share faces and texture coordinates."""
    with ThreadPoolExecutor(2) as pool:  # decoding pictures releases the GIL
        one, two = pool.map(_end, (first, second))
    if one.positions.shape != two.positions.shape or not np.array_equal(one.faces, two.faces):
        raise InputError(str(second), f"its faces differ from {first.name}'s", "two meshes with the same topology")
    if not np.allclose(one.uv, two.uv, atol=1e-4):
        raise InputError(str(second), f"its texture coordinates differ from {first.name}'s", "shared coordinates")
    return one, two


def _end(path: Path) -> Shape:
    return read_plain_obj(path) or load_shape(path, keep_order=True)


def read_plain_obj(path: Path) -> Shape | None:
    """Read a mesh in the plain form; None for any other form. Raises InputError when its texture cannot be read."""
    try:
        text = read_text(path, MAX_BYTES)
        library = MATERIAL.findall(text)
        material = read_text(path.parent / library[0], MAX_BYTES)
        named = TEXTURE.findall(material)
        tables = [_table(text, key, columns) for key, columns in (("v", 3), ("vt", 2), ("vn", 3))]
        corners = _corners(text)
    except (InputError, ValueError, IndexError):
        return None
    count = len(tables[0])
    fits = (
        text.isascii()
        and material.isascii()
        and len(library) == len(named) == 1
        and len({len(table) for table in tables}) == 1
    )
    if not fits or not 0 < len(corners) <= MAX_FACES or corners.min() < 0 or corners.max() >= count:
        return None
    if Path(named[0]).name != named[0]:
        return None
    positions, uv, normals = tables
    return Shape(
        positions,
        normals.astype(np.float32),
        uv.astype(np.float32),
        np.full((count, 4), 255, np.uint8),
        corners.astype(np.int32),
        (MeshPart(0, len(corners), open_picture(path.parent / named[0], "RGBA")),),
    )


def _block(text: str, key: str) -> str:
    """Return the consecutive lines of one keyword, without the keyword."""
    start = text.index(f"\n{key} ")
    end = text.rindex(f"\n{key} ")
    end = text.find("\n", end + 1)
    return text[start : len(text) if end < 0 else end].replace(f"\n{key} ", "\n")


def _numbers(block: str) -> NDArray[np.float64]:
    if NUMBERS.fullmatch(block) is None:
        raise ValueError("other text between the numbers")
    return np.fromstring(block, float, sep=" ")


def _table(text: str, key: str, columns: int) -> NDArray[np.float64]:
    """Return the numbers of all lines of a keyword. Raises ValueError when other lines come between them."""
    block = _block(text, key)
    return _numbers(block).reshape(block.count("\n"), columns)


def _corners(text: str) -> NDArray[np.int64]:
    block = _block(text, "f").replace("/", " ")
    corners = _numbers(block).astype(np.int64).reshape(block.count("\n"), 3, 3)
    if (corners != corners[..., :1]).any():
        raise ValueError("the indices of a corner differ")
    return corners[..., 0] - 1
