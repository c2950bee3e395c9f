"""Reading of a whole glTF or GLB file as one mesh, by the specification of glTF 2.0."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from perturber.core.errors import InputError
from perturber.scene.files.companions import Companions
from perturber.scene.files.gltf.accessors import GltfAccessors
from perturber.scene.files.gltf.buffers import GltfBuffers
from perturber.scene.files.gltf.container import read_description
from perturber.scene.files.gltf.entries import GltfEntry
from perturber.scene.files.gltf.extensions import check_extensions
from perturber.scene.files.gltf.gltf_colors import color_bytes
from perturber.scene.files.gltf.gltf_materials import GltfMaterial, read_material
from perturber.scene.files.gltf.gltf_nodes import GltfNodes, Matrices, PlacedMesh
from perturber.scene.files.gltf.gltf_textures import GltfTextures
from perturber.scene.files.gltf.primitives import GltfPrimitive, count_faces, read_primitive
from perturber.scene.files.gltf.skins import joint_transforms, pose
from perturber.scene.files.image import reduce_together
from perturber.scene.files.surface import FARTHEST, MAX_PARTS, Floats, MeshMaterial, MeshPart, Opacity, Shape, unit
from perturber.scene.files.survey import EXPECTED, limit

MAX_USES = 4_000
"""Largest number of different primitives; copies of them count as faces only."""

MAX_EFFORT = 100_000_000
"""Elements of accessors that are read for all primitives together; a primitive can use few of a large accessor."""
JOINT_EFFORT = 50
"""How many elements take as long as a joint."""


def load_gltf(path: Path) -> Shape:
    """Load the default scene of a glTF or GLB file; parts of the same material become one.

    Raises InputError that names the file, the place in it and what was expected.
    """
    try:
        with np.errstate(all="ignore"):  # values that are not finite are refused or replaced
            return _GltfLoader(path).shape()
    except OSError as error:
        raise InputError(str(path), error.strerror or str(error), EXPECTED) from None


@dataclass(frozen=True, eq=False)
class _GltfPiece:
    """One primitive at all its places."""

    positions: NDArray[np.float64]
    normals: Floats
    uv: Floats
    colors: NDArray[np.uint8]
    faces: NDArray[np.int32]
    picture: Image.Image | None
    material: MeshMaterial


class _GltfLoader:
    """A file while it is read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._companions = Companions(path)
        self._root, chunk = read_description(path)
        self._ignored = check_extensions(self._root)
        buffers = GltfBuffers(self._root, chunk, self._companions)
        self._accessors = GltfAccessors(self._root, buffers)
        self._textures = GltfTextures(self._root, buffers, self._companions)
        self._nodes = GltfNodes(self._root)
        self._materials: dict[int, GltfMaterial] = {}
        self._problems: list[str] = []

    def shape(self) -> Shape:
        pieces = list(self._pieces())
        if not pieces:
            raise InputError(self._root.file, "the file has no triangles", EXPECTED)
        return replace(_joined(self._root, pieces), notices=tuple(dict.fromkeys(self._notices())))

    def _notices(self) -> Iterator[str]:
        name = self._path.name
        for problem in self._companions.problems:
            yield f"{name}: {problem}. The object is drawn without it."
        for problem in (*self._companions.remarks, *self._textures.problems, *self._problems):
            yield f"{name}: {problem}."
        if self._ignored:
            shown = ", ".join(extension[:60] if extension.isprintable() else "…" for extension in self._ignored[:5])
            more = f" and {len(self._ignored) - 5} more" if len(self._ignored) > 5 else ""
            yield f"{name}: the object is drawn without {shown}{more}, so it can look different."

    def _pieces(self) -> Iterator[_GltfPiece]:
        for placed, mesh, entry in list(self._uses()):  # all are counted before the first is read
            weights = _morph_weights(placed.node, mesh)
            yield self._piece(placed, read_primitive(self._root, entry, self._accessors, weights), entry)

    def _uses(self) -> Iterator[tuple[PlacedMesh, GltfEntry, GltfEntry]]:
        """Yield every primitive with triangles, its mesh and its places. Raises InputError when they are too many."""
        faces = uses = effort = 0
        for placed in self._together():
            mesh = self._root.item("meshes", placed.mesh)
            for number in range(mesh.count("primitives")):
                entry = mesh.item("primitives", number)
                count = count_faces(entry, self._accessors)
                if not count:
                    continue
                faces, uses = faces + count * len(placed.transforms), uses + 1
                limit(self._path, faces)
                effort += self._effort(placed, entry)
                if effort > MAX_EFFORT:
                    problem = "its primitives refer to the same data too often"
                    raise InputError(self._root.file, problem, f"at most {MAX_EFFORT:,} elements to read")
                if uses > MAX_USES:
                    raise InputError(self._root.file, f"the scene has more than {MAX_USES:,} objects", EXPECTED)
                yield placed, mesh, entry

    def _effort(self, placed: PlacedMesh, entry: GltfEntry) -> int:
        """Return how many elements are read for a primitive, with its morph targets and joints."""
        attributes = entry.child("attributes")
        columns = len(attributes.values) + 2 * entry.count("targets")
        joints = 0
        if placed.node.has("skin"):
            joints = self._root.item("skins", placed.node.integer("skin")).count("joints")
        vertices = self._accessors.count(attributes.integer("POSITION"))
        limit(self._path, 0, vertices)
        return vertices * columns + JOINT_EFFORT * joints

    def _together(self) -> Iterator[PlacedMesh]:
        """Yield the scene's meshes; what shows the same in several places comes once, with all its transforms."""
        same: dict[tuple[Any, ...], list[PlacedMesh]] = {}
        for placed in self._nodes.placed(self._accessors):
            weights = placed.node.values.get("weights")
            key = placed.mesh, placed.node.values.get("skin"), None if weights is None else repr(weights)
            same.setdefault(key, []).append(placed)
        for each in same.values():
            yield replace(each[0], transforms=np.concatenate([placed.transforms for placed in each]))

    def _piece(self, placed: PlacedMesh, made: GltfPrimitive, entry: GltfEntry) -> _GltfPiece:
        transforms = placed.transforms
        if made.skin is not None and placed.node.has("skin"):  # where its nodes stand is of no effect
            skin = placed.node.integer("skin")
            joints = joint_transforms(self._root, skin, self._nodes, self._accessors)
            made, transforms = pose(made, joints, self._root.item("skins", skin)), np.eye(4)[None]
        material = self._material(entry, made)
        copies = len(transforms)
        colors, linear = _colors(made, material)
        surface = replace(material.surface, linear=linear, opacity=_opacity(material, colors))
        if surface.opacity == "opaque":
            surface = replace(surface, alpha=1.0, cutoff=0.5)
        return _GltfPiece(
            _positions(made, transforms, self._root),
            _normals(made, transforms),
            np.tile(_uv(made, material), (copies, 1)),
            np.tile(colors, (copies, 1)),
            _faces(made, transforms),
            material.picture,
            surface if material.picture is not None else replace(surface, wrap=("repeat", "repeat"), smooth=True),
        )

    def _material(self, entry: GltfEntry, made: GltfPrimitive) -> GltfMaterial:
        """Return a primitive's material; without its texture where the coordinates for it are missing."""
        if not entry.has("material"):
            return GltfMaterial()
        index = entry.integer("material")
        if index not in self._materials:
            self._materials[index] = read_material(self._root, index, self._textures)
            if self._materials[index].glows:
                self._problems.append("the light that its materials emit (emissiveFactor) is not drawn")
        material = self._materials[index]
        if material.picture is None or material.uv_set in made.uv:
            return material
        self._problems.append(f"a texture is left out: its coordinates (TEXCOORD_{material.uv_set}) are missing")
        return material.without_picture()


