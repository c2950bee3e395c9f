"""Coffee mug and teapot of the same porcelain, which differ in shape alone."""

from __future__ import annotations

from assets.build.files import End, Pair
from assets.build.geometry import Shapes
from assets.mug_teapot.glaze import paint_mug, paint_teapot
from assets.mug_teapot.mesh import join_skins

__all__ = ["EXTENT", "LEVELS", "PAIR", "paint_mug", "paint_teapot", "shapes"]

PAIR = Pair(
    "mug_teapot",
    "Coffee Mug ⇄ Teapot",
    "Teapot-ness",
    "living_room",
    (
        End("mug", "Coffee mug", ("n03063599", "n07930864")),
        End("teapot", "Teapot", ("n04398044",)),
    ),
    order=3,
    reflections=True,
)
LEVELS = (86, 86, 86, 16)
EXTENT = 1.5


def shapes() -> Shapes:
    """The pair's geometry."""
    return join_skins(1024)
