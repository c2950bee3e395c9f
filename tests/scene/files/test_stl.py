"""STL files: binary and text, several solids, and what is refused."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import trimesh

from perturber.core.errors import InputError
from perturber.scene.files.mesh import load_shape

FACET = "facet normal 0 0 1\nouter loop\nvertex {} 0 0\nvertex {} 0 0\nvertex {} 1 0\nendloop\nendfacet\n"


def area(path: Path) -> float:
    shape = load_shape(path)
    a, b, c = (shape.positions[shape.faces[:, corner]] for corner in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


@pytest.mark.parametrize("kind", ["stl", "stl_ascii"])
def test_a_box_has_its_area_and_sharp_edges(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "box.stl"
    trimesh.creation.box((1, 2, 3)).export(file, file_type=kind)
    assert area(file) == pytest.approx(22)
    normals = load_shape(file).normals
    assert np.abs(normals).max(axis=1) == pytest.approx(1)


def test_all_solids_of_a_text_file_are_read(tmp_path: Path) -> None:
    file = tmp_path / "two.stl"
    solids = (f"solid {name}\n{FACET.format(x, x + 1, x)}endsolid {name}\n" for name, x in (("a", 0), ("b", 5)))
    file.write_text("".join(solids))
    shape = load_shape(file)
    assert len(shape.faces) == 2
    assert shape.positions[:, 0].max() == 6


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "do not fill"),
        (bytes(80) + struct.pack("<I", 7), "7 triangles"),
        (bytes(80) + struct.pack("<I", 0), "no triangles"),
        (b"solid x\nendsolid x\n", "no triangles"),
        (b"solid x\nfacet normal\nouter loop\nvertex a b c\nendloop\nendfacet\nendsolid x", "STL"),
        (b"solid x\n" + FACET.format("nan", 1, 1).encode() + b"endsolid x", "finite"),
        (bytes(80) + struct.pack("<I", 400_000) + bytes(50 * 400_000), "400,000 faces"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, data: bytes, problem: str) -> None:
    file = tmp_path / "bad.stl"
    file.write_bytes(data)
    with pytest.raises(InputError, match=problem) as caught:
        load_shape(file)
    assert caught.value.source == str(file)


def test_mutated_files_are_read_or_refused(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    file = tmp_path / "x.stl"
    for kind in ("stl", "stl_ascii"):
        trimesh.creation.icosphere(subdivisions=1).export(file, file_type=kind)
        whole = np.frombuffer(file.read_bytes(), np.uint8)
        for _ in range(50):
            data = whole.copy()[: int(random.integers(1, len(whole) + 1))]
            data[random.integers(0, len(data), 8)] = random.integers(0, 256, 8)
            file.write_bytes(data.tobytes())
            with suppress(InputError):
                assert len(load_shape(file).faces)
