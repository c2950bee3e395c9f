"""``python -m perturber.training.family.draw_class_pictures``: draw an example picture of each embedded class."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from perturber import paths
from perturber.core.evaluation import SIZE, Pixels
from perturber.core.session.scene import Background, Camera, MeshSubject, Morph, PairSubject, Scene
from perturber.nets.families.class_pictures import SHIPPED
from perturber.scene.assets.pairs import pairs
from perturber.scene.files.image import save_picture
from perturber.scene.renderer import Renderer
from perturber.training.family.family_plan import FamilyPlan
from perturber.training.studio.kinds import KINDS, ObjectClass
from perturber.training.studio.stock import Stock

CAMERA = Camera(yaw=-30, pitch=-10)
FILL = 0.88
"""Longer side of the object as a share of the frame: large, since the pictures are shown small."""
QUALITY = 90


def example_scene(kind: ObjectClass, stock: Stock) -> Scene:
    """Return the scene of a class's picture: the whole object at its home place."""
    if kind.shipped is None:
        subject = MeshSubject(mesh=stock.mesh(kind.name, "train", 0), diffuse=stock.coat(kind.name, "train", 0))
        return Scene(subject=subject, background=Background(name=kind.home), camera=CAMERA)
    end = 0.0 if kind.shipped.end == "first" else 1.0
    return Scene(
        subject=PairSubject(name=kind.shipped.pair),
        morph=Morph(overall=end, shape=end, texture=end),
        background=Background(name=pairs()[kind.shipped.pair].background),
        camera=CAMERA,
    )


def frame_object(camera: Camera, mask: NDArray[np.uint8]) -> Camera:
    """Return the camera moved so that the object in the mask (H×W, 0 … 255) fills the frame, about in the middle."""
    rows, columns = (np.flatnonzero(mask.max(axis=axis) > 127) for axis in (1, 0))
    height, width = mask.shape
    left, right = columns[[0, -1]] / width * 2 - 1
    top, foot = 1 - rows[[0, -1]] / height * 2
    larger = FILL / max((right - left) / 2, (top - foot) / 2)
    middle = {"pan_x": -larger * (left + right) / 2, "pan_y": -larger * (top + foot) / 2}
    return camera.model_copy(update={"distance": camera.distance / larger, **middle})


def draw(renderer: Renderer, kind: ObjectClass, stock: Stock) -> Pixels:
    """Draw the picture of a class, 224 × 224 × 3."""
    scene = example_scene(kind, stock)
    close = frame_object(scene.camera, renderer.mask(scene, SIZE))
    return renderer.read(renderer.draw(scene.model_copy(update={"camera": close}), SIZE))


def draw_examples(target: Path, stock: Stock) -> list[Path]:
    """Write ``target``/classes/<WordNet id>.jpg for every class and remove pictures of former classes."""
    folder = target / SHIPPED
    folder.mkdir(parents=True, exist_ok=True)
    renderer = Renderer()
    written = []
    try:
        for kind in KINDS:
            path = folder / f"{kind.wnid}.jpg"
            save_picture(Image.fromarray(draw(renderer, kind, stock)), path, quality=QUALITY, optimize=True)
            written.append(path)
    finally:
        renderer.release()
    for former in set(folder.glob("*.jpg")) - set(written):
        former.unlink()
    return written


def main() -> None:
    written = draw_examples(paths.models() / FamilyPlan().name, Stock(paths.cache() / "training" / "data" / "stock"))
    sys.stdout.write(f"{len(written)} class pictures in {written[0].parent}\n")


if __name__ == "__main__":
    main()
