"""Reading of a whole OBJ file, with the MTL files and textures that it names, as one mesh."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from perturber.core.errors import InputError
from perturber.scene.files.companions import MAX_FILES, Companions, text_of
from perturber.scene.files.materials import describe_undefined, read_materials
from perturber.scene.files.obj.mtl import MtlMaterial, TextureMap, parse_materials
from perturber.scene.files.obj.obj_faces import Numbers, ObjFaces, read_faces
from perturber.scene.files.obj.obj_lines import ObjLines, ObjTable
from perturber.scene.files.polygons import describe_unclipped, triangulate
from perturber.scene.files.surface import FARTHEST, MAX_PARTS, MeshMaterial, Shape, Wrap
from perturber.scene.files.survey import EXPECTED, limit
from perturber.scene.files.welding import MeshCorners, PartLook, weld

MAX_MTL_LINES = 100_000
"""Lines of all MTL files of a mesh."""
WHITE = (1.0, 1.0, 1.0)


def load_obj(path: Path, keep_order: bool = False) -> Shape:
    """Load an OBJ file; faces of the same texture become one part.

    Raises InputError that names the file, the line and what was expected.
    """
    return _ObjLoader(path).shape(keep_order)


class _ObjLoader:
    """A file while it is read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._companions = Companions(path)
        self._notices: list[str] = []
        self._lines = ObjLines(path, path.read_bytes())
        faces = self._lines.numbers_of(b"f")
        limit(path, max(len(faces), int((self._lines.words[faces] - 3).clip(0).sum())))
        limit(path, 0, max(len(self._lines.numbers_of(key)) for key in (b"v", b"vt", b"vn")))

    def shape(self, keep_order: bool) -> Shape:
        vertices, uvs, normals = (self._lines.table(key) for key in (b"v", b"vt", b"vn"))
        faces = read_faces(self._lines)
        if not len(faces.counts):
            raise InputError(str(self._path), "the file has no triangles", EXPECTED)
        positions = vertices.columns(3)
        if np.abs(positions).max() > FARTHEST:
            raise InputError(str(self._path), "some coordinates are not finite numbers", EXPECTED)
        cut = triangulate(positions[faces.place], faces.counts)
        corners = cut.corners.ravel()
        if cut.unclipped:
            self._notices.append(describe_unclipped(cut.unclipped))
        self._notices += faces.missing
        material, materials = self._materials(faces)
        material = material[cut.polygon].repeat(3)
        place, uv, normal = faces.place[corners], faces.uv[corners], faces.normal[corners]
        look, looks = self._looks(material, materials, uv)
        color, colors = _colors(vertices, place, material, materials, np.array([bool(k.picture) for k in looks])[look])
        welded = weld(
            MeshCorners(positions, place, uv, uvs.columns(2), normal, normals.columns(3), color, colors, look, looks),
            keep_order,
        )
        return replace(welded, notices=self._all_notices())

    def _all_notices(self) -> tuple[str, ...]:
        name = self._path.name
        missing = [f"{name}: {problem}. The object is drawn without it." for problem in self._companions.problems]
        other = [f"{name}: {notice}." for notice in (*self._companions.remarks, *self._notices)]
        return tuple(dict.fromkeys([*missing, *other]))

    def _materials(self, faces: ObjFaces) -> tuple[Numbers, list[MtlMaterial]]:
        """Return the material of each face, by its number in a list, whose first is the one without a name."""
        named = list(self._lines.named())
        defined = self._libraries([name for key, _, name in named if key == b"mtllib"])
        uses = [(line, " ".join(name.split())) for key, line, name in named if key == b"usemtl"]
        numbers = {name: number for number, name in enumerate(dict.fromkeys(name for _, name in uses), 1)}
        if defined and (problem := describe_undefined(set(numbers), set(defined))):
            self._companions.report(problem)
        last = np.searchsorted(np.array([line for line, _ in uses], np.int64), faces.lines) - 1
        each = np.array([0, *(numbers[name] for _, name in uses)], np.int64)
        return each[last + 1], [MtlMaterial(), *(defined.get(name, MtlMaterial()) for name in numbers)]

    def _libraries(self, names: list[str]) -> dict[str, MtlMaterial]:
        """Return the materials of all MTL files. A line names one file, or several between spaces."""
        found: dict[str, MtlMaterial] = {}
        lines = 0
        for name in list(dict.fromkeys(names))[: MAX_FILES + 1]:
            whole = self._companions.exists(name) or len(name.split()) == 1
            for key in [name] if whole else name.split()[: MAX_FILES + 1]:
                try:
                    text = text_of(self._companions.get(key))
                except OSError:
                    continue
                lines += text.count("\n") + text.count("\r")
                if lines > MAX_MTL_LINES:
                    self._companions.report(f"its MTL files have more than {MAX_MTL_LINES:,} lines, and are left out")
                    return {}
                kept, _, problems = read_materials(text, key.replace("\\", "/").rsplit("/", 1)[-1])
                for problem in problems:
                    self._companions.report(problem)
                found |= parse_materials(kept)
        return found

    def _looks(self, material: Numbers, materials: list[MtlMaterial], uv: Numbers) -> tuple[Numbers, list[PartLook]]:
        """Return the look of each corner, by its number; faces with a corner without coordinates have no texture."""
        looks = [PartLook()]
        numbers: dict[tuple[TextureMap | None, float], int] = {(None, 1.0): 0}
        each, plain = np.zeros((2, len(materials)), np.int64)
        for number in np.unique(material):
            texture, opacity = materials[number].texture, materials[number].opacity
            for picture in (None, texture):
                if (picture, opacity) not in numbers:
                    plainest = numbers.get((None, opacity), 0)
                    numbers[picture, opacity] = self._add_look(picture, opacity, plainest, looks)
            plain[number], each[number] = numbers[None, opacity], numbers[texture, opacity]
            if opacity == 0:
                self._notices.append("some faces are invisible, since their material has the opacity 0 (d 0 or Tr 1)")
        if len(looks) > MAX_PARTS:
            raise InputError(str(self._path), f"the mesh has more than {MAX_PARTS} parts", EXPECTED)
        bare = (uv.reshape(-1, 3) < 0).any(axis=1).repeat(3)
        chosen = np.where(bare, plain[material], each[material])
        if (bare & (each[material] != plain[material])).any():
            self._notices.append("some faces have a texture but no texture coordinates, and are drawn without it")
        return chosen, looks

    def _add_look(self, texture: TextureMap | None, opacity: float, plain: int, looks: list[PartLook]) -> int:
        """Return the number of a new look; ``plain``, that without a texture, if the texture cannot be had."""
        surface = MeshMaterial() if opacity == 1 else MeshMaterial(opacity="blend", alpha=opacity)
        if texture is None:
            looks.append(PartLook(material=surface))
            return len(looks) - 1
        picture = self._companions.picture(texture.name)
        if picture is None:
            return plain
        if opacity < 1:  # a texture's own alpha is not its opacity
            picture = picture.convert("RGB").convert("RGBA")
        self._notices += (f"the texture option {option} is not drawn" for option in texture.ignored)
        edges: Wrap = "clamp" if texture.clamp else "repeat"
        surface = replace(surface, wrap=(edges, edges))
        looks.append(PartLook(_graded(picture, texture), surface, texture.scale, texture.shift))
        return len(looks) - 1


