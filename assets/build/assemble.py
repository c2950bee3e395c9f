"""Conversion of welded corresponding meshes to `Shapes`: creases, and one vertex per distinct corner."""

from __future__ import annotations

import numpy as np

from assets.build.geometry import Floats, Ints, Shapes, crease_normals


def assemble(
    ends: tuple[Floats, Floats],
    faces: Ints,
    uv: Floats,
    part: Ints,
    names: tuple[str, ...],
    *,
    crease: float = 40.0,
) -> Shapes:
    """Assemble the shapes of two welded meshes with texture coordinates per corner (faces × 3 × 2).

    Edges sharper than ``crease`` degrees get separate normals, for each end independently; identical
    corners become one vertex.
    """
    normals = [crease_normals(v, faces, crease) for v in ends]
    corner = faces.ravel()
    keys = np.concatenate([corner[:, None], uv.reshape(-1, 2) * 1e5, normals[0] * 500, normals[1] * 500], 1)
    _, first, index = np.unique(np.round(keys).astype(np.int64), axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    kept = first[order]
    return Shapes(
        ends=(ends[0][corner[kept]], ends[1][corner[kept]]),
        normals=(normals[0][kept], normals[1][kept]),
        uv=uv.reshape(-1, 2)[kept],
        faces=rank[index.ravel()].reshape(-1, 3),
        part=part,
        names=names,
    )
