"""Skinned meshes of a glTF file in their resting pose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from perturber.scene.files.gltf.accessors import GltfAccessors
from perturber.scene.files.gltf.entries import GltfEntry
from perturber.scene.files.gltf.gltf_nodes import GltfNodes, Matrices
from perturber.scene.files.gltf.primitives import GltfPrimitive

MAX_JOINTS = 4096


def joint_transforms(root: GltfEntry, skin: int, nodes: GltfNodes, accessors: GltfAccessors) -> Matrices:
    """Return J×4×4 transforms from the mesh's space to the scene's. Raises InputError for wrong joints."""
    entry = root.item("skins", skin)
    joints = entry.indices("joints")
    if not 0 < len(joints) <= MAX_JOINTS:
        raise entry.refusal(f"it has {len(joints) or 'no'} joints", f"1 to {MAX_JOINTS:,}")
    made = np.stack([nodes.transform(joint) for joint in joints])
    if not entry.has("inverseBindMatrices"):
        return made
    inverse = accessors.floats(entry.integer("inverseBindMatrices"), "MAT4")
    if len(inverse) < len(joints):
        raise entry.refusal(f"it has {len(inverse)} inverseBindMatrices", f"{len(joints)}, one for each joint")
    return np.asarray(made @ inverse[: len(joints)].reshape(-1, 4, 4).transpose(0, 2, 1))


def pose(made: GltfPrimitive, joints: Matrices, skin: GltfEntry) -> GltfPrimitive:
    """Return the primitive with positions and normals moved by its joints, in the scene's space."""
    if made.skin is None or made.normals is None:
        return made
    numbers, weights = made.skin
    if int(numbers.max(initial=0)) >= len(joints):
        raise skin.refusal(f"joint {int(numbers.max())} does not exist", f"joints below {len(joints)}")
    weights = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
    blended = np.zeros((len(weights), 3, 4))
    for column in range(weights.shape[1]):
        blended += weights[:, column, None, None] * joints[numbers[:, column], :3]
    positions = np.einsum("vij,vj->vi", blended[..., :3], made.positions) + blended[..., 3]
    normals = np.einsum("vij,vj->vi", blended[..., :3], made.normals)
    return replace(made, positions=positions, normals=normals)
