"""What can be built, by name. Thumbnails come last, as they show what was built before."""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from assets.build import backgrounds
from assets.build.bake import Atlas, Surface
from assets.build.files import ASSETS, Pair, quantised, write_pair
from assets.build.geometry import Floats, Shapes, flipped_share, stand

SIZE = 1024
log = logging.getLogger("assets.build")


def build_pair(name: str, root: Path = ASSETS) -> None:
    """Build one pair into ``root``/<name>. Its module offers PAIR, LEVELS, EXTENT, shapes() and two paint functions."""
    module = import_module(f"assets.build.{name}")
    pair: Pair = module.PAIR
    shapes: Shapes = module.shapes()
    atlas = Atlas.of(shapes, SIZE)
    pictures = []
    for number, end in enumerate(pair.ends):
        paint: Callable[[Surface], Floats] = getattr(module, f"paint_{end.name}")
        pictures.append(quantised(atlas.image(paint(atlas.surface(number))), module.LEVELS))
    write_pair(pair, stand(shapes, module.EXTENT), pictures, root)
    flipped = flipped_share(shapes.ends, shapes.normals, shapes.faces)
    vertices, triangles = len(shapes.uv), len(shapes.faces)
    log.info("%s: %d vertices, %d triangles, %.2f %% flipped", name, vertices, triangles, 100 * flipped)


def _pair(name: str) -> Callable[[], None]:
    return lambda: build_pair(name)


def _thumbnails() -> None:
    from assets.build import thumbnails  # needs the renderer and with it OpenGL

    thumbnails.build(PAIRS)


PAIRS = ("dog_cat", "bottle_vase", "barrel_crate", "truck_car")
BUILDS: dict[str, Callable[[], None]] = {name: _pair(name) for name in PAIRS} | {
    "backgrounds": backgrounds.build,
    "thumbnails": _thumbnails,
}
