"""Trees for places, drawn from far to near as small strokes in linear light, to be blurred by the lens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from assets.build.geometry import Floats

FULL = 1.35
"""Linear light of value 255 while strokes are drawn."""


def to_canvas(picture: Floats) -> Image.Image:
    """Convert a picture in linear light to an image to draw on; the square root preserves shadows."""
    return Image.fromarray((np.sqrt(np.clip(picture / FULL, 0, 1)) * 255).round().astype(np.uint8))


def from_canvas(image: Image.Image) -> Floats:
    """Convert an image from `to_canvas` back to linear light."""
    return np.asarray((np.asarray(image, float) / 255) ** 2 * FULL)


def ink(color: Floats | Sequence[float]) -> tuple[int, int, int]:
    """Convert a color in linear light for drawing on an image from `to_canvas`."""
    red, green, blue = (np.sqrt(np.clip(np.asarray(color) / FULL, 0, 1)) * 255).round().astype(int).tolist()
    return red, green, blue


@dataclass(frozen=True)
class Fir:
    """A fir: foot position and height in pixels, colors in linear light."""

    x: float
    y: float
    height: float
    needles: Floats
    snow: Floats
    """Color of the snow on the branches."""
    laden: float = 0.6
    """Share of the strokes that carry snow."""

    def draw(self, draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
        """Draw the tiers of branches from the foot to the tip, each over the one below."""
        width = self.height * 0.012
        draw.line(
            [(self.x, self.y), (self.x, self.y - self.height * 0.2)],
            fill=ink(self.needles * 0.7),
            width=int(2 * width) + 1,
        )
        tiers = 26
        for tier in range(tiers):
            share = tier / tiers
            y = self.y - self.height * (0.07 + 0.92 * share)
            reach = self.height * 0.21 * (1 - share) ** 0.85 * rng.uniform(0.75, 1.12)
            self._tier(draw, y, reach, rng)

    def _tier(self, draw: ImageDraw.ImageDraw, y: float, reach: float, rng: np.random.Generator) -> None:
        thick = self.height * 0.016
        for _ in range(int(9 + reach / thick * 1.6)):
            side = rng.uniform(-1, 1)
            tip_x, drop = self.x + reach * side, reach * (0.12 + 0.30 * side * side) + rng.normal() * thick
            root = (self.x + reach * side * 0.35, y)
            shade = 0.45 + 0.45 * (0.5 + 0.5 * side) + rng.uniform(-0.15, 0.25)
            draw.line([root, (tip_x, y + drop)], fill=ink(self.needles * shade), width=int(thick) + 1)
            if rng.random() < self.laden:
                start = (self.x + reach * side * rng.uniform(0.3, 0.7), y + drop * 0.3 - thick * 0.8)
                bright = self.snow * (0.68 + 0.28 * (0.5 + 0.5 * side) + rng.uniform(-0.1, 0.1))
                draw.line([start, (tip_x, y + drop - thick * 0.8)], fill=ink(bright), width=int(thick * 0.8) + 1)


@dataclass(frozen=True)
class Crown:
    """The leaves of a tree or bush: clumps of strokes in an ellipse, lit from the upper right. In pixels."""

    x: float
    y: float
    """Center."""
    wide: float
    tall: float
    """Half axes."""
    shade: Floats
    """Color of fully shaded leaves, in linear light."""
    sunny: Floats
    clumps: int = 26
    leaves: int = 70
    """Strokes per clump."""

    def draw(self, draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
        """Draw the clumps from back and below to front and above."""
        angle, radius = rng.uniform(0, 2 * np.pi, self.clumps), np.sqrt(rng.random(self.clumps)) * 0.82
        at = np.stack([np.cos(angle), np.sin(angle)], -1) * radius[:, None]
        for cx, cy in at[np.argsort(-at[:, 1] + 0.4 * rng.random(self.clumps))]:
            light = float(np.clip(0.42 + 0.34 * cx - 0.50 * cy + rng.normal() * 0.16, 0, 1))
            self._clump(draw, rng, (self.x + cx * self.wide, self.y + cy * self.tall), light)

    def _clump(
        self, draw: ImageDraw.ImageDraw, rng: np.random.Generator, center: tuple[float, float], light: float
    ) -> None:
        spread = 0.30 * np.sqrt(self.wide * self.tall)
        leaf = spread * 0.13
        offsets = rng.normal(0, 0.45, (self.leaves, 2)).clip(-1.2, 1.2)
        for dx, dy in offsets[np.argsort(-offsets[:, 1])].tolist():
            own = np.clip(light * (0.55 + 0.55 * (0.4 * dx - 0.8 * dy + 0.5)) + rng.normal() * 0.10, 0, 1)
            color = self.shade + (self.sunny - self.shade) * own**1.5
            x, y = center[0] + dx * spread, center[1] + dy * spread * 0.8
            w, h = leaf * rng.uniform(0.6, 1.5), leaf * rng.uniform(0.5, 1.1)
            draw.ellipse([x - w, y - h, x + w, y + h], fill=ink(color))
