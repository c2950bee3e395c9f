"""The porcelain of both vessels: white, clear glaze, painted in cobalt before firing.

The wall is painted in its own coordinates (share of its curve, angle), so that mug and teapot wear the
same brushwork and only the shape tells them apart.
"""

from __future__ import annotations

import numpy as np

from assets.build.bake import Surface
from assets.build.geometry import Floats
from assets.build.noise import fbm, mix, ramp, rgb
from assets.mug_teapot.decor import line, scallops, spray
from assets.mug_teapot.mesh import FIRST_WALL, ZONES, profile
from assets.mug_teapot.vessels import COFFEE, MUG, TEAPOT, Vessel

GLOSS, BARE = 0.8, 0.08
"""Strength of reflections on the glaze and on the bare foot."""
GIRTH = 0.47
"""Length of a radian around the wall in heights of it, between both vessels'."""


def wall_share(vessel: Vessel, height: Floats) -> Floats:
    """How far up the wall, along its curve, a height is: 0 at the foot, 1 at the rim."""
    wall = profile(vessel)[FIRST_WALL : FIRST_WALL + ZONES["wall"]]
    return np.interp(height, wall[:, 1], np.linspace(0, 1, len(wall)))


def _wall_ink(turn: Floats, share: Floats) -> Floats:
    """The wall's painting: a spray in front and one behind, borders above and below."""
    behind = (turn + 1.5 * np.pi) % np.pi - np.pi / 2
    ink = spray(behind * GIRTH, share)
    ink = np.maximum(ink, scallops(turn, share, 0.945, 0.055, 36))
    for at, width in ((0.985, 0.018), (0.955, 0.008), (0.065, 0.008), (0.09, 0.014)):
        ink = np.maximum(ink, line(share, at, width))
    return np.maximum(ink, scallops(turn, share, 0.105, -0.05, 24))


def _handle_ink(surface: Surface, share: Floats) -> Floats:
    """A stroke along the handle's back that thins towards its roots."""
    _, _, z = surface.points.T
    width = 0.030 + 0.006 * np.sin(share * 40)
    outside = ramp(-0.25, 0.05, surface.normals[:, 0])
    return np.asarray(0.8 * ramp(width + 0.004, width - 0.004, np.abs(z)) * outside)


def _porcelain(surface: Surface, ink: Floats, share: Floats) -> Floats:
    """Colours under the glaze: white paste, cobalt that is deeper where the brush was full."""
    white = mix(np.tile(rgb(246, 245, 241), (len(ink), 1)), rgb(228, 233, 238), fbm(surface.points, 3, 3, seed=3))
    brush = np.clip(ink * (0.80 + 0.40 * fbm(surface.points, 22, 3, seed=4)), 0, 1)
    colour = mix(white, rgb(96, 132, 208), ramp(0.0, 0.45, brush))
    colour = mix(colour, rgb(22, 40, 128), ramp(0.3, 0.95, brush))
    clay = mix(np.tile(rgb(222, 205, 182), (len(ink), 1)), rgb(196, 172, 142), fbm(surface.points, 24, 3, seed=9))
    return mix(colour, clay, _bare(surface, share))


def _bare(surface: Surface, share: Floats) -> Floats:
    """Where the foot is not glazed, 0 … 1."""
    return np.where(surface.on("under"), 1.0, ramp(0.030, 0.024, share) * surface.on("wall"))


def _finished(surface: Surface, colour: Floats, shine: Floats, share: Floats) -> Floats:
    """With shadows in the corners and the bare foot dull; texels × RGBA."""
    bare = _bare(surface, share)
    shade = 0.55 + 0.45 * surface.occlusion
    return np.concatenate([colour * shade[:, None], (shine * (1 - bare) + BARE * bare)[:, None]], 1)


def paint_mug(surface: Surface) -> Floats:
    """The mug, full of coffee; texels × RGBA."""
    x, y, z = surface.points.T
    share, turn, radius = wall_share(MUG, y), np.arctan2(x, z), np.hypot(x, z)
    ink = np.where(surface.on("handle"), _handle_ink(surface, share), _wall_ink(turn, share))
    ink = np.where(surface.on("lip"), line(y, 1.0, 0.02) * 0.8, ink)
    ink[surface.on("inner", "cover", "under")] = 0
    colour = _porcelain(surface, ink, share)
    foam = ramp(0.34, 0.40, radius + 0.03 * fbm(surface.points, 18, 3, seed=4))
    coffee = mix(np.tile(rgb(58, 30, 14), (len(y), 1)), rgb(150, 98, 54), foam)
    liquid = surface.on("cover") & (y < COFFEE + 0.006)
    colour = np.where(liquid[:, None], coffee, colour)
    return _finished(surface, colour, np.where(liquid, 0.5, GLOSS), share)


def _lid_ink(turn: Floats, radius: Floats, height: Floats) -> Floats:
    """Lines along the lid's edge, petals around its knob, the knob's top filled."""
    ink = np.maximum(line(radius, 0.243, 0.010), scallops(turn, radius, 0.235, 0.05, 24))
    ink = np.maximum(ink, scallops(turn, radius, 0.075, -0.085, 8) * (height < 0.99))
    return np.where(height > 1.0, np.maximum(0.9 * ramp(1.10, 1.115, height), line(height, 1.02, 0.012)), ink)


def paint_teapot(surface: Surface) -> Floats:
    """The teapot; texels × RGBA."""
    x, y, z = surface.points.T
    share, turn, radius = wall_share(TEAPOT, y), np.arctan2(x, z), np.hypot(x, z)
    ink = np.where(surface.on("handle"), _handle_ink(surface, share), _wall_ink(turn, share))
    way = -0.55 * x + 0.83 * y
    snout = np.maximum(line(way, 1.155, 0.03), line(way, 1.115, 0.008))
    snout = np.maximum(snout, scallops(np.arctan2(z, y - 0.86 * -x), -way, -1.10, 0.045, 6))
    ink = np.where(surface.on("spout", "mouth"), snout, ink)
    ink = np.where(surface.on("cover"), _lid_ink(turn, radius, y), ink)
    ink[surface.on("inner", "under")] = 0
    colour = _porcelain(surface, ink, share)
    hollow = surface.on("mouth") & (surface.occlusion < 0.5)
    return _finished(surface, mix(colour, rgb(70, 66, 62), 0.6 * hollow), np.full(len(y), GLOSS), share)