def _morph_weights(node: GltfEntry, mesh: GltfEntry) -> NDArray[np.float64]:
    """Return the weights of the morph targets: the node's, else the mesh's."""
    owner = node if node.has("weights") else mesh
    return np.array(owner.numbers("weights", (0.0,) * owner.count("weights")))


def _positions(made: GltfPrimitive, transforms: Matrices, root: GltfEntry) -> NDArray[np.float64]:
    placed = made.positions @ transforms[:, :3, :3].transpose(0, 2, 1) + transforms[:, None, :3, 3]
    if not np.isfinite(placed).all() or np.abs(placed).max() > FARTHEST:
        raise InputError(root.file, "some coordinates are not finite numbers", EXPECTED)
    return np.asarray(placed.reshape(-1, 3))


def _normals(made: GltfPrimitive, transforms: Matrices) -> Floats:
    """Return the normals of all copies, by the cofactors of their transforms, which singular ones have, too."""
    assert made.normals is not None
    axes = transforms[:, :3, :3]
    axes = axes / np.maximum(np.abs(axes).max(axis=(1, 2), keepdims=True), 1e-300)
    one, two, three = np.moveaxis(axes, 2, 0)
    cofactors = np.stack([np.cross(two, three), np.cross(three, one), np.cross(one, two)], axis=1)
    sides = np.where(_mirrored(transforms), -1.0, 1.0)[:, None, None]
    return unit((made.normals @ (cofactors * sides)).reshape(-1, 3))


