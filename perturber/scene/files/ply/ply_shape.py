"""Reading of a whole PLY file as one mesh: faces or triangle strips, with colors, normals and textures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perturber.core.errors import InputError
from perturber.scene.files.companions import Companions
from perturber.scene.files.ply.ply_header import read_header
from perturber.scene.files.ply.ply_rows import PlyLists, PlyTable, read_tables
from perturber.scene.files.polygons import describe_unclipped, triangulate
from perturber.scene.files.surface import FARTHEST, Shape
from perturber.scene.files.survey import EXPECTED, limit
from perturber.scene.files.welding import MeshCorners, PartLook, weld

Numbers = NDArray[np.int64]
INDICES = ("vertex_indices", "vertex_index")
COLORS = (
    ("red", "green", "blue"),
    ("diffuse_red", "diffuse_green", "diffuse_blue"),
    ("r", "g", "b"),
)
COORDINATES = (("texture_u", "texture_v"), ("u", "v"), ("s", "t"), ("texcoord_u", "texcoord_v"))
MAX_TEXTURES = 64
NO_TRIANGLES = "the file has no triangles"


def load_ply(path: Path, keep_order: bool = False) -> Shape:
    """Load a PLY file. Raises InputError that names the file and what was expected."""
    data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    header = read_header(path, data)
    sizes = {element.name: element.count for element in header.elements}
    limit(path, sizes.get("face", 0), sizes.get("vertex", 0))
    wanted = {"vertex", "face", "tristrips"} & set(sizes)
    tables = read_tables(path, data, header, wanted)
    if "vertex" not in tables or not tables.keys() & {"face", "tristrips"}:
        raise InputError(str(path), NO_TRIANGLES, EXPECTED)
    return _PlyLoader(path, tables, header.textures).shape(keep_order)


@dataclass(frozen=True, eq=False)
class _PlyTriangles:
    """Triangles: T·3 vertices, the face of each triangle, and each corner's number in the lists of all faces."""

    place: Numbers
    face: Numbers
    corner: Numbers


