"""The committed places are complete, and their painters give the same picture each time."""

from __future__ import annotations

import tomllib
from importlib import import_module

import numpy as np
import pytest
from PIL import Image

from assets.build.backgrounds import SIZE, background_names, picture
from assets.build.canvas import defocus, focus, value_noise
from perturber import paths

FOLDER = paths.assets() / "backgrounds"
NAMES = background_names()
MAX_BYTES = 1_200_000
SMALL = 96


def _small(name: str) -> np.ndarray:
    return np.asarray(import_module(f"assets.backgrounds.{name}").paint(SMALL))


def test_every_place_is_listed_with_label_and_picture() -> None:
    listed = tomllib.loads((FOLDER / "backgrounds.toml").read_text(encoding="utf-8"))
    assert tuple(listed) == NAMES
    assert {"lawn", "street", "underwater", "snow", "desert", "living_room", "grey"} <= set(NAMES)
    assert {file.stem for file in FOLDER.glob("*.png")} == set(NAMES)
    for name, fields in listed.items():
        assert fields == {"label": import_module(f"assets.backgrounds.{name}").LABEL}
        with Image.open(FOLDER / f"{name}.png") as image:
            assert (image.size, image.mode) == ((SIZE, SIZE), "RGB")
        assert (FOLDER / f"{name}.png").stat().st_size <= MAX_BYTES


@pytest.mark.parametrize("name", NAMES)
def test_a_place_is_finite_and_the_same_each_time(name: str) -> None:
    once = _small(name)
    assert once.shape == (SMALL, SMALL, 3)
    assert np.isfinite(once).all()
    assert once.min() >= -0.1  # muted colors may leave the range a little
    assert once.max() <= 1.1
    assert np.array_equal(once, _small(name))


@pytest.mark.parametrize("name", NAMES)
def test_no_place_has_a_seam(name: str) -> None:
    """No column or row differs from its neighbors all along, but for the horizon."""
    pixels = np.asarray(Image.open(FOLDER / f"{name}.png").convert("L"), float)
    assert np.abs(np.diff(pixels, axis=1)).mean(0).max() < 25
    steps = np.abs(np.diff(pixels, axis=0)).mean(1)
    assert steps[:8].max() < 25
    assert steps[-8:].max() < 25


def test_rebuilding_gives_what_is_committed() -> None:
    built = np.asarray(picture("night"), float)
    kept = np.asarray(Image.open(FOLDER / "night.png"), float)
    assert np.abs(built - kept).mean() < 2


def test_blur_keeps_light_and_noise_is_periodic() -> None:
    point = np.zeros((41, 41, 3))
    point[20, 20] = 5.0
    disc = defocus(point, 6.0)
    assert disc.sum() == pytest.approx(15.0, rel=1e-3)
    assert np.allclose(disc, disc[::-1, ::-1], atol=1e-4)
    assert disc[20, 25, 0] == pytest.approx(disc[20, 20, 0], rel=0.01)
    flat = np.full((32, 32, 3), 0.4)
    assert np.allclose(focus(flat, np.linspace(0, 20, 1024).reshape(32, 32)), 0.4, atol=1e-3)
    x, y = np.meshgrid(np.linspace(0, 9, 50), np.linspace(0, 7, 50))
    assert np.allclose(value_noise(x, y, 3), value_noise(x + 256, y - 256, 3), atol=1e-3)
