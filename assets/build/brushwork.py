"""Brushwork on porcelain: flowers, leaves, borders, laid out on the flattened wall.

Coordinates and sizes share one unit of length. Ink ranges from 0 (white) to 1 (a full brush).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assets.build.geometry import Floats
from assets.build.noise import fbm, mix, ramp, rgb

HARD = 0.004
"""Width of a stroke's soft edge."""


@dataclass(frozen=True)
class Flower:
    """A flower seen from above: five petals in a rosette, smaller ones inside."""

    across: float
    up: float
    size: float
    turn: float = 0.0

    def ink(self, across: Floats, up: Floats) -> Floats:
        dx, dy = across - self.across, up - self.up
        radius, angle = np.hypot(dx, dy) / self.size, np.arctan2(dy, dx) + self.turn
        total = np.zeros_like(radius)
        for layer, (reach, twist) in enumerate(((1.0, 0.0), (0.68, 0.63), (0.40, 0.2))):
            swing = np.abs(np.cos(2.5 * (angle + twist)))
            edge = reach * (0.66 + 0.34 * swing**0.55)
            soft = HARD / self.size
            inside = ramp(edge + soft, edge - soft, radius)
            wash = 0.20 + 0.45 * ramp(0.35, 1.0, radius / edge) ** 2 + 0.30 * ramp(0.35, 0.0, swing)
            rim = 0.45 * ramp(0.10, 0.02, np.abs(radius - edge) / reach)
            total = np.where(inside > 0, total * (1 - inside) + inside * (wash + rim + 0.08 * layer), total)
        heart = ramp(0.16, 0.12, radius)
        stamens = ramp(0.035, 0.02, np.abs(radius - 0.24)) * (np.cos(9 * angle) > 0.2)
        return np.asarray(np.maximum(total, 0.95 * np.maximum(heart, stamens)))


@dataclass(frozen=True)
class Leaf:
    """A pointed leaf from its stalk towards ``angle`` degrees, one half darker, bent by ``bend``."""

    across: float
    up: float
    length: float
    angle: float
    width: float = 0.3
    bend: float = 0.15

    def ink(self, across: Floats, up: Floats) -> Floats:
        c, s = np.cos(np.radians(self.angle)), np.sin(np.radians(self.angle))
        dx, dy = (across - self.across) / self.length, (up - self.up) / self.length
        along, aside = c * dx + s * dy, c * dy - s * dx
        aside = aside - self.bend * along * (1 - along) * 2
        half = self.width / 2 * np.sin(np.pi * np.clip(along, 0, 1) ** 0.8)
        soft = HARD / self.length
        inside = ramp(soft, -soft, np.abs(aside) - half) * (along > 0) * (along < 1)
        veins = 0.25 * (np.cos(2 * np.pi * (along * 7 - np.abs(aside) * 5)) > 0.75)
        wash = np.where(aside > 0, 0.42, 0.68) + veins
        rib = ramp(0.028, 0.012, np.abs(aside)) * (along > -0.25) * (along < 0.97)
        return np.asarray(np.maximum(inside * wash, 0.9 * rib))


@dataclass(frozen=True)
class Berry:
    """A round bud with a light spot."""

    across: float
    up: float
    size: float

    def ink(self, across: Floats, up: Floats) -> Floats:
        dx, dy = across - self.across, up - self.up
        radius = np.hypot(dx, dy)
        spot = ramp(0.5, 0.2, np.hypot(dx + 0.3 * self.size, dy - 0.3 * self.size) / self.size)
        return np.asarray(ramp(self.size + HARD, self.size - HARD, radius) * (0.85 - 0.6 * spot))


Piece = Flower | Leaf | Berry


def draw_ink(pieces: Sequence[Piece], across: Floats, up: Floats) -> Floats:
    """Return the ink of all pieces; flowers and berries cover earlier pieces, leaves do not overlap."""
    total = np.zeros_like(across)
    for piece in pieces:
        ink = piece.ink(across, up)
        total = np.maximum(total, ink) if isinstance(piece, Leaf) else np.where(ink > 0.02, ink, total)
    return total


def line(value: Floats, at: float, width: float) -> Floats:
    """Return the ink of a line where ``value`` is ``at``."""
    return ramp(width / 2 + HARD / 2, width / 2 - HARD / 2, np.abs(value - at))


def scallops(turn: Floats, up: Floats, at: float, depth: float, count: int) -> Floats:
    """Return the ink of a border of hanging petals below ``at`` (``depth`` < 0: standing)."""
    cell = np.abs((turn / (2 * np.pi) * count) % 1 - 0.5) * 2
    way = (at - up) / depth
    edge = np.sqrt(np.clip(1 - cell**2, 0, 1))
    inside = (way > 0) * ramp(0.05, -0.05, way - edge)
    return np.asarray(inside * (0.35 + 0.5 * ramp(0.25, 0.0, np.abs(way - edge)) + 0.3 * ramp(0.4, 0.0, way)))


COBALT = rgb(96, 132, 208), rgb(22, 40, 128)
"""Thin and full tone of cobalt blue."""


def washed(color: Floats, ink: Floats, points: Floats) -> Floats:
    """Return colors N × 3 with brushwork in cobalt, deeper where there is more ink."""
    brush = np.clip(ink * (0.80 + 0.40 * fbm(points, 22, 3, seed=4)), 0, 1)
    return mix(mix(color, COBALT[0], ramp(0.0, 0.45, brush)), COBALT[1], ramp(0.3, 0.95, brush))
