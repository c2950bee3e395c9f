"""The class pictures that ship are those our scene draws."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from perturber import paths
from perturber.core.session.scene import Camera
from perturber.scene.renderer import Renderer
from perturber.training.family import draw_class_pictures
from perturber.training.family.draw_class_pictures import FILL, draw, draw_examples, frame_object
from perturber.training.studio.kinds import KINDS
from perturber.training.studio.stock import Stock


def test_the_object_fills_the_frame():
    mask = np.zeros((100, 100), np.uint8)
    mask[40:80, 30:50] = 255
    camera = frame_object(Camera(), mask)
    assert abs(camera.distance - 0.4 / FILL) < 0.02
    assert camera.pan_x > 0.2
    assert camera.pan_y > 0.2


@pytest.mark.gl
@pytest.mark.parametrize("name", ["barrel", "zebra"])
def test_the_pictures_that_ship_are_up_to_date(name: str, tmp_path: Path):
    kind = next(kind for kind in KINDS if kind.name == name)
    renderer = Renderer()
    drawn = draw(renderer, kind, Stock(tmp_path)).astype(float)
    renderer.release()
    with Image.open(paths.models() / "studio" / "classes" / f"{kind.wnid}.jpg") as shipped:
        assert shipped.size == (224, 224)
        off = np.abs(np.asarray(shipped, float) - drawn).mean()
    assert off < 6, "run python -m perturber.training.family.draw_class_pictures"


@pytest.mark.gl
def test_former_classes_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(draw_class_pictures, "KINDS", KINDS[:3])
    former = tmp_path / "classes" / "n00000001.jpg"
    former.parent.mkdir()
    former.touch()
    written = draw_examples(tmp_path, Stock(tmp_path / "stock"))
    assert sorted(former.parent.iterdir()) == sorted(written)
    assert [path.stem for path in written] == [kind.wnid for kind in KINDS[:3]]
