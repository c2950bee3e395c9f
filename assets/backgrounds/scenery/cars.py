"""Parked cars seen from behind, far enough to be blurred."""

from __future__ import annotations

import numpy as np
from PIL import ImageDraw

from assets.backgrounds.scenery.ground import View
from assets.backgrounds.scenery.plants import from_canvas, ink, to_canvas
from assets.build.canvas import linear
from assets.build.geometry import Floats

GLASS, TIRE, LAMP = linear((48, 56, 64)), linear((26, 26, 28)), linear((136, 26, 24))
HAZE = np.array([0.66, 0.75, 0.86])
STANDING = (
    (-1, 92, (150, 152, 156)),
    (1, 86, (70, 74, 82)),
    (-1, 76, (96, 34, 36)),
    (1, 66, (186, 186, 184)),
    (-1, 60, (58, 66, 84)),
    (1, 55, (92, 98, 92)),
    (-1, 47, (164, 166, 168)),
    (1, 44, (62, 70, 84)),
)
"""Side of the street, meters ahead, color."""


def _car(draw: ImageDraw.ImageDraw, view: View, at: tuple[float, float], paint: Floats) -> None:
    """Draw a car from front to tail: body, cabin, rear window, lamps, tires, and the shadow below."""
    x, z = at
    mist = float(1 - np.exp(-z / 620))

    def shape(points: list[tuple[float, float, float]], color: Floats) -> None:
        corners = [view.at(x + dx, dy, z + dz) for dx, dy, dz in points]
        draw.polygon(corners, fill=ink(color * (1 - mist) + HAZE * mist))

    inner = -1.0 if x > 0 else 1.0  # the side that faces the camera
    w = 0.88
    shape([(-w - 0.1, 0.0, -0.2), (w + 0.1, 0.0, -0.2), (w + 0.1, 0.0, 4.2), (-w - 0.1, 0.0, 4.2)], TIRE * 0.6)
    s = inner * w
    shape([(s, 0.25, 0), (s, 0.92, 0), (s, 0.86, 4.2), (s, 0.25, 4.2)], paint * (0.55 if inner < 0 else 1.2))
    shape([(s, 0.9, 0.3), (s * 0.82, 1.44, 0.9), (s * 0.82, 1.42, 2.2), (s, 0.9, 3.2)], GLASS * 1.4)
    for tail in (0.55, 3.3):
        shape([(s, 0.0, tail - 0.3), (s, 0.55, tail - 0.3), (s, 0.55, tail + 0.3), (s, 0.0, tail + 0.3)], TIRE)
    shape([(-w * 0.8, 1.46, 0.8), (w * 0.8, 1.46, 0.8), (w * 0.78, 1.44, 2.2), (-w * 0.78, 1.44, 2.2)], paint * 1.9)
    shape([(-w, 0.9, 0.25), (-w * 0.8, 1.44, 0.8), (w * 0.8, 1.44, 0.8), (w, 0.9, 0.25)], GLASS)
    shape([(-w, 0.28, 0), (-w, 0.94, 0.1), (w, 0.94, 0.1), (w, 0.28, 0)], paint * 1.05)
    shape([(-w, 0.86, 0.02), (-w, 0.94, 0.1), (w, 0.94, 0.1), (w, 0.86, 0.02)], paint * 1.7)
    shape([(-w, 0.25, -0.05), (-w, 0.48, -0.05), (w, 0.48, -0.05), (w, 0.25, -0.05)], paint * 0.7)
    for side in (-1, 1):
        shape([(side * w, 0.62, 0), (side * w, 0.82, 0), (side * w * 0.72, 0.82, 0), (side * w * 0.72, 0.62, 0)], LAMP)
        shape([(side * w, 0, 0.2), (side * w, 0.3, 0.2), (side * w * 0.74, 0.3, 0.2), (side * w * 0.74, 0, 0.2)], TIRE)


def park_cars(view: View, picture: Floats, curbs: tuple[float, float]) -> Floats:
    """The picture (linear light) with cars along both curbs."""
    image = to_canvas(picture)
    draw = ImageDraw.Draw(image)
    for side, z, color in STANDING:
        _car(draw, view, (curbs[0] + 1.05 if side < 0 else curbs[1] - 1.05, float(z)), linear(color) * 0.8)
    return from_canvas(image)
