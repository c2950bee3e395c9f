"""The rasterized picture: orientation, every scene parameter, blur against NumPy, resources."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from perturber.core.errors import InputError
from perturber.core.evaluation import Pixels
from perturber.core.parameters.parameter import Parameter, replace, walk
from perturber.core.session.scene import PairSubject, Photo, Scene
from perturber.core.session.session import Session
from perturber.core.storage.files import FileRef
from perturber.scene.assets.pairs import backgrounds, pairs
from perturber.scene.renderer import Renderer

Draw = Callable[..., Pixels]
PARAMETERS = list(walk(Scene))
ENDS = [(p, end) for p in PARAMETERS for end in p.ends]
FAR = {"scene__camera__distance": 5.0}
"""Nearly nothing but background."""


def difference(one: Pixels, two: Pixels) -> float:
    return float(np.abs(one.astype(int) - two).mean())


@pytest.fixture
def quarters(tmp_path: Path) -> FileRef:
    """Red at the upper left, green at the upper right, blue at the lower left, white at the lower right."""
    array = np.zeros((256, 256, 3), np.uint8)
    array[:128, :128, 0] = array[:128, 128:, 1] = array[128:, :128, 2] = array[128:, 128:] = 255
    Image.fromarray(array).save(tmp_path / "quarters.png")
    return FileRef.of(tmp_path / "quarters.png")


def test_the_same_scene_gives_the_same_bytes(draw: Draw):
    first = draw(scene__camera__yaw=31.0)
    draw(scene__camera__yaw=-90.0)
    np.testing.assert_array_equal(draw(scene__camera__yaw=31.0), first)
    assert first.shape == (224, 224, 3)
    assert first.dtype == np.uint8


@pytest.mark.parametrize(("parameter", "end"), ENDS, ids=[f"{p.path}={e}" for p, e in ENDS])
def test_both_extremes_of_every_scene_parameter_visibly_change_the_frame(draw: Draw, parameter: Parameter, end: Any):
    changed = draw(**{f"scene__{parameter.path}".replace(".", "__"): end})
    if parameter.path == "morph.overall":
        assert difference(changed, draw(scene__morph__shape=end, scene__morph__texture=end)) == 0
    assert difference(changed, draw()) > 0.5


def test_background_stands_upright(draw: Draw, quarters: FileRef):
    corners = draw(scene__background__file=quarters, **FAR)
    assert tuple(corners[20, 20]) == (255, 0, 0)
    assert tuple(corners[20, 200]) == (0, 255, 0)
    assert tuple(corners[200, 20]) == (0, 0, 255)
    assert tuple(corners[200, 200]) == (255, 255, 255)


def test_background_moves_right_up_and_turns_counterclockwise(draw: Draw, quarters: FileRef):
    right = draw(scene__background__file=quarters, scene__background__shift_x=0.25, **FAR)
    assert tuple(right[20, 150]) == (255, 0, 0)
    up = draw(scene__background__file=quarters, scene__background__shift_y=0.25, **FAR)
    assert tuple(up[74, 20]) == (0, 0, 255)
    turned = draw(scene__background__file=quarters, scene__background__rotation=90.0, **FAR)
    assert tuple(turned[20, 20]) == (0, 255, 0)


def test_background_is_mirrored_at_its_edges(draw: Draw, quarters: FileRef):
    far_right = draw(scene__background__file=quarters, scene__background__shift_x=0.9, **FAR)
    assert tuple(far_right[20, 215]) == (255, 0, 0)
    assert tuple(far_right[20, 60]) == (0, 255, 0)


def test_camera_turns_the_right_way(draw: Draw):
    """From its left side (+x) the race car's front (+z) is on the left, the high rear wing on the right."""
    session = replace(Session(), "scene.subject", PairSubject(name="truck_car"))
    plain = {"scene__surface__texture": 0.0, "scene__surface__lighting": 0.0, "scene__morph__overall": 1.0}
    for yaw, right in ((90.0, True), (-90.0, False)):
        view = {"scene__camera__yaw": yaw, "scene__camera__pitch": 0.0, "scene__background__name": "grey"}
        white = (draw(session=session, **view, **plain) == 255).all(axis=2)
        top_row = np.nonzero(white.any(axis=1))[0][0]
        assert (np.nonzero(white[top_row + 1])[0].mean() > 112) == right


