"""Dog and cat: a German shepherd becomes a tabby."""

from __future__ import annotations

from assets.build.files import End, Pair
from assets.build.geometry import Shapes
from assets.dog_cat.breeds import DOGS
from assets.dog_cat.cat import paint_cat
from assets.dog_cat.dog import paint_dog
from assets.dog_cat.hair import coat
from assets.dog_cat.skin import build
from perturber.scene.assets.pairs import Hairs

__all__ = ["EXTENT", "LEVELS", "PAIR", "coat", "paint_cat", "paint_dog", "shapes"]

PAIR = Pair(
    "dog_cat",
    "Dog ⇄ Cat",
    "Catness",
    "lawn",
    (
        End("dog", "Dog", DOGS),
        End("cat", "Cat", ("n02123045", "n02123159", "n02123394", "n02123597", "n02124075")),
    ),
    order=1,
    fur="fur.npz",
    detail={"standard": Hairs(strands=24_000, widen=1.9), "fine": Hairs(strands=48_000, segments=2)},
)
LEVELS = (64, 64, 64, 12)
EXTENT = 1.6


def shapes() -> Shapes:
    """The pair's geometry."""
    return build()
