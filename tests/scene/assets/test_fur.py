"""Hair: what grows where, both levels of detail, and what happens to a broken file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from perturber.core.errors import InputError
from perturber.core.evaluation import Pixels
from perturber.scene.assets.fur import ONE, ROOT, TIP, grow_hair, load_fur, with_brightness
from perturber.scene.assets.pairs import Hairs, Pair, pairs
from perturber.scene.files.surface import MeshPart, Shape

SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
FACES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
ARRAYS = {
    "face": np.array([0, 1, 1], np.int32),
    "place": np.array([[85, 85], [0, 0], [255, 0]], np.uint8),
    "lay": np.zeros((2, 3, 3), np.float16) + np.array([0.1, 0, 0.1], np.float16),
    "width": np.full((2, 3), 0.02, np.float16),
    "shade": np.array([128, 64, 255], np.uint8),
}


@pytest.fixture
def square() -> tuple[Shape, Shape]:
    up = np.tile(np.float32([0, 0, 1]), (4, 1))
    white = np.full((4, 4), 255, np.uint8)
    one = with_brightness(Shape(SQUARE, up, SQUARE[:, :2].astype(np.float32), white, FACES, (MeshPart(0, 2),)))
    return one, replace(one, positions=SQUARE * 2)


def saved(folder: Path, **changes: object) -> Path:
    np.savez(folder / "fur.npz", **{**ARRAYS, **changes})  # type: ignore[arg-type]
    return folder / "fur.npz"


@pytest.mark.parametrize("segments", [1, 2])
def test_strands_stand_on_their_place_and_point_along_their_lay(
    square: tuple[Shape, Shape], tmp_path: Path, segments: int
):
    fur = load_fur(saved(tmp_path), len(FACES))
    first, second = grow_hair(square, fur, Hairs(strands=2, segments=segments, widen=3.0))  # type: ignore[arg-type]
    each = 2 * segments + 1
    assert len(first.positions) == len(second.positions) == 4 + 2 * each
    assert len(first.faces) == 2 + 2 * (2 * segments - 1)
    np.testing.assert_array_equal(first.faces[:2], FACES)
    np.testing.assert_array_equal(first.faces, second.faces)
    root, tip = first.positions[4:6], first.positions[4 + each - 1]
    middle = SQUARE[FACES[0]].mean(0)
    np.testing.assert_allclose(root.mean(0)[:2], middle[:2], atol=1e-3)
    np.testing.assert_allclose(tip - root.mean(0), [0.1, 0, 0.1], atol=1e-3)
    assert np.linalg.norm(root[1] - root[0]) == pytest.approx(0.06, rel=0.01)
    np.testing.assert_allclose(first.uv[4:], np.repeat([middle[:2], [0, 0]], each, axis=0), atol=1e-3)
    np.testing.assert_allclose(second.positions[4:6].mean(0)[:2], 2 * middle[:2], atol=1e-3)


def test_roots_are_darker_than_tips_and_the_skin_keeps_its_brightness(square: tuple[Shape, Shape], tmp_path: Path):
    first, _ = grow_hair(square, load_fur(saved(tmp_path), len(FACES)), Hairs(strands=3))
    assert (first.colors[:4, 3] == ONE).all()
    np.testing.assert_allclose(first.colors[4:7, 3] / ONE, [ROOT, ROOT, TIP], atol=0.02)
    assert first.colors[4, 3] == pytest.approx(2 * first.colors[7, 3], abs=2)


@pytest.mark.parametrize(
    "changes",
    [
        {"face": np.array([0, 1, 2], np.int32)},
        {"place": np.zeros((2, 2), np.uint8)},
        {"lay": np.full((2, 3, 3), np.nan, np.float16)},
        {"shade": np.array([object()] * 3)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_broken_hair_is_refused_by_name(tmp_path: Path, changes: dict[str, object]):
    with pytest.raises(InputError, match=r"fur\.npz"):
        load_fur(saved(tmp_path, **changes), len(FACES))


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut off"])
def test_a_file_that_is_no_archive_is_refused_by_name(tmp_path: Path, content: bytes):
    (tmp_path / "fur.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"fur\.npz"):
        load_fur(tmp_path / "fur.npz", 1)


def test_fur_needs_every_level_of_detail():
    pair = pairs()["dog_cat"]
    with pytest.raises(ValueError, match=r"detail\.<level>"):
        Pair.model_validate({**pair.model_dump(), "detail": {}})


def test_detail_changes_the_hair_and_not_the_animal(draw: Callable[..., Pixels]):
    """Both levels frame and light the same animal: only fine structure differs."""
    standard, fine = (draw(scene__subject__detail=level).astype(float) for level in ("standard", "fine"))
    assert np.abs(standard - fine).mean() > 0.3
    blurred = [picture.reshape(14, 16, 14, 16, 3).mean((1, 3)) for picture in (standard, fine)]
    assert np.abs(blurred[0] - blurred[1]).max() < 14