def _mirrored(transforms: Matrices) -> NDArray[np.bool_]:
    return np.asarray(np.linalg.det(transforms[:, :3, :3]) < 0)


def _faces(made: GltfPrimitive, transforms: Matrices) -> NDArray[np.int32]:
    """Return the faces of all copies; those of mirrored ones turn the other way."""
    starts = np.arange(len(transforms))[:, None, None] * len(made.positions)
    each = np.where(_mirrored(transforms)[:, None, None], made.faces[:, [0, 2, 1]][None], made.faces[None])
    return np.asarray((each + starts).reshape(-1, 3), np.int32)


def _uv(made: GltfPrimitive, material: GltfMaterial) -> Floats:
    """Return texture coordinates with v up; without a texture the first, for one that the user opens."""
    uv = made.uv.get(material.uv_set if material.picture is not None else 0)
    if uv is None:
        return np.zeros((len(made.positions), 2), np.float32)
    if material.transform is not None:
        uv = np.nan_to_num(material.transform.apply(uv), posinf=0, neginf=0)
    return np.stack([uv[:, 0], 1 - uv[:, 1]], axis=1).astype(np.float32)


def _colors(made: GltfPrimitive, material: GltfMaterial) -> tuple[NDArray[np.uint8], bool]:
    """Return base color × vertex color as sRGB (alpha: of the vertex), and whether it takes linear light to apply.

    Multiplying by white, or by one color in place of a texture, is the same in both.
    """
    linear = np.ones((len(made.positions), 4)) if made.colors is None else made.colors.copy()
    linear[:, :3] *= material.factor[:3]
    colors = color_bytes(linear)
    varies = bool((colors[:, :3] != colors[0, :3]).any())
    return colors, varies or (material.picture is not None and bool((colors[:, :3] != 255).any()))


def _opacity(material: GltfMaterial, colors: NDArray[np.uint8]) -> Opacity:
    """Return the material's transparency; opaque where nothing of it is transparent."""
    surface = material.surface
    least = material.least_alpha * int(colors[:, 3].min()) / 255
    return "opaque" if least >= max(surface.cutoff, 1) else surface.opacity


def _joined(root: GltfEntry, pieces: list[_GltfPiece]) -> Shape:
    """Return one shape with a part for each texture and material."""
    groups: dict[tuple[int, MeshMaterial], list[_GltfPiece]] = {}
    for piece in pieces:
        groups.setdefault((id(piece.picture), piece.material), []).append(piece)
    if len(groups) > MAX_PARTS:
        raise InputError(root.file, f"the mesh has more than {MAX_PARTS} materials", EXPECTED)
    pictures = {id(piece.picture): piece.picture for piece in pieces if piece.picture is not None}
    small = dict(zip(pictures, reduce_together(list(pictures.values())), strict=True))
    ordered = [piece for group in groups.values() for piece in group]
    starts = np.cumsum([0, *(len(piece.positions) for piece in ordered)])
    parts, first = [], 0
    for (picture, material), group in groups.items():
        count = sum(len(piece.faces) for piece in group)
        parts.append(MeshPart(first, count, small.get(picture), material))
        first += count
    return Shape(
        np.concatenate([piece.positions for piece in ordered]),
        np.concatenate([piece.normals for piece in ordered]),
        np.concatenate([piece.uv for piece in ordered]),
        np.concatenate([piece.colors for piece in ordered]),
        np.concatenate([piece.faces + int(start) for piece, start in zip(ordered, starts, strict=False)]),
        tuple(parts),
    )
