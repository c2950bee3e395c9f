"""Meshes and pictures from anywhere: a result or a reason, in bounded time."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from strategies import damaged, refusal_of

from perturber.scene.files.image import MAX_SIDE, open_picture, texture_of
from perturber.scene.files.mesh import load_shape, normalized

HANG = timedelta(seconds=60)
"""Small files take milliseconds; only what grows without bounds comes near this."""
CUBE = """# a cube
mtllib none.mtl
o cube
v -1 -1 -1\nv 1 -1 -1\nv 1 1 -1\nv -1 1 -1\nv -1 -1 1\nv 1 -1 1\nv 1 1 1\nv -1 1 1
vt 0 0\nvt 1 0\nvt 1 1\nvn 0 0 1
f 1/1/1 3/2/1 2/3/1\nf 1 4 3\nf 5 6 7\nf 5 7 8\nf 1 2 6 5\nf -1 -2 -3\nusemtl paint\nf 2//1 3//1 7//1
"""
odd = st.sampled_from(["1e", ".", "-", "1/2/3", "1//", "9" * 40])
numbers = st.integers(-12, 12).map(str) | st.floats(width=32).map(str) | odd
lines = st.tuples(
    st.sampled_from(["v", "vt", "vn", "f", "o", "g", "usemtl", "mtllib", "s", "l", "#", "\\", "\t f", "vp", ""]),
    st.lists(numbers, max_size=5).map(" ".join),
).map(" ".join)
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
MODES = ("RGB", "RGBA", "L")


def loaded(suffix: str, data: bytes, load: Callable[[Path], None]) -> None:
    """Let ``load`` read a file of these bytes: it returns, or refuses by the file's name."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"a.{suffix}"
        file.write_bytes(data)
        refusal = refusal_of(lambda: load(file))
        assert refusal is None or (refusal.source == str(file) and refusal.problem)


def mesh(file: Path) -> None:
    shape = normalized(load_shape(file))
    assert np.isfinite(shape.positions).all()
    assert np.isfinite(shape.normals).all()
    assert len(shape.positions) == len(shape.normals) == len(shape.uv) == len(shape.colors)
    assert shape.faces.max() < len(shape.positions)


@settings(deadline=HANG)
@given(st.lists(lines, max_size=12).map("\n".join))
def test_any_lines_are_a_mesh_or_refused(text: str) -> None:
    loaded("obj", text.encode(), mesh)


@settings(deadline=HANG)
@given(st.lists(lines, max_size=4).map("\n".join))
def test_lines_after_a_sound_mesh_are_read_or_refused(text: str) -> None:
    loaded("obj", (CUBE + text).encode(), mesh)


@settings(deadline=HANG)
@given(damaged(CUBE.encode()))
def test_a_damaged_mesh_is_read_or_refused(data: bytes) -> None:
    loaded("obj", data, mesh)


def picture_bytes(kind: str, mode: str) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (9, 7, 4), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels, "RGBA").convert(mode).save(stream, kind)
    return stream.getvalue()


@pytest.mark.parametrize("kind", FORMATS)
@settings(deadline=HANG)
@given(st.data())
def test_a_damaged_picture_is_read_or_refused(kind: str, data: st.DataObject) -> None:
    mode = data.draw(st.sampled_from(MODES))

    def picture(file: Path) -> None:
        opened = open_picture(file, mode)
        assert opened.mode == mode
        assert max(texture_of(opened).shape[:2]) <= MAX_SIDE

    loaded(kind.lower(), data.draw(damaged(picture_bytes(kind, "RGB" if kind in ("JPEG", "PPM") else mode))), picture)


@settings(deadline=HANG)
@given(st.binary(max_size=200), st.sampled_from(["png", "jpg", "obj", "ply", "glb", "gltf", "xyz"]))
def test_any_bytes_are_read_or_refused(data: bytes, suffix: str) -> None:
    loaded(suffix, data, mesh if suffix in ("obj", "ply", "glb", "gltf") else lambda file: open_picture(file).load())
