"""A wine bottle and a porcelain vase: one profile, turned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from assets.build.bake import Surface
from assets.build.files import End, Pair
from assets.build.geometry import Floats, Shapes
from assets.build.lathe import Patch, Ring, lathe
from assets.build.lettering import stamp, text
from assets.build.noise import fbm, mix, ramp, rgb

PAIR = Pair(
    "bottle_vase",
    "Bottle ⇄ Vase",
    "Vaseness",
    "grey",
    (
        End("bottle", "Wine bottle", ("n04591713", "n03983396", "n02823428")),
        End("vase", "Vase", ("n04522168",)),
    ),
    reflections=True,
)
LEVELS = (86, 86, 86, 16)
EXTENT = 1.5
BOTTLE = (
    (0.0, 0.19), (0.012, 0.205), (0.06, 0.21), (0.25, 0.21), (0.5, 0.21), (0.75, 0.21), (0.88, 0.208), (0.95, 0.195),
    (1.01, 0.165), (1.06, 0.125), (1.11, 0.092), (1.16, 0.078), (1.25, 0.072), (1.36, 0.070), (1.40, 0.070),
    (1.405, 0.080), (1.44, 0.080), (1.46, 0.072), (1.462, 0.05), (1.463, 0.03), (1.4635, 0.015), (1.464, 0.004),
)  # fmt: skip
VASE = (
    (0.0, 0.17), (0.01, 0.185), (0.05, 0.18), (0.09, 0.175), (0.2, 0.235), (0.33, 0.31), (0.46, 0.36), (0.58, 0.378),
    (0.70, 0.36), (0.80, 0.31), (0.88, 0.245), (0.95, 0.185), (1.01, 0.15), (1.07, 0.14), (1.12, 0.15),
    (1.165, 0.185), (1.18, 0.205), (1.185, 0.195), (1.14, 0.15), (1.05, 0.115), (0.9, 0.115), (0.86, 0.004),
)  # fmt: skip
"""Height and radius, from the foot over the lip into the neck."""


def _rings(profile: Sequence[tuple[float, float]]) -> list[Ring]:
    """The profile with two more rings in every piece, on a curve through its points (Catmull and Rom)."""
    points = np.array(profile)
    before = np.concatenate([points[:1], points[:-1]])
    after = np.concatenate([points[1:], points[-1:]])
    far = np.concatenate([points[2:], points[-1:], points[-1:]])
    dense = []
    for p, a, b, q in zip(before, points, after, far, strict=True):
        for t in (0, 1 / 3, 2 / 3):
            bend = (2 * a + (b - p) * t + (2 * p - 5 * a + 4 * b - q) * t**2 + (3 * a - p - 3 * b + q) * t**3) / 2
            dense.append((float(bend[0]), max(float(bend[1]), 0.003), 2.0, 0.0))
    return dense[:-2]


def shapes() -> Shapes:
    """The pair's geometry, 56 columns around."""
    foot: tuple[list[Ring], list[Ring]] = (
        [(0.02, 0.004, 2, 0), (0, 0.19, 2, 0)],
        [(0.02, 0.004, 2, 0), (0, 0.17, 2, 0)],
    )
    return lathe([Patch("foot", foot, 0.0), Patch("wall", (_rings(BOTTLE), _rings(VASE)))], columns=56, crease=60)


def _label() -> Image.Image:
    card = text("CHATEAU", (480, 110), (92, 20, 28), (240, 232, 212))
    page = Image.new("RGBA", (480, 420), (240, 232, 212, 255))
    page.paste(card, (0, 40))
    page.paste(text("DU SOLEIL", (480, 80), (92, 20, 28), (240, 232, 212)), (0, 150))
    page.paste(text("GRAND VIN  2019", (480, 56), (60, 56, 50), (240, 232, 212)), (0, 330))
    for box in ((0, 0, 480, 12), (0, 408, 480, 420), (60, 258, 420, 262), (60, 300, 420, 304)):
        page.paste((168, 132, 60, 255), box)
    return page


