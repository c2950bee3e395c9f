"""The turning lights, reflections of the place, and the object's mask."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from perturber.core.errors import InputError
from perturber.core.evaluation import Pixels
from perturber.core.parameters.parameter import replace_all
from perturber.core.session.scene import PairSubject, Photo, Scene
from perturber.core.storage.files import FileRef
from perturber.scene.assets.pairs import pairs
from perturber.scene.renderer import Renderer

Draw = Callable[..., Pixels]
PLAIN = {"scene__background__name": "grey", "scene__surface__texture": 0.0, "scene__camera__yaw": 0.0}


def test_light_from_the_left_side_brightens_that_side(draw: Draw):
    """The object's left is on the right of the frame when it faces the camera."""
    left, right = (draw(scene__surface__light=turn, **PLAIN).astype(float).mean(2) for turn in (60.0, -120.0))
    assert left[:, 112:].mean() - left[:, :112].mean() > right[:, 112:].mean() - right[:, :112].mean() + 3


def test_a_whole_turn_of_the_lights_changes_nothing(draw: Draw):
    np.testing.assert_array_equal(draw(scene__surface__light=180.0), draw(scene__surface__light=-180.0))


def test_shiny_objects_reflect_the_place_and_hairy_ones_do_not(draw: Draw, tmp_path: Path):
    """The same view of the object before two pictures, compared where only the object is."""
    files = []
    for name, color in (("red", (200, 20, 20)), ("blue", (20, 20, 200))):
        Image.new("RGB", (64, 64), color).save(tmp_path / f"{name}.png")
        files.append(FileRef.of(tmp_path / f"{name}.png"))
    shown = {}
    shiny = next(name for name, pair in pairs().items() if pair.reflections)
    for pair in (shiny, "dog_cat"):
        subject = PairSubject(name=pair)
        two = [draw(scene__subject=subject, scene__background__file=file).astype(float) for file in files]
        inside = draw(scene__subject=subject, scene__surface__lighting=0.0, scene__background__file=files[0])
        both = draw(scene__subject=subject, scene__surface__lighting=0.0, scene__background__file=files[1])
        covered = (inside == both).all(2)
        shown[pair] = (two[0] - two[1])[covered][:, 0].mean()
    assert shown[shiny] > 1
    assert shown["dog_cat"] == 0


def test_mask_covers_the_object_and_not_its_shadow(renderer: Renderer):
    for name in pairs():
        scene = replace_all(Scene(), {"subject": PairSubject(name=name), "background.name": "grey"})
        mask = renderer.mask(scene, 224)
        assert mask.shape == (224, 224)
        assert mask.dtype == np.uint8
        lit = replace_all(scene, {"surface.texture": 0.0, "surface.lighting": 0.0})
        white = renderer.read(renderer.draw(lit, 224))[..., 0].astype(float)
        expected = (white - 128) / (255 - 128) * 255
        assert np.abs(mask - expected).max() < 4


def test_a_photo_has_no_mask(renderer: Renderer, tmp_path: Path):
    Image.new("RGB", (8, 8)).save(tmp_path / "p.png")
    with pytest.raises(InputError, match=r"scene\.photo"):
        renderer.mask(Scene(photo=Photo(file=FileRef.of(tmp_path / "p.png"))), 64)