def _graded(picture: Image.Image, texture: TextureMap) -> Image.Image:
    """Return a texture with its colors multiplied and shifted as its options say; the alpha stays."""
    if (texture.base, texture.gain) == (0.0, 1.0):
        return picture
    values = np.clip(np.round(255 * texture.base + texture.gain * np.arange(256.0)), 0, 255).astype(int).tolist()
    return picture.point([*values, *values, *values, *range(256)])


def _colors(
    vertices: ObjTable, place: Numbers, material: Numbers, materials: list[MtlMaterial], textured: NDArray[np.bool_]
) -> tuple[Numbers, NDArray[np.uint8]]:
    """Return the color of each corner, by its number in a table.

    Textures stand alone, since exporters write meaningless colors beside them. A vertex's own color
    replaces its material's.
    """
    tints = {
        color: number for number, color in enumerate(dict.fromkeys([WHITE, *(m.color or WHITE for m in materials)]))
    }
    each = np.array([tints[m.color or WHITE] for m in materials], np.int64)
    color = np.where(textured, 0, each[material])
    table = np.round(255 * np.array(list(tints)))
    own = vertices.counts >= 6
    if own.any():
        color = np.where(own[place] & ~textured, place + len(table), color)
        table = np.concatenate([table, _vertex_colors(vertices)])
    opaque = np.full((len(table), 1), 255)
    return color, np.concatenate([table, opaque], axis=1).astype(np.uint8)


def _vertex_colors(vertices: ObjTable) -> NDArray[np.float64]:
    """Return V×3 colors of 0 to 255: the last three of six or seven numbers, as shares of 1 where they fit."""
    first = np.where(vertices.counts == 7, 4, 3)
    at = np.minimum((vertices.starts + first)[:, None] + np.arange(3), max(len(vertices.values) - 1, 0))
    colors = np.where((vertices.counts >= 6)[:, None], vertices.values[at], 0.0)
    return np.clip(np.round(colors * (255 if colors.max(initial=0) <= 1 else 1)), 0, 255)
