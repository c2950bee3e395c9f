"""The flowers on mug and teapot."""

from __future__ import annotations

from assets.build.brushwork import Berry, Flower, Leaf, Piece

SPRAY: tuple[Piece, ...] = (
    Leaf(0.10, 0.50, 0.30, 28, 0.34),
    Leaf(-0.12, 0.52, 0.30, 150, 0.34, -0.15),
    Leaf(0.12, 0.40, 0.28, -32, 0.34, -0.15),
    Leaf(-0.10, 0.38, 0.28, 208, 0.34),
    Leaf(0.02, 0.58, 0.24, 82, 0.36),
    Leaf(0.30, 0.50, 0.22, 2, 0.28),
    Leaf(-0.30, 0.42, 0.22, 182, 0.28),
    Leaf(0.30, 0.46, 0.17, -40, 0.3),
    Leaf(-0.32, 0.46, 0.17, 140, 0.3),
    Leaf(-0.03, 0.30, 0.17, 262, 0.36),
    Berry(0.22, 0.70, 0.018),
    Berry(0.27, 0.66, 0.014),
    Berry(0.17, 0.73, 0.013),
    Berry(-0.22, 0.25, 0.018),
    Berry(-0.27, 0.28, 0.014),
    Berry(-0.16, 0.22, 0.013),
    Flower(0.24, 0.52, 0.085, 0.5),
    Flower(-0.25, 0.44, 0.085, 1.1),
    Flower(-0.10, 0.62, 0.075, 0.2),
    Flower(0.0, 0.46, 0.165, 0.3),
)
"""Painting of one side around the middle of the front, in wall heights; later pieces cover earlier ones."""