class _PlyLoader:
    """The tables of a file while they become a shape."""

    def __init__(self, path: Path, tables: dict[str, PlyTable], textures: list[str]) -> None:
        self._path = path
        self._vertex = tables["vertex"]
        self._face = tables.get("face")
        self._strips = tables.get("tristrips")
        self._textures = textures
        self._companions = Companions(path)
        self._notices: list[str] = []

    def shape(self, keep_order: bool) -> Shape:
        positions = self._positions()
        triangles = self._triangles(positions)
        if not len(triangles.place):
            raise InputError(str(self._path), NO_TRIANGLES, EXPECTED)
        uv, uvs = self._uv(triangles)
        look, looks = self._looks(triangles, len(uvs) > 0)
        color, colors = self._colors(triangles, look)
        normals = self._stacked(self._vertex, ("nx", "ny", "nz"))
        normal = triangles.place if normals is not None else np.full(len(triangles.place), -1)
        normals = np.zeros((0, 3)) if normals is None else normals.astype(float)
        made = weld(
            MeshCorners(positions, triangles.place, uv, uvs, normal, normals, color, colors, look, looks), keep_order
        )
        name = self._path.name
        missing = [f"{name}: {problem}. The object is drawn without it." for problem in self._companions.problems]
        other = [f"{name}: {notice}." for notice in (*self._companions.remarks, *self._notices)]
        return replace(made, notices=tuple(dict.fromkeys([*missing, *other])))

    def _positions(self) -> NDArray[np.float64]:
        positions = self._stacked(self._vertex, ("x", "y", "z"))
        if positions is None:
            raise InputError(str(self._path), "its vertices have no x, y and z", EXPECTED)
        positions = positions.astype(float)
        if not np.isfinite(positions).all() or np.abs(positions).max(initial=0) > FARTHEST:
            raise InputError(str(self._path), "some coordinates are not finite numbers", EXPECTED)
        return positions

    def _stacked(self, table: PlyTable | None, names: tuple[str, ...]) -> NDArray[Any] | None:
        """Return columns side by side; None when one is missing."""
        if table is None or not all(name in table.columns for name in names):
            return None
        return np.stack([table.columns[name] for name in names], axis=1)

    def _triangles(self, positions: NDArray[np.float64]) -> _PlyTriangles:
        """Return the triangles of all faces, then those of the strips, whose face is -1."""
        made = [self._of_faces(positions), self._of_strips(len(positions))]
        place, face, corner = (np.concatenate(columns) for columns in zip(*made, strict=True))
        limit(self._path, len(face))
        return _PlyTriangles(place, face, corner)

    def _of_faces(self, positions: NDArray[np.float64]) -> tuple[Numbers, Numbers, Numbers]:
        none = np.zeros(0, np.int64)
        lists = self._indices(self._face)
        if lists is None:
            return none, none, none
        index = self._checked(lists.items, len(positions))
        polygons = np.flatnonzero(lists.counts >= 3)
        if (fewer := len(lists.counts) - len(polygons)) > 0:
            many = f"{fewer:,} faces" if fewer > 1 else "a face"
            self._notices.append(f"{many} of fewer than three corners left out")
        limit(self._path, int((lists.counts[polygons] - 2).sum()))
        kept = np.flatnonzero(np.repeat(lists.counts >= 3, lists.counts))
        cut = triangulate(positions[index[kept]], lists.counts[polygons])
        if cut.unclipped:
            self._notices.append(describe_unclipped(cut.unclipped))
        corner = kept[cut.corners.ravel()]
        return index[corner], polygons[cut.polygon], corner

    def _of_strips(self, count: int) -> tuple[Numbers, Numbers, Numbers]:
        """Return the triangles of strips, which -1 separates and which alternate in direction."""
        none = np.zeros(0, np.int64)
        lists = self._indices(self._strips)
        if lists is None:
            return none, none, none
        limit(self._path, len(lists.items) // 3)
        row = np.repeat(np.arange(len(lists.counts)), lists.counts)
        items = lists.items.astype(np.int64)
        ends = items == -1
        self._checked(items[~ends], count)
        strip = row + np.cumsum(ends)
        begins = np.searchsorted(strip[~ends], strip[~ends])
        items, strip = items[~ends], strip[~ends]
        odd = ((np.arange(len(items)) - begins) % 2).astype(bool)[:-2]
        three = np.stack([items[:-2], items[1:-1], items[2:]], axis=1) if len(items) > 2 else np.zeros((0, 3), np.int64)
        whole = strip[:-2] == strip[2:] if len(items) > 2 else np.zeros(0, bool)
        whole &= (three[:, 0] != three[:, 1]) & (three[:, 1] != three[:, 2]) & (three[:, 0] != three[:, 2])
        turned = np.where(odd[: len(three), None], three[:, [1, 0, 2]], three)[whole]
        return turned.ravel(), np.full(len(turned), -1), np.full(turned.size, -1)

    def _indices(self, table: PlyTable | None) -> PlyLists | None:
        if table is None or not table.element.count:
            return None
        names = [name for name in INDICES if name in table.lists] or [n for n in table.lists if n != "texcoord"]
        if not names:
            raise InputError(str(self._path), "its faces have no list of vertices (vertex_indices)", EXPECTED)
        return table.lists[names[0]]

    def _checked(self, items: NDArray[Any], count: int) -> Numbers:
        """Return indices as integers. Raises InputError for vertices that do not exist."""
        with np.errstate(all="ignore"):
            index = items.astype(np.int64)
        wrong = (index < 0) | (index >= count) | (index != items)
        if wrong.any():
            number = f"{float(items[wrong.argmax()]):.10g}"
            problem = f"a face uses vertex {number}, which does not exist (there are {count:,}, from 0)"
            raise InputError(str(self._path), problem, EXPECTED)
        return index

    def _uv(self, triangles: _PlyTriangles) -> tuple[Numbers, NDArray[np.float64]]:
        """Return each corner's texture coordinates: those of faces' corners, else those of vertices."""
        lists = self._face.lists.get("texcoord") if self._face is not None else None
        indices = self._indices(self._face)
        if lists is not None and indices is not None and len(lists.items) % 2 == 0:
            fits = lists.counts == 2 * indices.counts
            firsts = np.cumsum(indices.counts) - indices.counts
            shift = (np.cumsum(lists.counts) - lists.counts) // 2 - firsts
            face = triangles.face.repeat(3)
            inside = (face >= 0) & fits[face]
            return np.where(inside, triangles.corner + shift[face], -1), lists.items.astype(float).reshape(-1, 2)
        for names in COORDINATES:
            uvs = self._stacked(self._vertex, names)
            if uvs is not None:
                return triangles.place, uvs.astype(float)
        return np.full(len(triangles.place), -1), np.zeros((0, 2))

    def _looks(self, triangles: _PlyTriangles, has_uv: bool) -> tuple[Numbers, list[PartLook]]:
        """Return the look of each corner: without texture, or with the one that its face numbers."""
        none = np.zeros(len(triangles.place), np.int64)
        looks, each = [PartLook()], [0]
        for name in self._textures[:MAX_TEXTURES] if has_uv else []:
            picture = self._companions.picture(name)
            each.append(len(looks) if picture is not None else 0)
            looks += [PartLook(picture)] if picture is not None else []
        if len(looks) == 1:
            return none, looks
        number = self._face.columns.get("texnumber") if self._face is not None else None
        if number is None:
            return none + each[1], looks
        with np.errstate(all="ignore"):
            chosen = number.astype(np.int64)[triangles.face]
        chosen = np.where((triangles.face >= 0) & (chosen >= 0) & (chosen < len(each) - 1), chosen + 1, 0)
        return np.array(each)[chosen].repeat(3), looks

    def _colors(self, triangles: _PlyTriangles, look: Numbers) -> tuple[Numbers, NDArray[np.uint8]]:
        """Return each corner's color: white under a texture, else its vertex's, else its face's."""
        plain = look == 0
        for table, index in ((self._vertex, triangles.place), (self._face, triangles.face.repeat(3))):
            for names in COLORS:
                found = self._stacked(table, names)
                if table is not None and found is not None and len(found):
                    kinds = [p.kind for p in table.element.properties if p.name == names[0]]
                    return np.where(plain, index, -1), _color_bytes(found, kinds[0])
        return np.full(len(look), -1), np.zeros((0, 4), np.uint8)


def _color_bytes(values: NDArray[Any], kind: str) -> NDArray[np.uint8]:
    """Return colors of 8 bits: floats from 0 to 1 where they fit; integers by type, or as they are below 256."""
    with np.errstate(all="ignore"):
        numbers = np.nan_to_num(values.astype(float), nan=0.0)
    highest = float(numbers.max())
    if kind[0] == "f":
        top = 1.0 if highest <= 1 else 255.0
    else:
        top = 255.0 if highest < 256 else float(np.iinfo(np.dtype(kind)).max)
    colors = np.round(np.clip(numbers / top, 0, 1) * 255)
    return np.concatenate([colors, np.full((len(colors), 1), 255)], axis=1).astype(np.uint8)
