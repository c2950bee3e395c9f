"""Fire truck and race car, from one kit of parts."""

from __future__ import annotations

from assets.build.files import End, Pair
from assets.build.geometry import Shapes
from assets.build.kit import join
from assets.truck_car.fire_truck import paint_fire_truck
from assets.truck_car.parts import parts
from assets.truck_car.race_car import paint_race_car

__all__ = ["EXTENT", "LEVELS", "PAIR", "SIZE", "paint_fire_truck", "paint_race_car", "shapes"]

PAIR = Pair(
    "truck_car",
    "Fire Truck ⇄ Race Car",
    "Race Car-ness",
    "street",
    (
        End("fire_truck", "Fire truck", ("n03345487",)),
        End("race_car", "Race car", ("n04037443", "n04285008")),
    ),
    order=2,
)
LEVELS = (86, 86, 86, 16)
EXTENT = 1.8
SIZE = 2048
TEXELS = {
    "cab": 1.25, "wheel": 0.7, "arch": 0.5, "floor": 0.2, "rail_low": 0.5, "slide": 0.4, "rung": 0.4, "brace": 0.3,
    "arm": 0.4, "grab": 0.4, "hose": 0.5, "step": 0.5, "handle": 0.5, "headlight": 1.8, "grille": 1.3, "stripe": 0.6,
}  # fmt: skip
"""Texture density of parts (by name prefix) relative to the others."""


def shapes() -> Shapes:
    """The pair's geometry."""
    return join(parts(), SIZE, TEXELS)