def test_roll_turns_object_and_background_together(draw: Draw):
    straight = draw()
    assert difference(np.rot90(draw(scene__camera__roll=90.0)), straight) < 3
    assert difference(np.rot90(draw(scene__camera__roll=-90.0), -1), straight) < 3


def test_pan_shifts_the_object_only(draw: Draw):
    plain = {"scene__background__name": "grey", "scene__surface__lighting": 0.0, "scene__camera__distance": 2.0}
    middle = draw(**plain)
    shifted = draw(scene__camera__pan_x=0.5, **plain)
    assert difference(np.roll(middle, 56, axis=1), shifted) < 1


def test_fov_keeps_the_object_in_size_and_distance_one_fits_it_from_all_sides(draw: Draw):
    plain = {"scene__background__name": "grey", "scene__surface__lighting": 0.0, "scene__surface__texture": 0.0}
    for name in pairs():
        session = replace(Session(), "scene.subject", PairSubject(name=name))
        for yaw in (0.0, 45.0, 90.0):
            white = (draw(session=session, scene__camera__yaw=yaw, scene__camera__pitch=0.0, **plain) == 255).all(2)
            rim = np.concatenate([white[0], white[-1], white[:, 0], white[:, -1]])
            assert rim.mean() < 0.02, f"{name} is cut off at yaw {yaw}"
            assert np.ptp(np.nonzero(white.any(1))[0]) > 60
    areas = [(draw(scene__camera__fov=fov, **plain) == 255).all(2).mean() for fov in (15.0, 35.0, 80.0)]
    assert max(areas) < 1.5 * min(areas)


@pytest.mark.parametrize("fov", [5.0, 35.0, 90.0, 120.0])
def test_distance_one_cuts_nothing_off_from_any_side(draw: Draw, fov: float):
    plain = {"scene__background__name": "grey", "scene__surface__lighting": 0.0, "scene__surface__texture": 0.0}
    for name in pairs():
        session = replace(Session(), "scene.subject", PairSubject(name=name))
        for number, pitch in enumerate((-89.0, -45.0, -16.7, 0.0, 30.0, 70.0)):
            angles = {"scene__camera__yaw": 47.0 * number - 120, "scene__camera__pitch": pitch}
            angles |= {"scene__camera__roll": 31.0 * number, "scene__camera__fov": fov}
            white = draw(64, session, scene__morph__shape=number / 5, **angles, **plain) == 255
            rim = np.concatenate([white[0], white[-1], white[:, 0], white[:, -1]])
            assert not rim.any(), f"{name} is cut off at pitch {pitch}"
            assert white.all(axis=2).sum() > 100


def test_full_background_blur_is_the_mean_color(draw: Draw, tmp_path: Path):
    noise = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "n.png")
    blurred = draw(scene__background__file=FileRef.of(tmp_path / "n.png"), scene__background__blur=1.0, **FAR)
    assert np.abs(blurred[:60].astype(float) - noise.mean(axis=(0, 1))).max() <= 2
    assert np.ptp(blurred[:60].reshape(-1, 3), axis=0).max() <= 1


