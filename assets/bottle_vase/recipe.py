"""A wine bottle and a porcelain vase: one profile, turned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from assets.build.bake import Surface
from assets.build.brushwork import Berry, Flower, Leaf, Piece, draw_ink, line, scallops, washed
from assets.build.files import End, Pair
from assets.build.geometry import Floats, Shapes
from assets.build.lathe import Patch, Ring, lathe
from assets.build.lettering import stamp, text
from assets.build.noise import fbm, mix, ramp, rgb

PAIR = Pair(
    "bottle_vase",
    "Bottle ⇄ Vase",
    "Vaseness",
    "kitchen",
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
    """The profile with two more rings per piece, on a Catmull-Rom curve through its points."""
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


PAPER, INK, GILT = (242, 235, 216), (74, 20, 28), (166, 128, 52)


def _chateau(draw: ImageDraw.ImageDraw, left: int, top: int) -> None:
    """A small engraving, 240 × 96: a house between two towers, and vines."""
    for x, width, height, roof in ((20, 34, 56, 34), (186, 34, 56, 34), (54, 132, 38, 22)):
        low, high = top + 84, top + 84 - height
        draw.rectangle((left + x, high, left + x + width, low), outline=INK, width=2)
        peak = (left + x + width / 2, high - roof)
        draw.polygon((left + x - 4, high, *peak, left + x + width + 4, high), outline=INK, fill=INK)
        for window in range(x + 8, x + width - 6, 16):
            draw.rectangle((left + window, high + 12, left + window + 6, high + 24), fill=INK)
    for row in range(3):
        for x in range(4 + 5 * row, 236 - 5 * row, 9):
            draw.line((left + x, top + 88 + 6 * row, left + x + 4, top + 85 + 6 * row), fill=INK, width=2)


def _label() -> Image.Image:
    """The front label, 480 × 520: gilt frame, engraving, name, vintage."""
    page = Image.new("RGBA", (480, 520), (*PAPER, 255))
    draw = ImageDraw.Draw(page)
    for inset, width in ((10, 5), (22, 2)):
        draw.rectangle((inset, inset, 479 - inset, 519 - inset), outline=GILT, width=width)
    _chateau(draw, 120, 44)
    lines = (("CHATEAU", 92, 168), ("DU SOLEIL", 66, 262), ("2019", 52, 356), ("GRAND VIN ROUGE", 36, 430))
    for words, height, top in lines:
        page.paste(text(words, (400, height), INK, PAPER, 0.02), (40, top))
    draw.line((120, 342, 360, 342), fill=GILT, width=3)
    draw.line((120, 416, 360, 416), fill=GILT, width=3)
    return page


def _glass(points: Floats, turn: Floats, height: Floats) -> Floats:
    """Dark green glass: lighter where thick or empty, with the soft reflection of a window on either side."""
    glass = mix(np.tile(rgb(13, 26, 15), (len(turn), 1)), rgb(44, 78, 30), ramp(0.07, 0.0, height))
    glass = mix(glass, rgb(40, 70, 30), 0.75 * ramp(0.98, 1.10, height))
    glass = mix(glass, rgb(26, 46, 22), 0.5 * fbm(points * [1, 0.2, 1], 9, 2, seed=6))
    for side, width, strength in ((-1.12, 0.10, 0.62), (1.25, 0.05, 0.38)):
        pane = ramp(width, 0.6 * width, np.abs(turn - side)) * ramp(0.05, 0.12, height) * ramp(1.04, 0.86, height)
        bar = 1 - 0.7 * ramp(0.012, 0.006, np.abs(height - 0.55))
        glass = mix(glass, rgb(196, 216, 196), strength * pane * bar)
    return glass


def _capsule(turn: Floats, height: Floats) -> Floats:
    """Wine-red foil with gilt bands."""
    foil = mix(np.tile(rgb(84, 10, 22), (len(turn), 1)), rgb(150, 36, 48), ramp(0.5, 1.0, np.sin(turn * 2 + 1.0)))
    bands = (np.abs(height - 1.172) < 0.010) | (np.abs(height - 1.385) < 0.006) | (np.abs(height - 1.20) < 0.003)
    return mix(foil, rgb(196, 156, 74), 0.9 * bands)


def paint_bottle(surface: Surface) -> Floats:
    """Dark green glass with a label and a wine-red capsule; texels × RGBA."""
    x, y, z = surface.points.T
    turn = np.arctan2(x, z)
    height = y / y.max() * 1.464
    color, shine = _glass(surface.points, turn, height), np.full(len(x), 0.6)
    color, paper = stamp(color, np.full(len(x), True), turn / 0.98, (height - 0.47) / 0.235, _label())
    rough = 1 - 0.06 * fbm(surface.points, 40, 2, seed=2)
    color = np.where(paper[:, None], color * rough[:, None], color)
    foil = height > 1.15
    color = np.where(foil[:, None], _capsule(turn, height), color)
    shine[paper], shine[foil] = 0.06, 0.4
    return np.concatenate([color * (0.75 + 0.25 * surface.occlusion)[:, None], shine[:, None]], 1)


SPRAY: tuple[Piece, ...] = (
    Leaf(0.04, 0.62, 0.24, 68, 0.36),
    Leaf(-0.06, 0.64, 0.25, 118, 0.36, -0.15),
    Leaf(0.14, 0.58, 0.27, 30, 0.36),
    Leaf(-0.14, 0.58, 0.27, 152, 0.36, -0.15),
    Leaf(0.14, 0.46, 0.27, -24, 0.36, -0.15),
    Leaf(-0.14, 0.44, 0.27, 204, 0.36),
    Leaf(0.06, 0.38, 0.20, -62, 0.40),
    Leaf(-0.06, 0.38, 0.20, 242, 0.40),
    Leaf(0.36, 0.52, 0.19, 4, 0.32),
    Leaf(-0.36, 0.52, 0.19, 176, 0.32),
    Leaf(0.44, 0.64, 0.16, 60, 0.36),
    Leaf(-0.44, 0.40, 0.16, 240, 0.36),
    Berry(0.30, 0.74, 0.018),
    Berry(0.35, 0.70, 0.014),
    Berry(-0.30, 0.30, 0.018),
    Berry(-0.35, 0.34, 0.014),
    Flower(0.30, 0.60, 0.095, 0.5),
    Flower(-0.30, 0.46, 0.095, 1.1),
    Flower(-0.24, 0.68, 0.075, 0.2),
    Flower(0.24, 0.36, 0.075, 0.8),
    Flower(0.0, 0.53, 0.19, 0.3),
)
"""The flowers on each side of the vase, in its units."""


def _vase_ink(turn: Floats, height: Floats) -> Floats:
    """Flowers in front and behind, petals and lines at foot, shoulder, neck and lip."""
    behind = (turn + 1.5 * np.pi) % np.pi - np.pi / 2
    ink = draw_ink(SPRAY, behind * 0.37, height)
    for at, width in ((0.055, 0.016), (0.1, 0.009), (0.205, 0.010), (0.80, 0.012), (0.875, 0.010), (1.05, 0.012)):
        ink = np.maximum(ink, line(height, at, width))
    ink = np.maximum(ink, line(height, 1.165, 0.024))
    borders = ((0.112, -0.085, 16), (0.21, -0.035, 32), (0.792, 0.05, 28), (0.885, -0.105, 16), (1.145, 0.06, 20))
    for at, depth, count in borders:
        ink = np.maximum(ink, scallops(turn, height, at, depth, count))
    return ink


def paint_vase(surface: Surface) -> Floats:
    """White porcelain painted in cobalt blue; texels × RGBA."""
    x, y, z = surface.points.T
    height = y / y.max() * 1.185
    outside = np.interp(height, [p[0] for p in VASE[:17]], [p[1] for p in VASE[:17]])
    inner = np.hypot(x, z) * 1.185 / y.max() < outside - 0.02
    white = mix(np.tile(rgb(246, 245, 241), (len(x), 1)), rgb(228, 233, 238), fbm(surface.points, 3, 3, seed=8))
    color = washed(white, _vase_ink(np.arctan2(x, z), height) * ~inner, surface.points)
    color = mix(color, rgb(120, 124, 134), inner * 0.6)
    return np.concatenate([color * (0.6 + 0.4 * surface.occlusion)[:, None], np.full((len(x), 1), 0.5)], 1)
