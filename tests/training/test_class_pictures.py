"""The class pictures that ship are those our scene draws."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from perturber import paths
from perturber.core.scene import Camera
from perturber.scene.renderer import Renderer
from perturber.training.examples import FILL, draw, draw_examples, framed
from perturber.training.sample import classes


def test_the_object_fills_the_frame():
    mask = np.zeros((100, 100), np.uint8)
    mask[40:80, 30:50] = 255
    camera = framed(Camera(), mask)
    assert abs(camera.distance - 0.4 / FILL) < 0.02
    assert camera.pan_x > 0.2
    assert camera.pan_y > 0.2


def test_the_pictures_that_ship_are_up_to_date():
    kind = classes()[0]
    renderer = Renderer()
    drawn = draw(renderer, kind).astype(float)
    renderer.release()
    with Image.open(paths.models() / "studio" / "classes" / f"{kind.wnid}.jpg") as shipped:
        assert shipped.size == (224, 224)
        off = np.abs(np.asarray(shipped, float) - drawn).mean()
    assert off < 6, "run python -m perturber.training.examples"


def test_former_classes_are_removed(tmp_path: Path):
    former = tmp_path / "classes" / "n00000001.jpg"
    former.parent.mkdir()
    former.touch()
    written = draw_examples(tmp_path)
    assert sorted(former.parent.iterdir()) == sorted(written)
    assert len(written) == len(classes())
