"""Photos are cropped exactly as ImageNet networks are evaluated."""

from __future__ import annotations

from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from perturber.nets.architectures.torchvision_models import _models
from perturber.scene.files import image
from perturber.scene.files.image import crop_center, photo_pixels

SIDES = (*range(218, 232), 255, 256, 257, 300, 333, 375, 500, 501)


def reference(picture: Image.Image, resize: int, size: int) -> np.ndarray:
    """What torchvision's evaluation transform gives."""
    _models()  # torchvision cannot be imported before this beside every build of torch
    from torchvision import transforms

    chain = transforms.Compose([transforms.Resize(resize), transforms.CenterCrop(size)])
    return np.asarray(chain(picture))


def noise(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(width * height).integers(0, 256, (height, width, 3), np.uint8))


@pytest.mark.parametrize("size", [*pairwise(SIDES), *((b, a) for a, b in pairwise(SIDES)), (256, 256), (256, 257)])
def test_the_default_crop_is_torchvisions(size: tuple[int, int]):
    picture = noise(*size)
    np.testing.assert_array_equal(crop_center(picture, 0.875, 224), reference(picture, 256, 224))


@pytest.mark.parametrize(("crop", "size"), list(product((0.1, 0.33, 0.5, 0.874, 0.95, 1.0), (64, 223, 224, 299))))
def test_any_crop_is_the_one_of_its_resize(crop: float, size: int):
    picture = noise(301, 254)
    np.testing.assert_array_equal(crop_center(picture, crop, size), reference(picture, round(size / crop), size))


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (2, 601), (5, 4)])
def test_narrow_strips_and_single_pixels_are_cropped(shape: tuple[int, int]):
    for size in (shape, shape[::-1]):
        assert crop_center(Image.new("RGB", size, (7, 8, 9)), 0.1, 224).tolist()[0][0] == [7, 8, 9]


def test_real_photos_are_cropped_to_the_bit(shared_data: Path):
    for file in sorted((shared_data / "photos").glob("*.jpg")):
        whole = Image.open(file).convert("RGB")
        np.testing.assert_array_equal(photo_pixels(file, 0.875, 224), reference(whole, 256, 224))


def test_what_is_too_large_to_be_resized_whole_is_hardly_different(monkeypatch: pytest.MonkeyPatch):
    picture = noise(1201, 301).resize((601, 151), Image.Resampling.BOX)
    whole = crop_center(picture, 0.3, 100).astype(int)
    monkeypatch.setattr(image, "MAX_PIXELS", 1000)
    assert np.abs(crop_center(picture, 0.3, 100) - whole).max() <= 1