def test_background_blur_is_the_interpolated_mip_pyramid(draw: Draw, tmp_path: Path):
    """Level 3.5 of an 8-level pyramid of 2 × 2 means, at the places where the shader looks."""
    smooth = np.random.default_rng(1).random((8, 8, 3)).repeat(32, 0).repeat(32, 1)
    noise = (255 * smooth).astype(np.uint8)
    Image.fromarray(noise).save(tmp_path / "n.png")
    got = draw(scene__background__file=FileRef.of(tmp_path / "n.png"), scene__background__blur=3.5 / 8, **FAR)
    levels = [noise.astype(float)]
    while levels[-1].shape[0] > 1:
        size = levels[-1].shape[0] // 2
        levels.append(levels[-1].reshape(size, 2, size, 2, 3).mean(axis=(1, 3)))

    def bilinear(level: np.ndarray, x: float, y: float) -> np.ndarray:
        n = level.shape[0]
        u, v = x * n - 0.5, y * n - 0.5
        c, r = int(np.floor(u)), int(np.floor(v))
        fx, fy = u - c, v - r
        top = (1 - fx) * level[r, c] + fx * level[r, c + 1]
        return (1 - fy) * top + fy * ((1 - fx) * level[r + 1, c] + fx * level[r + 1, c + 1])

    for row, column in ((30, 40), (50, 180), (190, 30), (200, 199)):
        x, y = (0.5 + 0.92 * ((place + 0.5) / 224 - 0.5) for place in (column, row))
        expected = 0.5 * bilinear(levels[3], x, y) + 0.5 * bilinear(levels[4], x, y)
        assert np.abs(got[row, column] - expected).max() <= 4


def test_background_saturation_zero_is_gray_and_leaves_the_object_alone(draw: Draw):
    gray = draw(scene__background__saturation=0.0)
    assert np.ptp(gray[:8].astype(int), axis=2).max() <= 1
    middle = gray[100:130, 90:130].astype(int)
    assert np.ptp(middle, axis=2).max() > 30


def test_texture_and_lighting_off_leave_a_white_silhouette(draw: Draw):
    pixels = draw(scene__surface__texture=0.0, scene__surface__lighting=0.0, scene__background__name="grey").reshape(
        -1, 3
    )
    colors = {tuple(c) for c in np.unique(pixels, axis=0)}
    assert (255, 255, 255) in colors
    assert all(len(set(c)) == 1 for c in colors)


def test_full_texture_blur_is_one_color_per_object(draw: Draw):
    plain = {"scene__background__name": "grey", "scene__surface__lighting": 0.0}
    blurred = draw(scene__surface__blur=1.0, **plain)
    middle = blurred[90:130, 90:130].reshape(-1, 3)
    assert np.ptp(middle, axis=0).max() <= 3


def test_photo_is_the_centered_crop_as_pil_reduces_it(draw: Draw, tmp_path: Path):
    array = np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)
    Image.fromarray(array).save(tmp_path / "p.png")
    session = replace(Session(), "scene.photo", Photo(file=FileRef.of(tmp_path / "p.png"), crop=0.875))
    whole = Image.fromarray(array).resize((341, 256), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(draw(session=session), np.asarray(whole)[16:240, 58:282])


def test_same_session_at_twice_the_size_is_the_same_picture(draw: Draw):
    large = draw(size=448).astype(float).reshape(224, 2, 224, 2, 3).mean(axis=(1, 3))
    assert np.abs(large - draw()).mean() < 3


def test_unknown_names_are_refused_and_say_what_there_is(draw: Draw):
    with pytest.raises(InputError, match="lawn"):
        draw(scene__background__name="moon")
    with pytest.raises(InputError, match="dog_cat"):
        draw(scene__subject=PairSubject(name="cow_pig"))


def test_another_thread_is_refused(renderer: Renderer):
    caught: list[BaseException] = []

    def call() -> None:
        try:
            renderer.draw(Scene(), 64)
        except RuntimeError as error:
            caught.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    assert "thread" in str(caught[0])


def test_resources_are_loaded_once_and_a_drag_loads_nothing(renderer: Renderer, draw: Draw, monkeypatch):
    draw()
    monkeypatch.setattr("perturber.scene.renderer.load_model", None)
    monkeypatch.setattr("perturber.scene.renderer.load_background", None)
    for yaw in range(5):
        draw(scene__camera__yaw=float(yaw), scene__morph__overall=0.1)


def test_every_shipped_pair_and_background_draws(draw: Draw):
    seen = set()
    for pair in pairs():
        for background in backgrounds():
            pixels = draw(scene__subject=PairSubject(name=pair), scene__background__name=background)
            seen.add(pixels.tobytes())
    assert len(seen) == len(pairs()) * len(backgrounds())
