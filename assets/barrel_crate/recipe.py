"""Barrel and crate: staves and hoops become planks and frames."""

from __future__ import annotations

import numpy as np

from assets.build.bake import Surface
from assets.build.files import End, Pair
from assets.build.geometry import Floats, Ints, Shapes
from assets.build.lathe import Patch, Ring, lathe
from assets.build.noise import fbm, mix, ramp, rgb, value_noise

PAIR = Pair(
    "barrel_crate",
    "Barrel ⇄ Crate",
    "Crateness",
    "street",
    (End("barrel", "Barrel", ("n02795169",)), End("crate", "Crate", ("n03127925",))),
)
HOOPS = (0.03, 0.14, 0.25, 0.36, 0.86, 0.97, 1.08, 1.19)
"""Lower and upper edges of the barrel's four hoops."""
TOP = 1.22
LEVELS = (64, 64, 64, 8)
EXTENT = 1.4


def _bulge(height: float) -> float:
    return 0.40 + 0.11 * float(np.sin(np.pi * np.clip(height / TOP, 0, 1)))


def _side() -> tuple[list[Ring], list[Ring]]:
    barrel: list[Ring] = [(0.0, 0.385, 2, 0), (0.0, 0.398, 2, 0)]
    crate: list[Ring] = [(0.0, 0.47, 40, 0), (0.0, 0.49, 40, 0)]
    rails = ((0.0, 0.19), (0.197, 0.203), (0.797, 0.803), (0.81, 1.0))
    for low, high, rail in zip(HOOPS[::2], HOOPS[1::2], rails, strict=True):
        thick = rail[1] - rail[0] > 0.1
        for raised, level in ((False, 0), (True, 0), (True, 1), (False, 1)):
            height = (low, high)[level]
            barrel.append((height, _bulge(height) + 0.016 * raised, 2, 0))
            edge = 0.495 if rail[level] in (0.0, 1.0) else 0.463
            width = (0.50 if raised else edge) if thick else 0.464 + 0.001 * raised
            crate.append((rail[level], width, 40, 0.0 if thick else 0.07))
        if high == HOOPS[3]:
            for share in (0.2, 0.4, 0.6, 0.8):
                height = HOOPS[3] + share * (HOOPS[4] - HOOPS[3])
                barrel.append((height, _bulge(height), 2, 0))
                crate.append((0.2 + 0.6 * share, 0.465, 40, 0.07))
    barrel += [(TOP, 0.40, 2, 0), (TOP, 0.37, 2, 0)]
    crate += [(1.0, 0.49, 40, 0), (1.0, 0.45, 40, 0)]
    return barrel, crate


def shapes() -> Shapes:
    """The pair's geometry, 64 columns around."""
    lids: list[Patch] = []
    for name, disc, low, high in (("bottom", 0.0, 0.0, 0.0), ("top", 0.34, TOP, 1.0)):
        depth = 0.05 if name == "top" else 0.0
        rims = [(0.365, 0.445, 0.0), (0.36, 0.43, depth), (0.2, 0.22, depth), (0.004, 0.004, depth)]
        barrel: list[Ring] = [(low - d, r, 2, 0) for r, _, d in rims]
        crate: list[Ring] = [(high - d * 0.6, r, 40, 0) for _, r, d in rims]
        if name == "bottom":
            barrel, crate = barrel[::-1], crate[::-1]
        lids.append(Patch(name, (barrel, crate), disc))
    return lathe([lids[0], Patch("side", _side()), lids[1]], columns=64)


def wood(points: Floats, along: int, board: Ints, light: Floats, dark: Floats) -> Floats:
    """Boards with grain along an axis; ``board`` numbers them, each with a slightly different tone."""
    rng = np.random.default_rng(5)
    tone, shift = rng.normal(0, 0.12, 997), rng.random((997, 3)) * 40
    own = points + shift[board % 997]
    stretch = np.full(3, 26.0)
    stretch[along] = 2.2
    grain = fbm(own * stretch, 1.0, 4, seed=1)
    rings = 0.5 + 0.5 * np.sin(40 * fbm(own * stretch / 9, 1.0, 2, seed=7))
    fine = value_noise(own * stretch * 5, seed=3)
    amount = 0.55 * grain + 0.25 * rings + 0.3 * fine + tone[board % 997]
    return mix(np.tile(light, (len(points), 1)), dark, ramp(0.25, 0.95, amount))


def _finish(color: Floats, shine: Floats, surface: Surface) -> Floats:
    dirt = 0.72 + 0.28 * ramp(0, 0.35, surface.points[:, 1] + 0.2 * fbm(surface.points, 5) - 0.1)
    shade = (0.4 + 0.6 * surface.occlusion**0.8) * dirt
    return np.concatenate([color * shade[:, None], shine[:, None]], 1)


