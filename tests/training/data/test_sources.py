"""Where pictures come from: rendered sets one behind the other, and folders in ImageNet's layout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from perturber.core.errors import InputError
from perturber.training.data.rendered_pictures import RenderedSet
from perturber.training.data.sources import FolderSource, Rendered


def numbered(start: int, count: int) -> RenderedSet:
    pixels = np.zeros((count, 8, 8, 3), np.uint8) + np.arange(start, start + count, dtype=np.uint8)[:, None, None, None]
    pixels[:, :, 0] = 255
    numbers = np.arange(start, start + count)
    return RenderedSet(pixels, numbers, numbers, numbers)


def test_sets_follow_one_another():
    source = Rendered([numbered(0, 5), numbered(5, 3)])
    assert source.targets.tolist() == list(range(8))
    pixels = source.batch(np.array([1, 4, 5, 7]), 8, None)
    assert pixels.shape == (4, 3, 8, 8)
    assert (pixels[:, 0, 0, 5] * 255).round().tolist() == [1, 4, 5, 7]


def test_a_seed_mirrors_half_of_the_pictures():
    source = Rendered([numbered(0, 200)])
    mirrored = source.batch(np.arange(200), 8, (1, 2))[:, 0, 0, -1] == 1
    assert 60 < int(mirrored.sum()) < 140
    assert not (source.batch(np.arange(200), 8, None)[:, 0, 0, -1] == 1)[:200].any()


def image_folder(root: Path) -> Path:
    rng = np.random.default_rng(0)
    for name in ("n02", "n01"):
        (root / name).mkdir(parents=True)
        for number in range(2):
            Image.fromarray(rng.integers(0, 255, (40, 60, 3), np.uint8)).save(root / name / f"{number}.png")
    return root


def test_a_folder_in_imagenets_layout(tmp_path: Path):
    source = FolderSource(image_folder(tmp_path))
    assert source.classes == ("n01", "n02")
    assert source.targets.tolist() == [0, 0, 1, 1]
    index = np.array([0, 3])
    assert source.batch(index, 32, None).shape == (2, 3, 32, 32)
    assert (source.batch(index, 32, (1,)) == source.batch(index, 32, (1,))).all()
    assert not (source.batch(index, 32, (1,)) == source.batch(index, 32, (2,))).all()


def test_folders_that_do_not_fit_are_refused_by_name(tmp_path: Path):
    with pytest.raises(InputError, match="fewer than two classes"):
        FolderSource(tmp_path)
    with pytest.raises(InputError, match="nowhere"):
        FolderSource(tmp_path / "nowhere")
    with pytest.raises(InputError, match="the network has no class n02"):
        FolderSource(image_folder(tmp_path), ("n01", "n03"))


def test_an_unreadable_picture_is_named(tmp_path: Path):
    root = image_folder(tmp_path)
    (root / "n01" / "0.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"0\.png"):
        FolderSource(root).batch(np.array([0]), 32, None)
