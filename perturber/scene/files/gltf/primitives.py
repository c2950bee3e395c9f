"""The triangles of a glTF primitive, with their attributes as numbers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perturber.scene.files.gltf.accessors import GltfAccessors
from perturber.scene.files.gltf.entries import GltfEntry
from perturber.scene.files.gltf.extensions import DRACO, refusal_of
from perturber.scene.files.survey import limit
from perturber.scene.files.triangles import compact

TRIANGLES, STRIP, FAN = 4, 5, 6
MAX_UV_SETS = 8
Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class GltfPrimitive:
    """V×3 positions and normals, F×3 faces, V×2 coordinates by set (v down), V×4 linear colors if any."""

    positions: Numbers
    faces: NDArray[np.int32]
    normals: Numbers | None = None
    colors: Numbers | None = None
    uv: dict[int, Numbers] = field(default_factory=dict)
    skin: tuple[NDArray[np.int64], Numbers] | None = None
    """V×4K joints and their weights."""

    def with_vertices(self, chosen: NDArray[np.integer], faces: NDArray[np.int32]) -> GltfPrimitive:
        """Return the primitive with only (or repeatedly) the chosen vertices."""
        return replace(
            self,
            positions=self.positions[chosen],
            faces=faces,
            normals=None if self.normals is None else self.normals[chosen],
            colors=None if self.colors is None else self.colors[chosen],
            uv={number: uv[chosen] for number, uv in self.uv.items()},
            skin=None if self.skin is None else (self.skin[0][chosen], self.skin[1][chosen]),
        )


def count_faces(primitive: GltfEntry, accessors: GltfAccessors) -> int:
    """Return the stated number of triangles, without reading any; 0 for points and lines."""
    mode = primitive.integer("mode", TRIANGLES, high=FAN)
    key = primitive if primitive.has("indices") else primitive.child("attributes")
    name = "indices" if primitive.has("indices") else "POSITION"
    if mode < TRIANGLES or not primitive.child("attributes").has("POSITION"):
        return 0
    corners = accessors.count(key.integer(name))
    return corners // 3 if mode == TRIANGLES else max(corners - 2, 0)


def read_primitive(root: GltfEntry, entry: GltfEntry, accessors: GltfAccessors, weights: Numbers) -> GltfPrimitive:
    """Read the triangles of a primitive, deformed by its morph targets. Raises InputError that names it."""
    attributes = entry.child("attributes")
    position = attributes.integer("POSITION")
    if entry.extension(DRACO) is not None and not accessors.has_data(position):
        raise refusal_of(root, DRACO)
    limit(Path(root.file), count_faces(entry, accessors), accessors.count(position))
    positions = accessors.floats(position, "VEC3")
    made = GltfPrimitive(
        positions,
        _faces(entry, accessors, len(positions)),
        _attribute(attributes, "NORMAL", accessors, len(positions), "VEC3"),
        _colors(attributes, accessors, len(positions)),
        _uv_sets(attributes, accessors, len(positions)),
        _skin(attributes, accessors, len(positions)),
    )
    made = _morphed(entry, accessors, made, weights)
    return made.with_vertices(*compact(len(positions), made.faces)) if made.normals is not None else _flat(made)


def _flat(made: GltfPrimitive) -> GltfPrimitive:
    """Return the primitive with a normal for each face, as the format asks where a file has none."""
    corners = made.faces.ravel()
    loose = made.with_vertices(corners, np.arange(len(corners), dtype=np.int32).reshape(-1, 3))
    a, b, c = np.moveaxis(loose.positions.reshape(-1, 3, 3), 1, 0)
    return replace(loose, normals=np.cross(b - a, c - a).repeat(3, axis=0))


def _faces(entry: GltfEntry, accessors: GltfAccessors, vertices: int) -> NDArray[np.int32]:
    """Return F×3 vertex numbers of triangles, a strip or a fan."""
    if entry.has("indices"):
        corners = accessors.whole(entry.integer("indices"))[:, 0]
        if int(corners.max(initial=0)) >= vertices:
            raise entry.refusal("some faces use vertices that do not exist", f"indices below {vertices}")
    else:
        corners = np.arange(vertices)
    mode = entry.integer("mode", TRIANGLES, high=FAN)
    if mode == TRIANGLES:
        faces = corners[: len(corners) // 3 * 3].reshape(-1, 3)
    elif mode == STRIP:  # every second triangle turns the other way
        faces = np.stack([corners[:-2], corners[1:-1], corners[2:]], axis=1)
        faces[1::2] = faces[1::2][:, [1, 0, 2]]
    else:
        faces = np.stack([corners[1:-1], corners[2:], np.full(len(corners) - 2, corners[0])], axis=1)
    return faces.astype(np.int32)


def _attribute(entry: GltfEntry, name: str, accessors: GltfAccessors, vertices: int, *kinds: str) -> Numbers | None:
    """Return an attribute's values for all vertices; None where a primitive has none.

    Integer colors are fractions even where a file forgets to say so: nothing else is allowed.
    """
    if not entry.has(name):
        return None
    values = accessors.floats(entry.integer(name), *kinds, fractions=name.startswith("COLOR"))
    if len(values) != vertices:
        raise entry.refusal(f"{name} has {len(values):,} elements", f"{vertices:,}, one for each vertex")
    return values


def _colors(attributes: GltfEntry, accessors: GltfAccessors, vertices: int) -> Numbers | None:
    """Return linear colors with alpha in 0 … 1."""
    found = _attribute(attributes, "COLOR_0", accessors, vertices, "VEC3", "VEC4")
    if found is None:
        return None
    colors = np.ones((vertices, 4))
    colors[:, : found.shape[1]] = np.nan_to_num(found, nan=1.0).clip(0, 1)
    return colors


def _uv_sets(attributes: GltfEntry, accessors: GltfAccessors, vertices: int) -> dict[int, Numbers]:
    """Return all texture coordinates by the number of their set."""
    sets = ((number, f"TEXCOORD_{number}") for number in range(MAX_UV_SETS))
    found = {number: _attribute(attributes, name, accessors, vertices, "VEC2") for number, name in sets}
    return {number: np.nan_to_num(uv, posinf=0, neginf=0) for number, uv in found.items() if uv is not None}


def _skin(attributes: GltfEntry, accessors: GltfAccessors, vertices: int) -> tuple[NDArray[np.int64], Numbers] | None:
    """Return the joints and weights of all sets side by side."""
    joints: list[NDArray[np.int64]] = []
    weights: list[Numbers] = []
    while attributes.has(f"JOINTS_{len(joints)}") and attributes.has(f"WEIGHTS_{len(joints)}") and len(joints) < 4:
        name = f"WEIGHTS_{len(joints)}"
        found = _attribute(attributes, name, accessors, vertices, "VEC4")
        joint = accessors.whole(attributes.integer(f"JOINTS_{len(joints)}"))
        if found is None or joint.shape != found.shape:
            raise attributes.refusal(f"JOINTS_{len(joints)} and {name} differ in size", "four for each vertex")
        joints.append(joint)
        weights.append(found)
    return (np.concatenate(joints, axis=1), np.concatenate(weights, axis=1)) if joints else None


def _morphed(entry: GltfEntry, accessors: GltfAccessors, made: GltfPrimitive, weights: Numbers) -> GltfPrimitive:
    """Return the primitive with the displacements of its morph targets added."""
    positions, normals = made.positions, made.normals
    for index, weight in enumerate(weights[: entry.count("targets")]):
        target = entry.item("targets", index)
        moved = _attribute(target, "POSITION", accessors, len(positions), "VEC3") if weight else None
        turned = _attribute(target, "NORMAL", accessors, len(positions), "VEC3") if weight else None
        positions = positions if moved is None else positions + weight * moved
        normals = normals if turned is None or normals is None else normals + weight * turned
    return replace(made, positions=positions, normals=normals)