def paint_barrel(surface: Surface) -> Floats:
    """Oak staves, iron hoops, a bung; texels × RGBA."""
    x, y, z = surface.points.T
    radius = np.hypot(x, z)
    turn = (np.arctan2(x, z) / (2 * np.pi) + 0.5) * 28
    lid = surface.on("top", "bottom")
    plank = np.where(lid, np.floor(x / 0.15 + 40), np.floor(turn)).astype(int)
    offset = np.where(lid, np.abs((x / 0.15) % 1 - 0.5), np.abs(turn % 1 - 0.5))
    upright = wood(surface.points, 1, plank, rgb(186, 132, 78), rgb(92, 54, 26))
    flat = wood(surface.points, 2, plank, rgb(176, 126, 76), rgb(88, 54, 28))
    color = np.where(lid[:, None], flat, upright)
    color = mix(color, rgb(34, 20, 10), ramp(0.455, 0.49, offset))
    scale = TOP / float(y.max())
    height = y * scale
    hoop = np.zeros(len(y), bool)
    for low, high in zip(HOOPS[::2], HOOPS[1::2], strict=True):
        hoop |= ~lid & (height > low - 0.002) & (height < high + 0.002)
    rust = fbm(surface.points, 9, 4, seed=4)
    iron = mix(np.tile(rgb(74, 76, 80), (len(x), 1)), rgb(104, 66, 44), ramp(0.5, 0.7, rust))
    rivet = hoop & (np.abs(turn % 7 - 3.5) < 0.12) & (np.abs((height * 9) % 1 - 0.5) < 0.3)
    iron = mix(iron, rgb(128, 130, 134), rivet * 0.8)
    color = np.where(hoop[:, None], iron, color)
    bung = ~lid & (z > 0) & (np.hypot(x, y - y.max() * 0.52) < 0.05)
    color = mix(color, rgb(58, 34, 18), bung * 0.9)
    rim = lid & (radius * scale > 0.365)
    return _finish(mix(color, rgb(120, 82, 46), rim * 0.5), np.where(hoop, 0.45, 0.05), surface)


def paint_crate(surface: Surface) -> Floats:
    """Pine planks between nailed frames with a diagonal brace; texels × RGBA."""
    x, y, z = surface.points.T
    size = float(y.max())
    lid = surface.on("top", "bottom")
    across = np.where(np.abs(surface.normals[:, 0]) > np.abs(surface.normals[:, 2]), z, x) / size
    v = y / size
    across = np.where(lid, x / size, across)
    v = np.where(lid, z / size + 0.5, v)
    side = np.floor(np.arctan2(x, z) / (np.pi / 2) + 0.5).astype(int) % 4
    planks = np.floor(v * 6).astype(int) + 20 * side + 100 * lid
    along_x = np.abs(surface.normals[:, 2]) > np.abs(surface.normals[:, 0])
    level = np.where((along_x | lid)[:, None], *(_pine(surface, axis, planks) for axis in (0, 2)))
    gap = ramp(0.44, 0.485, np.abs((v * 6) % 1 - 0.5))
    color = mix(level, rgb(40, 26, 14), gap * 0.95)
    post = ~lid & (np.abs(across) > 0.385)
    rail = (v < 0.19) | (v > 0.81)
    diagonal = (v - 0.5) / 0.62 - across / 0.77
    brace = ~post & ~rail & (np.abs(diagonal) < 0.13)
    color = mix(color, rgb(36, 24, 14), ramp(0.17, 0.13, np.abs(diagonal)) * ~post * ~rail * 0.6)
    color = np.where(brace[:, None], _pine(surface, 1, planks * 0 + 31 + side), color)
    color = np.where((post & ~lid)[:, None], _pine(surface, 1, side * 7 + (across > 0) + 400), color)
    beam = _pine(surface, 0, side * 9 + (v > 0.5) + 300)
    beam_z = _pine(surface, 2, side * 9 + (v > 0.5) + 300)
    color = np.where(rail[:, None], np.where((along_x | lid)[:, None], beam, beam_z), color)
    nail_v = np.minimum(np.abs(v - 0.1), np.abs(v - 0.9))
    nail = ~lid & (np.hypot(nail_v, np.abs(np.abs(across) - 0.43)) < 0.013)
    color = mix(color, rgb(50, 50, 54), nail * 0.9)
    return _finish(color, np.where(nail, 0.4, 0.05), surface)


def _pine(surface: Surface, along: int, board: Ints) -> Floats:
    return wood(surface.points, along, board, rgb(214, 172, 112), rgb(138, 92, 48))
