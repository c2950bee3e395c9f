"""Thumbnails of the pairs: the first object above the diagonal, the second below it."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from assets.build.files import ASSETS, write_png
from perturber.core.session.scene import Background, Camera, Morph, PairSubject, Scene
from perturber.scene.renderer import Renderer

SIZE, SCALE = 128, 4


def scenes(name: str, background: str) -> tuple[Scene, Scene]:
    """Return the scenes of both ends of a pair, each moved into its corner."""
    first, second = (
        Scene(
            subject=PairSubject(name=name),
            background=Background(name=background),
            morph=Morph(shape=end, texture=end, overall=end),
            camera=Camera(yaw=-30, pitch=-8, distance=1.5, pan_x=-0.36 + 0.72 * end, pan_y=0.26 - 0.52 * end),
        )
        for end in (0, 1)
    )
    return first, second


def thumbnail(renderer: Renderer, name: str, background: str) -> Image.Image:
    """Draw both ends in one picture, separated by a white diagonal."""
    large = SIZE * SCALE
    first, second = (renderer.read(renderer.draw(scene, large)).copy() for scene in scenes(name, background))
    row, column = np.mgrid[0:large, 0:large]
    side = row + column - large
    picture = np.where((side < 0)[..., None], first, second)
    picture[np.abs(side) < 2.2 * SCALE] = 255
    return Image.fromarray(picture).resize((SIZE, SIZE), Image.Resampling.BOX)


def build(names: Sequence[str], root: Path = ASSETS) -> None:
    """Write <pair>/thumbnail.png of the pairs in the program's assets."""
    renderer = Renderer()
    for name in names:
        described = tomllib.loads((root / name / "pair.toml").read_text(encoding="utf-8"))
        write_png(root / name / "thumbnail.png", thumbnail(renderer, name, described["background"]))
    renderer.release()
