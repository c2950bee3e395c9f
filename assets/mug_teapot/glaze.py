"""The porcelain of both vessels: white, clear glaze, painted in cobalt before firing.

The wall is painted in its own coordinates (share of its curve, angle), so that mug and teapot have the
same brushwork and differ in shape alone.
"""

from __future__ import annotations

import numpy as np

from assets.build.bake import Surface
from assets.build.brushwork import draw_ink, line, scallops, washed
from assets.build.geometry import Floats, Mask
from assets.build.noise import fbm, mix, ramp, rgb
from assets.mug_teapot.decor import SPRAY
from assets.mug_teapot.mesh import FIRST_WALL, ZONES, profile
from assets.mug_teapot.vessels import COFFEE, MUG, TEAPOT, Vessel

GLOSS, BARE = 0.5, 0.08
"""Strength of reflections on the glaze and on the bare foot."""
GIRTH = 0.47
"""Length of a radian around the wall in wall heights: a compromise of both vessels."""


def wall_share(vessel: Vessel, height: Floats) -> Floats:
    """Return a height's position along the wall's curve: 0 at the foot, 1 at the rim."""
    wall = profile(vessel)[FIRST_WALL : FIRST_WALL + ZONES["wall"]]
    return np.interp(height, wall[:, 1], np.linspace(0, 1, len(wall)))


def _borders(turn: Floats, share: Floats) -> Floats:
    """Lines and petals above and below on the wall."""
    ink = np.maximum(scallops(turn, share, 0.945, 0.055, 36), scallops(turn, share, 0.105, -0.05, 24))
    for at, width in ((0.985, 0.018), (0.955, 0.008), (0.065, 0.008), (0.09, 0.014)):
        ink = np.maximum(ink, line(share, at, width))
    return ink


def _handle_ink(surface: Surface, root: float) -> Floats:
    """A stroke along the handle's back that ends in points at its roots."""
    x, y, z = surface.points.T
    middle = np.array([0.50, 0.46])
    back = (surface.normals[:, 0] * (x - middle[0]) + surface.normals[:, 1] * (y - middle[1])) > 0
    width = 0.034 * np.sqrt(ramp(root + 0.03, root + 0.20, x))
    return np.asarray(0.85 * ramp(0.003, -0.003, np.abs(z) - width) * back * (width > 0.004))


def _porcelain(surface: Surface, share: Floats, lines: Floats, flowers: Mask) -> Floats:
    """White porcelain with ``lines`` in cobalt and, inside the mask ``flowers``, a spray in front and one behind."""
    x, _, z = surface.points.T
    color = mix(np.tile(rgb(246, 245, 241), (len(x), 1)), rgb(228, 233, 238), fbm(surface.points, 3, 3, seed=3))
    behind = (np.arctan2(x, z) + 1.5 * np.pi) % np.pi - np.pi / 2
    ink = np.maximum(lines, draw_ink(SPRAY, behind * GIRTH, share) * flowers)
    color = washed(color, ink, surface.points)
    clay = mix(np.tile(rgb(222, 205, 182), (len(x), 1)), rgb(196, 172, 142), fbm(surface.points, 24, 3, seed=9))
    return mix(color, clay, _bare(surface, share))


def _bare(surface: Surface, share: Floats) -> Floats:
    """Amount of bare foot, 0 … 1."""
    return np.where(surface.on("under"), 1.0, ramp(0.030, 0.024, share) * surface.on("wall"))


def _finished(surface: Surface, color: Floats, shine: Floats, share: Floats) -> Floats:
    """Add shadows in the corners and dull the bare foot; texels × RGBA."""
    bare = _bare(surface, share)
    shade = 0.55 + 0.45 * surface.occlusion
    return np.concatenate([color * shade[:, None], (shine * (1 - bare) + BARE * bare)[:, None]], 1)


def paint_mug(surface: Surface) -> Floats:
    """The mug, full of coffee; texels × RGBA."""
    x, y, z = surface.points.T
    share, turn, radius = wall_share(MUG, y), np.arctan2(x, z), np.hypot(x, z)
    ink = np.where(surface.on("handle"), _handle_ink(surface, MUG.handle[0][0]), _borders(turn, share))
    ink = np.where(surface.on("lip"), line(y, MUG.lip[2][1], 0.02) * 0.8, ink)
    ink[surface.on("inner", "cover", "under")] = 0
    color = _porcelain(surface, share, ink, surface.on("wall", "spout", "mouth"))
    foam = ramp(0.37, 0.43, radius + 0.03 * fbm(surface.points, 18, 3, seed=4))
    coffee = mix(np.tile(rgb(58, 30, 14), (len(y), 1)), rgb(150, 98, 54), foam)
    liquid = surface.on("cover") & (y < COFFEE + 0.006)
    color = np.where(liquid[:, None], coffee, color)
    return _finished(surface, color, np.where(liquid, 0.45, GLOSS), share)


def _lid_ink(turn: Floats, radius: Floats, height: Floats) -> Floats:
    """Lines along the lid's edge, petals around its knob, the knob's top filled."""
    ink = np.maximum(line(radius, 0.262, 0.012), scallops(turn, radius, 0.252, 0.05, 24))
    ink = np.maximum(ink, scallops(turn, radius, 0.08, -0.09, 8))
    return np.where(height > 0.965, np.maximum(0.9 * ramp(1.060, 1.072, height), line(height, 0.985, 0.012)), ink)


def paint_teapot(surface: Surface) -> Floats:
    """The teapot; texels × RGBA."""
    x, y, z = surface.points.T
    share, turn, radius = wall_share(TEAPOT, y), np.arctan2(x, z), np.hypot(x, z)
    ink = np.where(surface.on("handle"), _handle_ink(surface, TEAPOT.handle[0][0]), _borders(turn, share))
    way = -0.55 * x + 0.83 * y
    snout = np.maximum(line(way, 1.100, 0.03), line(way, 1.060, 0.008))
    snout = np.maximum(snout, scallops(np.arctan2(z, y + 0.9 * x), -way, -1.047, 0.045, 6))
    ink = np.where(surface.on("spout", "mouth"), snout, ink)
    ink = np.where(surface.on("cover"), _lid_ink(turn, radius, y), ink)
    ink[surface.on("inner", "under")] = 0
    color = _porcelain(surface, share, ink, surface.on("wall"))
    hollow = surface.on("mouth") & (surface.occlusion < 0.5)
    return _finished(surface, mix(color, rgb(70, 66, 62), 0.6 * hollow), np.full(len(y), GLOSS), share)
