"""Pictures of 16 and 32 bits and of floating-point values: a stated rule, never their own maximum."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from perturber.core.errors import InputError
from perturber.scene.files.image import open_picture


def written(path: Path, values: np.ndarray, mode: str | None = None) -> Path:
    picture = Image.fromarray(values)
    assert mode is None or picture.mode == mode
    picture.save(path)
    return path


def gray(path: Path) -> list[int]:
    return np.asarray(open_picture(path, "L")).ravel().tolist()


@pytest.mark.parametrize(
    ("name", "kind", "values", "shown"),
    [
        ("a.tif", np.int32, [0, 1, 100, 127], [0, 1, 100, 127]),
        ("a.tif", np.int32, [0, 128, 255], [0, 128, 255]),
        ("a.tif", np.int32, [0, 257, 65535], [0, 1, 255]),
        ("a.tif", np.int32, [0, 1 << 30, 2**31 - 1], [0, 127, 255]),
        ("a.tif", np.uint16, [0, 1, 9, 255], [0, 1, 9, 255]),
        ("a.tif", np.uint16, [0, 257, 32896], [0, 1, 128]),
        ("a.png", np.uint16, [0, 1, 2], [0, 1, 2]),
        ("a.png", np.uint16, [0, 256, 65535], [0, 0, 255]),
        ("a.tif", np.float32, [0, 0.5, 0.25], [0, 128, 64]),
        ("a.tif", np.float32, [0, 1, 100 / 255], [0, 255, 100]),
        ("a.tif", np.float32, [0, 1 + 1e-7, -1e-7], [0, 255, 0]),
    ],
)
def test_values_keep_their_meaning(tmp_path: Path, name: str, kind: type, values: list[float], shown: list[int]):
    assert gray(written(tmp_path / name, np.array([values], kind))) == shown


def unsigned_tiff(path: Path, values: np.ndarray) -> Path:
    """A TIFF of unsigned 32-bit or signed 16-bit integers, which Pillow reads but does not write as such."""
    written(path, np.zeros(values.shape, np.int32))
    data = bytearray(path.read_bytes())
    bits, sign = values.itemsize * 8, 1 if values.dtype.kind == "u" else 2
    with Image.open(path) as picture:
        offset = picture.tag_v2[273][0]
    data[offset : offset + values.nbytes] = values.tobytes()
    entries = int.from_bytes(data[4:8], "little")
    for number in range(int.from_bytes(data[entries : entries + 2], "little")):
        start = entries + 2 + 12 * number
        tag = int.from_bytes(data[start : start + 2], "little")
        value = {258: bits, 339: sign, 279: values.nbytes}.get(tag)
        if value is not None:
            width = {3: 2, 4: 4}[int.from_bytes(data[start + 2 : start + 4], "little")]
            data[start + 8 : start + 8 + width] = value.to_bytes(width, "little")
    path.write_bytes(data)
    return path


def test_the_type_is_the_one_the_file_states(tmp_path: Path):
    assert gray(unsigned_tiff(tmp_path / "a.tif", np.array([[0, 1 << 31, 2**32 - 1]], np.uint32))) == [0, 127, 255]
    assert gray(unsigned_tiff(tmp_path / "b.tif", np.array([[0, 16384, 32767]], np.int16))) == [0, 127, 255]


@pytest.mark.parametrize(
    ("kind", "values", "says"),
    [
        (np.float32, [0, 200], "its values range from 0 to 200"),
        (np.float32, [-1, 1], "its values range from -1 to 1"),
        (np.float32, [0, np.nan], "not a number"),
        (np.float32, [0, np.inf], "infinite"),
        (np.int32, [-5, 100], "its values range from -5 to 100"),
    ],
)
def test_other_ranges_are_refused_with_what_was_seen(tmp_path: Path, kind: type, values: list[float], says: str):
    file = written(tmp_path / "a.tif", np.array([values], kind))
    with pytest.raises(InputError, match=says) as caught:
        open_picture(file)
    assert caught.value.source == str(file)
