"""The picture of an unlit mesh by ray casting in NumPy: an independent reference for colors and transparency.

It is given what a file means, never the file: triangles in the scene's space, the coordinates at which the texture
is read (v down), linear colors. Nothing of the program is used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

Array = np.ndarray
MARGIN = 1.02
TALLEST = 1.5


@dataclass
class Flat:
    """Triangles (F×3 of V×3) of one material."""

    positions: Array
    faces: Array
    uv: Array | None = None
    colors: Array = field(default_factory=lambda: np.ones((1, 4)))
    """Linear base color × vertex color, V×4 or 1×4."""
    texture: Array | None = None
    wrap: tuple[str, str] = ("repeat", "repeat")
    mode: str = "OPAQUE"
    cutoff: float = 0.5


def decode(srgb: Array) -> Array:
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def encode(linear: Array) -> Array:
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)


WRAPS: dict[str, Callable[[Array], Array]] = {
    "repeat": lambda t: t - np.floor(t),
    "clamp": lambda t: t.clip(0, 1),
    "mirror": lambda t: np.where(np.floor(t) % 2 == 0, t - np.floor(t), 1 - (t - np.floor(t))),
}


def _read(texture: Array, uv: Array, wrap: tuple[str, str]) -> tuple[Array, Array]:
    """Return the texel at each of N×2 coordinates, its color decoded to linear, and a number that tells it apart."""
    height, width = texture.shape[:2]
    x = (WRAPS[wrap[0]](uv[:, 0]) * width).astype(int).clip(0, width - 1)
    y = (WRAPS[wrap[1]](uv[:, 1]) * height).astype(int).clip(0, height - 1)
    texel = texture[y, x] / 255
    return np.concatenate([decode(texel[:, :3]), texel[:, 3:]], axis=1), texture[y, x].astype(int) @ [
        1,
        256,
        1 << 16,
        1 << 24,
    ]


def _rays(surfaces: list[Flat], size: int, fov: float) -> tuple[Array, Array, float, Array]:
    """Return eye, directions (N×3), and the scale and shift that stand the object on the ground at its size."""
    everything = np.concatenate([s.positions[np.unique(s.faces)] for s in surfaces]).astype(float)
    low, high = everything.min(axis=0), everything.max(axis=0)
    scale = TALLEST / (high - low).max()
    foot = np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])
    placed = (everything - foot) * scale
    center = (placed.min(axis=0) + placed.max(axis=0)) / 2
    radius = np.linalg.norm(placed - center, axis=1).max()
    half = np.radians(fov) / 2
    eye = center + np.array([0, 0, MARGIN * radius / np.sin(half)])
    steps = ((np.arange(size) + 0.5) / size * 2 - 1) * np.tan(half)
    x, y = np.meshgrid(steps, -steps)
    return eye, np.stack([x, y, -np.ones_like(x)], axis=-1).reshape(-1, 3), scale, foot


def _hits(a: Array, b: Array, c: Array, eye: Array, rays: Array) -> tuple[Array, Array]:
    """Return N distances to a triangle (infinite beside it) and N×3 barycentric coordinates."""
    one, two = b - a, c - a
    across = np.cross(rays, two)
    det = across @ one
    with np.errstate(all="ignore"):
        u = (across @ (eye - a)) / det
        turned = np.cross(eye - a, one)
        v = (rays @ turned) / det
        away = (turned @ two) / det
        inside = (np.abs(det) > 1e-12) & (u >= -1e-9) & (v >= -1e-9) & (u + v <= 1 + 1e-9) & (away > 0)
    weights = np.stack([1 - u - v, u, v], axis=1)
    return np.where(inside, away, np.inf), np.where(inside[:, None], weights, 0)


def _shaded(surface: Flat, face: Array, weights: Array) -> tuple[Array, Array, Array]:
    """Return sRGB colors, alpha (0 for what MASK discards) and the texel's number at N places of a triangle."""
    colors = np.broadcast_to(surface.colors, (len(surface.positions), 4))
    linear = weights @ colors[face]
    texels = np.zeros(len(weights), int)
    if surface.texture is not None and surface.uv is not None:
        texture, texels = _read(surface.texture, weights @ surface.uv[face], surface.wrap)
        linear = linear * texture
    alpha = linear[:, 3]
    if surface.mode == "OPAQUE":
        alpha = np.ones_like(alpha)
    elif surface.mode == "MASK":
        alpha = (alpha >= surface.cutoff - 1e-6).astype(float)
    return encode(linear[:, :3].clip(0, 1)), alpha, texels


def flat_view(surfaces: list[Flat], behind: tuple[int, int, int], size: int, fov: float = 35.0) -> tuple[Array, Array]:
    """Return the picture (size×size×3 in 0 … 255) seen from the front, and a number for the texels at each pixel.

    Layers are drawn over each other from the farthest to the nearest. The second array tells regions apart and is 0
    beside the object.
    """
    eye, rays, scale, foot = _rays(surfaces, size, fov)
    away, colors, alphas, ids = [], [], [], []
    for number, surface in enumerate(surfaces, 1):
        points = (surface.positions.astype(float) - foot) * scale
        for face in surface.faces:
            distance, weights = _hits(*points[face], eye, rays)
            color, alpha, texels = _shaded(surface, face, weights)
            hit = np.isfinite(distance)
            away.append(distance)
            colors.append(color)
            alphas.append(np.where(hit, alpha, 0))
            ids.append(np.where(hit, number + len(surfaces) * (1 + texels), 0))
    distances, tints, opacities, labels = (np.array(each) for each in (away, colors, alphas, ids))
    order = np.argsort(-distances, axis=0, kind="stable")
    picture = np.tile(np.array(behind) / 255, (len(rays), 1))
    seen = np.zeros(len(rays), int)
    rows = np.arange(len(rays))
    done: Array = np.full(len(rays), -1.0)
    for layer in order:
        distance = distances[layer, rows]
        with np.errstate(invalid="ignore"):  # infinite beside all triangles
            again = np.abs(distance - done) < 1e-9  # a shared edge is hit twice
        alpha = np.where(again, 0, opacities[layer, rows])
        picture += alpha[:, None] * (tints[layer, rows] - picture)
        label = labels[layer, rows]
        seen = np.where(again | (label == 0), seen, (seen * 31 + label) % (1 << 40))
        done = np.where(np.isfinite(distance), distance, done)
    return picture.reshape(size, size, 3) * 255, seen.reshape(size, size)


def is_even(picture: Array, seen: Array, reach: int = 3, most: float = 12.0) -> Array:
    """Return which pixels lie away from edges: one region, and little change of color, within ``reach``."""
    size = len(seen)
    even = np.ones((size, size), bool)
    low = high = picture
    for axis in (0, 1):
        shifted = [np.roll(low, step, axis) for step in range(-reach, reach + 1)]
        tops = [np.roll(high, step, axis) for step in range(-reach, reach + 1)]
        low, high = np.min(shifted, axis=0), np.max(tops, axis=0)
    for down in (-reach, 0, reach):
        for right in (-reach, 0, reach):
            even &= np.roll(seen, (down, right), (0, 1)) == seen
    even &= (high - low).max(axis=2) <= most
    even[:reach] = even[-reach:] = even[:, :reach] = even[:, -reach:] = False
    return even
