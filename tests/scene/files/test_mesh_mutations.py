"""Mutated OBJ, MTL and PLY files: a sound shape or a refusal by name, and never much time."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import numpy as np
import pytest
from mesh_samples import MTL, OBJ, PIECES, ply
from PIL import Image
from strategies import refusal_of

from perturber.scene.files.mesh import load_shape, normalized
from perturber.scene.files.surface import Shape


def mutate(data: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.integers(1, 5)):
        at, kind = int(rng.integers(len(changed) + 1)), rng.integers(5)
        if kind == 0:
            changed[at : at + 1] = bytes([rng.integers(256)])
        elif kind == 1:
            del changed[at : at + int(rng.integers(1, 30))]
        elif kind == 2:
            changed[at:at] = PIECES[rng.integers(len(PIECES))]
        elif kind == 3:
            changed[at:at] = changed[max(at - 20, 0) : at]
        elif rng.random() < 0.2:
            del changed[at:]
    return bytes(changed)


@pytest.mark.parametrize(
    ("name", "data"), [("a.obj", OBJ), ("m.mtl", MTL), ("a.ply", ply("")), ("a.ply", ply("<")), ("a.ply", ply(">"))]
)
def test_mutated_files_are_read_or_refused(tmp_path: Path, name: str, data: bytes):
    Image.new("RGB", (4, 4)).save(tmp_path / "t.png")
    (tmp_path / "a.obj").write_bytes(OBJ)
    (tmp_path / "m.mtl").write_bytes(MTL)
    mesh = tmp_path / ("a.ply" if name == "a.ply" else "a.obj")
    rng = np.random.default_rng(len(data))
    read = 0
    for _ in range(100):
        (tmp_path / name).write_bytes(mutate(data, rng))
        start = process_time()
        shapes: list[Shape] = []
        refusal = refusal_of(lambda found=shapes: found.append(normalized(load_shape(mesh))))
        assert process_time() - start < 2
        assert refusal is None or (refusal.source == str(mesh) and refusal.problem)
        for shape in shapes:
            read += 1
            assert sum(part.count for part in shape.parts) == len(shape.faces)
            assert shape.faces.min() >= 0
            assert shape.faces.max() < len(shape.positions) == len(shape.uv) == len(shape.colors)
            assert all(np.isfinite(values).all() for values in (shape.positions, shape.normals, shape.uv))
    assert 0 < read <= 100