def paint_bottle(surface: Surface) -> Floats:
    """Dark green glass with a label, a wine-red capsule; texels × RGBA."""
    x, y, z = surface.points.T
    turn = np.arctan2(x, z)
    height = y / y.max() * 1.464
    glass = mix(
        np.tile(rgb(22, 44, 24), (len(x), 1)), rgb(70, 104, 44), 0.8 * ramp(0.55, 1.0, np.abs(np.sin(turn * 1.5)))
    )
    glass = mix(glass, rgb(10, 20, 12), ramp(0.9, 0.5, height) * 0.35)
    glint = ramp(0.10, 0.05, np.abs(turn + 0.95)) * ramp(0.08, 0.2, height) * ramp(1.02, 0.86, height)
    colour = mix(glass, rgb(214, 230, 214), glint * 0.55)
    shine = np.full(len(x), 0.95)
    colour, inside = stamp(colour, np.full(len(x), True), turn / 1.15, (height - 0.47) / 0.30, _label())
    paper = 1 - 0.08 * fbm(surface.points, 40, 2, seed=2)
    colour = np.where(inside[:, None], colour * paper[:, None], colour)
    shine[inside] = 0.08
    foil = height > 1.14
    red = mix(
        np.tile(rgb(112, 18, 30), (len(x), 1)), rgb(170, 50, 58), ramp(0.3, 0.9, np.abs(np.sin(turn * 1.5 + 0.4)))
    )
    red = mix(red, rgb(190, 150, 70), ((np.abs(height - 1.165) < 0.008) | (np.abs(height - 1.385) < 0.006)) * 0.9)
    colour = np.where(foil[:, None], red, colour)
    shine[foil] = 0.5
    return np.concatenate([colour * (0.75 + 0.25 * surface.occlusion)[:, None], shine[:, None]], 1)


def paint_vase(surface: Surface) -> Floats:
    """White porcelain painted in cobalt blue: borders, petals, a vine; texels × RGBA."""
    x, y, z = surface.points.T
    turn = np.arctan2(x, z)
    height = y / y.max() * 1.185
    inner = (
        np.hypot(x, z) * 1.185 / y.max()
        < np.interp(height, [p[0] for p in VASE[:17]], [p[1] for p in VASE[:17]]) - 0.02
    )
    cloud = fbm(surface.points, 6, 3, seed=8)
    ink = np.zeros(len(x))
    for level, width in (
        (0.055, 0.008),
        (0.1, 0.006),
        (0.2, 0.005),
        (0.79, 0.008),
        (0.86, 0.005),
        (1.05, 0.006),
        (1.16, 0.010),
    ):
        ink = np.maximum(ink, ramp(width, width * 0.6, np.abs(height - level)))
    petal = np.abs((turn / (2 * np.pi) * 16) % 1 - 0.5)
    ink = np.maximum(
        ink,
        ramp(0.02, 0.0, petal * 0.2 - 0.085 * np.sqrt(np.clip((0.19 - height) / 0.085, 0, 1)))
        * (height > 0.105)
        * (height < 0.195),
    )
    ink = np.maximum(
        ink,
        ramp(0.03, 0.0, petal * 0.2 - 0.07 * np.sqrt(np.clip((height - 0.88) / 0.1, 0, 1)))
        * (height > 0.875)
        * (height < 0.98),
    )
    vine = 0.5 + 0.09 * np.sin(turn * 4)
    ink = np.maximum(ink, ramp(0.011, 0.006, np.abs(height - vine)))
    for k in range(8):
        centre = (k + 0.5) * np.pi / 4 - np.pi
        side = 1 if k % 2 else -1
        dx, dy = (turn - centre) * 0.36, height - 0.5 - side * 0.10
        radius, angle = np.hypot(dx, dy), np.arctan2(dy, dx)
        bloom = 0.075 * (0.75 + 0.25 * np.cos(angle * 6))
        flower = ramp(bloom, bloom - 0.012, radius) * (
            0.55 + 0.45 * ramp(0.02, 0.05, np.abs(np.sin(angle * 3)) * radius * 2.2)
        )
        ink = np.maximum(ink, flower * (radius > 0.02))
        leaf_x, leaf_y = (turn - centre + np.pi / 8) * 0.36, height - 0.5 + side * 0.02
        ink = np.maximum(
            ink, 0.8 * ramp(1.0, 0.8, np.hypot((leaf_x + leaf_y * side) / 0.022, (leaf_y - leaf_x * side) / 0.075))
        )
    white = mix(np.tile(rgb(240, 242, 244), (len(x), 1)), rgb(222, 230, 240), cloud)
    blue = mix(
        np.tile(rgb(26, 52, 148), (len(x), 1)), rgb(66, 104, 196), ramp(0.3, 0.7, fbm(surface.points, 14, 3, seed=4))
    )
    colour = mix(white, blue, ink * ~inner)
    colour = mix(colour, rgb(120, 124, 134), inner * 0.6)
    return np.concatenate([colour * (0.6 + 0.4 * surface.occlusion)[:, None], np.full((len(x), 1), 0.85)], 1)
