"""A camera over level ground or hills: intersections of every pixel's ray with the ground."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from assets.build.canvas import clouds, grid
from assets.build.geometry import Floats

Height = Callable[[Floats, Floats], Floats]
"""Height in meters above the plane at x, z in meters."""
SUN = np.array([0.5, 0.9, 0.8]) / np.linalg.norm([0.5, 0.9, 0.8])
"""Direction towards the light, the renderer's key light. x right, y up, z towards the camera."""


@dataclass(frozen=True)
class View:
    """A level camera: x to the right, y up, z ahead, in meters."""

    size: int
    horizon: float = 0.36
    """Share of the picture above the horizon."""
    eye: float = 1.0
    """Height of the camera, in meters."""
    lens: float = 1.46
    """Focal length in picture widths; the renderer's field of view gives 1.46."""

    @cached_property
    def pixels(self) -> tuple[Floats, Floats]:
        return grid(self.size)

    @cached_property
    def depth(self) -> Floats:
        """Distance ahead at which a pixel shows level ground; 1e5 above the horizon."""
        _, y = self.pixels
        return np.where(y > self.horizon, self.lens * self.eye / np.maximum(y - self.horizon, 1e-9), 1e5).clip(0, 1e5)

    def across(self, depth: Floats) -> Floats:
        """Meters to the right at a depth."""
        return (self.pixels[0] - 0.5) * depth / self.lens

    def at(self, x: float, y: float, z: float) -> tuple[float, float]:
        """Pixels (right, down) of a point."""
        return (0.5 + self.lens * x / z) * self.size, (self.horizon + self.lens * (self.eye - y) / z) * self.size

    def footprint(self, depth: Floats) -> Floats:
        """Meters that a pixel covers on the ground: the mean of across and along in powers."""
        wide = depth / (self.lens * self.size)
        return wide * np.sqrt(1 + (depth / self.eye) ** 2) ** 0.6

    def texture(self, depth: Floats, cell: float, octaves: int = 4, seed: int = 0) -> Floats:
        """Noise on the ground with cells of ``cell`` meters, without detail finer than a pixel."""
        x = self.across(depth)
        return clouds(x / cell + 500, depth / cell, octaves, seed, footprint=self.footprint(depth) / cell)

    def blur(self, depth: Floats, sharp: float, most: float) -> Floats:
        """Radius in pixels of a point's disc when the lens is set to ``sharp`` meters; at infinity ``most``
        (share of the picture)."""
        return np.asarray(most * self.size * np.minimum(np.abs(1 - sharp / np.maximum(depth, 1e-3)), 1.6))


def hills(view: View, height: Height, near: float, far: float, steps: int = 1400) -> Floats:
    """Depth at which every pixel meets the hills; 1e5 where it passes above them."""
    size = view.size
    depths = np.geomspace(near, far, steps)
    x = (np.arange(size) + 0.5) / size - 0.5
    z = np.repeat(depths[:, None], size, 1)
    rows = view.horizon + view.lens * (view.eye - height(x * z / view.lens, z)) / z
    skyline = np.minimum.accumulate(rows, 0)
    wanted = (np.arange(size) + 0.5) / size
    depth = np.empty((size, size))
    for column in range(size):
        depth[:, column] = np.interp(-wanted, -skyline[:, column], np.log(depths))
    depth = np.exp(depth)
    return np.where(wanted[:, None] < skyline[-1], 1e5, depth)


def hill_normals(view: View, height: Height, depth: Floats) -> Floats:
    """Normals of the hills at every pixel, height × width × 3; z towards the camera."""
    x, reach = view.across(depth), np.clip(view.footprint(depth), 0.004, None)
    here = height(x, depth)
    right, ahead = (height(x + reach, depth) - here) / reach, (height(x, depth + reach) - here) / reach
    normal = np.stack([-right, np.ones(x.shape), ahead], -1)
    return np.asarray(normal / np.linalg.norm(normal, axis=-1, keepdims=True))
