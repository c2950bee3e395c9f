"""All build targets by name: every folder of assets/ with a recipe is a pair. Thumbnails come last."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path

from assets.build import backgrounds
from assets.build.bake import Atlas, Surface
from assets.build.files import ASSETS, Pair, quantize, write_pair
from assets.build.fur import Coat, write_fur
from assets.build.geometry import Floats, Shapes, flipped_share, scales, stand

SIZE = 1024
log = logging.getLogger("assets.build")


def pair_names() -> tuple[str, ...]:
    """Return the folders with a recipe, in alphabetical order."""
    return tuple(sorted(file.parent.name for file in ASSETS.glob("*/recipe.py")))


def build_pair(name: str, root: Path = ASSETS) -> None:
    """Build one pair into ``root``/<name>.

    Its recipe defines PAIR, LEVELS, EXTENT, shapes(), two paint functions and, for an animal, coat().
    """
    module = import_module(f"assets.{name}.recipe")
    pair: Pair = module.PAIR
    shapes: Shapes = module.shapes()
    atlas = Atlas.of(shapes, getattr(module, "SIZE", SIZE))
    pictures = []
    for number, end in enumerate(pair.ends):
        paint: Callable[[Surface], Floats] = getattr(module, f"paint_{end.name}")
        pictures.append(quantize(atlas.image(paint(atlas.surface(number))), module.LEVELS))
    write_pair(pair, stand(shapes, module.EXTENT), pictures, root)
    if pair.fur:
        coat: Callable[[Shapes], Coat] = module.coat
        write_fur(root / name / pair.fur, coat(shapes).scaled(scales(shapes, module.EXTENT)))
    flipped = flipped_share(shapes.ends, shapes.normals, shapes.faces)
    vertices, triangles = len(shapes.uv), len(shapes.faces)
    log.info("%s: %d vertices, %d triangles, %.2f %% flipped", name, vertices, triangles, 100 * flipped)


def _thumbnails() -> None:
    from assets.build import thumbnails  # needs the renderer and with it OpenGL

    thumbnails.build(pair_names())


def builds() -> dict[str, Callable[[], None]]:
    """Return the default targets, in order."""
    pairs = {name: partial(build_pair, name) for name in pair_names()}
    return pairs | {"backgrounds": backgrounds.build, "thumbnails": _thumbnails}


def places() -> dict[str, Callable[[], None]]:
    """Return the targets of single places, which ``backgrounds`` builds together."""
    return {f"backgrounds.{name}": partial(backgrounds.build_place, name) for name in backgrounds.background_names()}
