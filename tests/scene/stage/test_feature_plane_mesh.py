"""The plane that carries a feature image in the object's place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from perturber.core.errors import InputError
from perturber.core.evaluation import Pixels
from perturber.core.parameters.parameter import Parameter, replace_all, walk
from perturber.core.session.scene import PairSubject, Photo, Scene
from perturber.core.storage.files import FileRef
from perturber.scene.renderer import Renderer

Show = Callable[..., Pixels]
SIDE, SIZE = 96, 224
PLAIN = {"plane.enabled": True, "camera.yaw": 0.0, "camera.pitch": 0.0}
INSIDE = slice((SIZE - SIDE) // 2, (SIZE + SIDE) // 2)
OBJECTS_OWN = ("morph.", "subject.", "surface.light")
ENDS = [(p, end) for p in walk(Scene) for end in p.ends]


@pytest.fixture
def feature() -> Pixels:
    """A smooth picture without symmetry."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    waves = [0.5 + 0.4 * np.sin(9 * x + 2 * y), x * (1 - y), 0.5 + 0.4 * np.cos(7 * y * x)]
    return (255 * np.stack(waves, -1)).clip(0, 255).astype(np.uint8)


@pytest.fixture
def show(renderer: Renderer, feature: Pixels) -> Show:
    """The scene with the plane and some changes."""

    def shown(changes: dict[str, Any] | None = None, picture: Pixels = feature) -> Pixels:
        return renderer.read(renderer.draw(replace_all(Scene(), {**PLAIN, **(changes or {})}), SIZE, picture))

    return shown


def away(one: Pixels, two: Pixels) -> float:
    return float(np.abs(one.astype(int) - two).mean())


def test_from_the_front_the_picture_stands_unscaled_in_its_own_colors(show: Show, feature: Pixels):
    frame = show()
    assert away(frame[INSIDE, INSIDE], feature) < 1
    other = show(picture=255 - feature)
    different = (frame != other).any(2)
    assert different[INSIDE, INSIDE].mean() > 0.99
    different[INSIDE, INSIDE] = False
    assert not different.any()
    np.testing.assert_array_equal(show(), frame)


@pytest.mark.parametrize("fov", [5.0, 120.0])
def test_the_field_of_view_does_not_scale_it(show: Show, feature: Pixels, fov: float):
    assert away(show({"camera.fov": fov})[INSIDE, INSIDE], feature) < 1


def test_from_behind_it_is_mirrored(show: Show, feature: Pixels):
    assert away(show({"camera.yaw": 180.0})[INSIDE, INSIDE], feature[:, ::-1]) < 1


def test_the_half_that_the_camera_turns_to_looks_larger(show: Show):
    """Positive yaw turns the camera to the object's left side, which is the right of the frame."""
    halves = np.zeros((SIDE, SIDE, 3), np.uint8)
    halves[:, : SIDE // 2] = 255
    near = {"background.name": "grey", "camera.fov": 90.0}
    for yaw, larger, smaller in ((50.0, 0, 255), (-50.0, 255, 0)):
        seen = show({**near, "camera.yaw": yaw}, halves)[..., 0]
        assert (seen == larger).sum() > 1.2 * (seen == smaller).sum()


def test_the_mask_covers_it(renderer: Renderer, feature: Pixels):
    front = renderer.mask(replace_all(Scene(), PLAIN), SIZE, feature)
    expected = np.zeros((SIZE, SIZE))
    expected[INSIDE, INSIDE] = 255
    assert np.abs(front - expected).mean() < 0.01 * 255
    turned = renderer.mask(replace_all(Scene(), {**PLAIN, "camera.yaw": 60.0}), SIZE, feature)
    assert turned.sum() / front.sum() == pytest.approx(0.5, abs=0.03)


def test_blur_and_influence_act_on_it(show: Show, feature: Pixels):
    middle = slice(80, 144)
    assert np.abs(show({"surface.blur": 1.0})[middle, middle] - feature.mean((0, 1))).max() < 2
    assert (show({"surface.texture": 0.0})[middle, middle] == 255).all()
    rough = [
        np.abs(np.diff(show({"surface.blur": b})[INSIDE, INSIDE].astype(int), axis=1)).sum() for b in (0, 0.3, 0.6)
    ]
    assert rough[0] > rough[1] > rough[2]


@pytest.mark.parametrize(("parameter", "end"), ENDS, ids=[f"{p.path}={e}" for p, e in ENDS])
def test_every_parameter_acts_except_those_of_the_object(show: Show, parameter: Parameter, end: Any):
    without = {"camera.yaw": -25.0, "camera.pitch": -8.0}
    gap = away(show({**without, parameter.path: end}), show(without))
    if parameter.path.startswith(OBJECTS_OWN):
        assert gap == 0
    else:
        assert gap > 0.3


def test_the_object_does_not_matter(show: Show):
    np.testing.assert_array_equal(show({"subject": PairSubject(name="mug_teapot")}), show())


def test_a_photo_wins(renderer: Renderer, feature: Pixels, tmp_path: Path):
    Image.new("RGB", (8, 8), (10, 20, 30)).save(tmp_path / "p.png")
    scene = replace_all(Scene(), {**PLAIN, "photo": Photo(file=FileRef.of(tmp_path / "p.png"))})
    assert (renderer.read(renderer.draw(scene, SIZE, feature)) == (10, 20, 30)).all()


def test_without_a_picture_it_says_so(renderer: Renderer):
    with pytest.raises(InputError, match=r"scene\.plane\.enabled"):
        renderer.draw(replace_all(Scene(), PLAIN), SIZE)
