"""Texture coordinates for any mesh, by xatlas (Young, J.: xatlas, after Ignacio Castaño's thekla_atlas)."""

from __future__ import annotations

import numpy as np
import xatlas  # type: ignore[import-not-found]

from assets.build.geometry import Floats, Ints, face_normals

GUTTER = 4
"""Texels between charts."""


def chart(vertices: Floats, faces: Ints, size: int) -> Floats:
    """Return texture coordinates per corner (faces × 3 × 2) by xatlas, packed into size × size texels."""
    atlas = xatlas.Atlas()
    atlas.add_mesh(vertices.astype(np.float32), faces.astype(np.uint32))
    charts = xatlas.ChartOptions()
    charts.max_iterations = 2
    pack = xatlas.PackOptions()
    pack.resolution = size
    pack.padding = GUTTER
    pack.bilinear = True
    _fit(atlas, charts, pack, float(np.linalg.norm(face_normals(vertices, faces), axis=1).sum()) / 2)
    _, index, uv = atlas[0]
    return np.asarray(uv, float)[np.asarray(index, np.int64)]


def _fit(atlas: xatlas.Atlas, charts: xatlas.ChartOptions, pack: xatlas.PackOptions, area: float) -> None:
    """Choose the largest texel density at which everything fits on one page."""
    density = pack.resolution * np.sqrt(0.85 / area)
    for _ in range(30):
        pack.texels_per_unit = float(density)
        atlas.generate(charts, pack)
        if atlas.atlas_count == 1 and max(atlas.width, atlas.height) <= pack.resolution:
            return
        density *= 0.96
    raise RuntimeError("the charts do not fit on one page")
