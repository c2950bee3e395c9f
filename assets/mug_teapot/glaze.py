"""The glaze of both vessels: a cream body with iron specks, dipped head first into teal that has run down.

It is painted in the coordinates of the wall (share of its height, angle), so that mug and teapot wear
the same glaze and only the shape tells them apart.
"""

from __future__ import annotations

import numpy as np

from assets.build.bake import Surface
from assets.build.geometry import Floats
from assets.build.noise import fbm, mix, ramp, rgb, value_noise
from assets.mug_teapot.mesh import profile
from assets.mug_teapot.vessels import COFFEE, MUG, TEAPOT, Vessel

GLOSS, BARE = 0.8, 0.06
"""Strength of highlights on glaze and on the bare foot."""
EDGE = 0.40
"""Where the teal ends, as a share of the wall's height."""


def wall_share(vessel: Vessel, height: Floats) -> Floats:
    """How far up the wall, along its curve, a height is: 0 at the foot, 1 at the rim."""
    outline = profile(vessel)
    wall = outline[: outline[:, 1].argmax() + 1] if vessel is MUG else outline
    top = int(np.argmax(wall[:, 1] >= vessel.lip[0][1] - 1e-6))
    way = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(wall[4 : top + 1], axis=0).T))])
    return np.interp(height, wall[4 : top + 1, 1], way / way[-1])


def _around(turn: Floats, share: Floats, across: float, up: float, seed: int) -> Floats:
    """Noise in 0 … 1 on the wall, without a seam behind."""
    points = np.stack([np.cos(turn) * across, share * up, np.sin(turn) * across], -1)
    return fbm(points, 1.0, 3, seed)


def _glaze(surface: Surface, share: Floats) -> tuple[Floats, Floats]:
    """Colours of the dipped vessel and strength of highlights."""
    x, _, z = surface.points.T
    turn = np.arctan2(x, z)
    cloud = fbm(surface.points, 4, 4, seed=3)
    cream = mix(np.tile(rgb(238, 229, 210), (len(x), 1)), rgb(222, 204, 174), ramp(0.35, 0.75, cloud))
    for seed, frequency, limit in ((5, 46, 0.90), (6, 90, 0.90)):
        speck = ramp(limit, limit + 0.05, value_noise(surface.points * frequency, seed))
        cream = mix(cream, rgb(112, 76, 46), 0.8 * speck)
    runs = _around(turn, share, 2.6, 0.35, 11)
    edge = share - EDGE + 0.34 * (runs - 0.5) + 0.05 * (_around(turn, share, 9, 0.8, 12) - 0.5)
    flow = _around(turn, share, 7, 1.6, 13)
    teal = mix(np.tile(rgb(16, 92, 108), (len(x), 1)), rgb(8, 52, 78), ramp(0.35, 0.7, flow))
    teal = mix(teal, rgb(66, 166, 166), 0.75 * ramp(0.55, 0.8, _around(turn, share, 14, 2.2, 14)) * ramp(0.9, 0.3, share))
    teal = mix(teal, rgb(128, 204, 190), 0.8 * ramp(0.075, 0.0, edge))
    colour = mix(cream, rgb(150, 126, 92), 0.5 * ramp(-0.05, 0.0, edge))
    colour = mix(colour, teal, ramp(-0.006, 0.006, edge))
    return colour, np.full(len(x), GLOSS)


def _finished(surface: Surface, colour: Floats, shine: Floats, share: Floats) -> Floats:
    """With the bare foot and shadows in the corners; texels × RGBA."""
    clay = mix(np.tile(rgb(186, 148, 112), (len(share), 1)), rgb(140, 102, 72), fbm(surface.points, 24, 3, seed=9))
    wavy = share + 0.012 * (fbm(surface.points, 9, 2, seed=2) - 0.5)
    foot = np.where(surface.on("under"), 1.0, ramp(0.046, 0.040, wavy) * surface.on("wall"))
    colour = mix(colour, clay, foot)
    colour = colour * (0.55 + 0.45 * surface.occlusion)[:, None]
    return np.concatenate([colour, (shine * (1 - foot) + BARE * foot)[:, None]], 1)


def _broken(colour: Floats, amount: Floats) -> Floats:
    """Glaze runs thin on edges and shows the clay."""
    return mix(colour, rgb(168, 122, 78), amount)


def paint_mug(surface: Surface) -> Floats:
    """The mug, full of coffee; texels × RGBA."""
    share = wall_share(MUG, surface.points[:, 1])
    colour, shine = _glaze(surface, share)
    colour = _broken(colour, 0.75 * ramp(0.988, 0.998, surface.points[:, 1]))
    radius = np.hypot(surface.points[:, 0], surface.points[:, 2])
    inside = surface.on("inner")
    colour = np.where(inside[:, None], rgb(236, 228, 212), colour)
    foam = ramp(0.34, 0.40, radius + 0.03 * fbm(surface.points, 18, 3, seed=4))
    coffee = mix(np.tile(rgb(58, 30, 14), (len(radius), 1)), rgb(150, 98, 54), foam)
    liquid = surface.on("cover") & (surface.points[:, 1] < COFFEE + 0.006)
    return _finished(surface, np.where(liquid[:, None], coffee, colour), np.where(liquid, 0.6, shine), share)


def paint_teapot(surface: Surface) -> Floats:
    """The teapot, teal to the knob; texels × RGBA."""
    x, y, z = surface.points.T
    share = wall_share(TEAPOT, y)
    colour, shine = _glaze(surface, share)
    radius = np.hypot(x, z)
    lip = surface.on("lip") * ramp(0.862, 0.867, y)
    colour = _broken(colour, 0.6 * lip)
    tip = surface.on("spout", "mouth") * ramp(-0.86, -0.90, x) * ramp(0.84, 0.88, y)
    colour = _broken(colour, 0.6 * tip)
    groove = (surface.on("inner", "cover")) & (radius > 0.266)
    colour = mix(colour, rgb(30, 34, 36), 0.6 * groove)
    mouth = surface.on("mouth") & (surface.occlusion < 0.4)
    return _finished(surface, mix(colour, rgb(24, 30, 34), 0.7 * mouth), shine, share)
