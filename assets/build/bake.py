"""Baking of surfaces into textures: points of texels, ambient occlusion, padding."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from assets.build.geometry import Floats, Ints, Mask, Shapes, face_normals, unit

SLACK = 0.9
"""Distance outside a triangle, in texels, up to which a texel takes its nearest point; hides seams."""


@dataclass(frozen=True, eq=False)
class Surface:
    """Points of a surface to be painted: N × 3 positions and normals, N occlusions, N part numbers."""

    points: Floats
    normals: Floats
    occlusion: Floats
    part: Ints
    names: tuple[str, ...]

    def on(self, *prefixes: str) -> Mask:
        """Return the mask of points on parts whose name starts with one of the prefixes."""
        chosen = [i for i, name in enumerate(self.names) if name.startswith(prefixes)]
        return np.isin(self.part, chosen)


@dataclass(frozen=True, eq=False)
class Atlas:
    """The texels that a mesh covers: flat texel index, face and barycentric coordinates of each."""

    shapes: Shapes
    size: int
    texel: Ints
    face: Ints
    bary: Floats

    @classmethod
    def of(cls, shapes: Shapes, size: int) -> Atlas:
        """Rasterize the texture coordinates into size × size texels, row 0 at v = 1."""
        corners = np.stack([shapes.uv[:, 0], 1 - shapes.uv[:, 1]], -1)[shapes.faces] * size - 0.5
        best = np.full((size, size), -SLACK)
        owner = np.full((size, size), -1)
        weights = np.zeros((size, size, 3))
        for number, triangle in enumerate(corners):
            _claim(triangle, number, best, owner, weights)
        texel = np.flatnonzero(owner.ravel() >= 0)
        bary = np.clip(weights.reshape(-1, 3)[texel], 0, 1)
        return cls(shapes, size, texel, owner.ravel()[texel], bary / bary.sum(1, keepdims=True))

    @cached_property
    def vertices(self) -> Ints:
        return self.shapes.faces[self.face]

    def spread(self, values: Floats) -> Floats:
        """Interpolate values per vertex (V × k) at the texels."""
        return np.asarray(np.einsum("nk,nkc->nc", self.bary, values[self.vertices]))

    def surface(self, end: int) -> Surface:
        """Return the points of one end, with baked ambient occlusion."""
        vertices, normals = self.shapes.ends[end], self.shapes.normals[end]
        shade = occlusion(vertices, normals, self.shapes.faces)
        return Surface(
            self.spread(vertices),
            unit(self.spread(normals)),
            self.spread(shade[:, None])[:, 0],
            self.shapes.part[self.face],
            self.shapes.names,
        )

    def image(self, colors: Floats) -> Floats:
        """Return texel colors (N × channels) as a size × size picture without holes."""
        picture = np.zeros((self.size * self.size, colors.shape[1]))
        picture[self.texel] = colors
        covered = np.zeros(self.size * self.size)
        covered[self.texel] = 1
        shape = (self.size, self.size)
        return fill(picture.reshape(*shape, -1), covered.reshape(shape))


def _claim(triangle: Floats, number: int, best: Floats, owner: Ints, weights: Floats) -> None:
    """Assign a triangle the texels that lie deeper in it than in earlier ones."""
    size = len(best)
    low = np.clip(np.floor(triangle.min(0) - SLACK).astype(int), 0, size - 1)
    high = np.clip(np.ceil(triangle.max(0) + SLACK).astype(int), 0, size - 1) + 1
    a, b, c = triangle
    area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    if abs(area) < 1e-9:
        return
    x = np.arange(low[0], high[0])[None, :]
    y = np.arange(low[1], high[1])[:, None]
    shares, depth = [], np.full((len(y), x.shape[1]), np.inf)
    for p, q in ((b, c), (c, a), (a, b)):
        share = ((q[0] - p[0]) * (y - p[1]) - (q[1] - p[1]) * (x - p[0])) / area
        shares.append(share)
        depth = np.minimum(depth, share * abs(area) / max(float(np.hypot(*(q - p))), 1e-9))
    window = np.s_[low[1] : high[1], low[0] : high[0]]
    won = depth > best[window]
    best[window][won] = depth[won]
    owner[window][won] = number
    weights[window][won] = np.stack(shares, -1)[won]


def fill(picture: Floats, covered: Floats) -> Floats:
    """Fill the uncovered texels (covered = 0) from ever coarser averages of the covered ones.

    Every mip level of the result is then a mean of painted texels only.
    """
    if len(picture) == 1 or covered.all():
        return picture
    half = picture.shape[0] // 2
    blocks = covered.reshape(half, 2, half, 2)
    weight = blocks.sum((1, 3))
    summed = (picture * covered[..., None]).reshape(half, 2, half, 2, -1).sum((1, 3))
    coarse = fill(summed / np.maximum(weight, 1)[..., None], (weight > 0).astype(float))
    grown = coarse.repeat(2, 0).repeat(2, 1)
    return np.where(covered[..., None] > 0, picture, grown)


def occlusion(vertices: Floats, normals: Floats, faces: Ints, directions: int = 80, cells: int = 160) -> Floats:
    """Return the share of the sky visible from each vertex (V values in 0 … 1), by depth maps from many directions."""
    rng = np.random.default_rng(0)
    area = np.linalg.norm(face_normals(vertices, faces), axis=1)
    chosen = rng.choice(len(faces), 250_000, p=area / area.sum())
    samples = np.einsum("nk,nkc->nc", rng.dirichlet([1, 1, 1], len(chosen)), vertices[faces[chosen]])
    radius = float(np.linalg.norm(np.ptp(vertices, axis=0))) / 2
    center = (vertices.min(0) + vertices.max(0)) / 2
    seen, total = np.zeros(len(vertices)), np.full(len(vertices), 1e-6)
    for i in range(directions):
        height = 1 - 1.35 * (i + 0.5) / directions
        turn = i * 2.399963
        flat = np.sqrt(1 - height**2)
        direction = np.array([np.cos(turn) * flat, height, np.sin(turn) * flat])
        right = unit(np.cross(direction, [0.31, 0.2, 0.93]))
        frame = np.stack([right, np.cross(right, direction), direction]).T
        step = 2.02 * radius / cells

        def place(points: Floats, frame: Floats = frame, step: float = step) -> tuple[Ints, Floats]:
            local = (points - center) @ frame
            column, row = (np.clip((local[:, k] / step + cells / 2).astype(int), 0, cells - 1) for k in (0, 1))
            return row * cells + column, local[:, 2]

        depth = np.full(cells * cells, -np.inf)
        np.maximum.at(depth, *place(samples))
        cell, along = place(vertices + normals * step)
        facing = np.maximum(normals @ direction, 0) * (1.0 if height > 0 else 0.4)
        seen += facing * (along > depth[cell] - 1.5 * step)
        total += facing
    return np.asarray(np.clip((seen + 2e-7) / total, 0, 1))
