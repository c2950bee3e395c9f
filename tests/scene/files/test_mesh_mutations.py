"""Mutated OBJ, MTL and PLY files: a sound shape or a refusal by name, and never much time."""

from __future__ import annotations

import struct
from pathlib import Path
from time import process_time

import numpy as np
import pytest
from PIL import Image
from strategies import refusal_of

from perturber.scene.files.mesh import load_shape, normalized
from perturber.scene.files.surface import Shape

OBJ = b"""mtllib m.mtl
# a remark
v 0 0 0 1 0 0\nv 1 0 0 0 1 0\nv 1 1 0 0 0 1\nv 0.5 0.3 0\nv 0 1 0
vt 0 0\nvt 1 0\nvt 1 1\nvn 0 0 1
usemtl m
f 1/1/1 2/2/1 3/3/1\nf 1 2 3 4 5
usemtl q#1
f -1//-1 -2//1 -3//1 -4//-1\nf 1/ 2/ 3/\nf 1/1/1 2/2/1 \\\n 3/3/1
"""
MTL = b"""newmtl m
Kd 0.5 0.25 1
map_Kd -s 2 2 1 -o .5 0 0 -mm 0.1 0.8 -clamp on t.png
newmtl q#1
Kd 1 0 0
map_d t.png
"""
PIECES = (
    b"-", b"/", b"9" * 30, b"nan", b"1e999", b"\0", b"\r", b"\n", b" ", b"#", b"\\\n", b"0", b"-1", b"f ", b"v ",
    b"usemtl ", b"list ", b"end_header\n", b"\xff\xfe", b"property ", b"2147483648 ",
)  # fmt: skip


def ply(order: str) -> bytes:
    name = {"": "ascii", "<": "binary_little_endian", ">": "binary_big_endian"}[order]
    head = f"ply\nformat {name} 1.0\ncomment TextureFile t.png\nelement vertex 5\n"
    head += "".join(f"property float {axis}\n" for axis in "xyz") + "".join(
        f"property ushort {c}\n" for c in ("red", "green", "blue")
    )
    head += "element face 3\nproperty list uchar int vertex_indices\nproperty list uchar float texcoord\n"
    head += "element tristrips 1\nproperty list int int vertex_indices\nend_header\n"
    places = ((0, 0, 0), (1, 0, 0), (1, 1, 0), (0.5, 0.3, 0), (0, 1, 0))
    faces = ((0, 1, 2), (0, 1, 2, 3, 4), (0, 2, 3, 4))
    rows: list[tuple[str, tuple[float, ...]]] = [("fffHHH", (*place, 65535, 300, 0)) for place in places]
    for face in faces:
        corners = len(face)
        rows += [(f"B{corners}iB{2 * corners}f", (corners, *face, 2 * corners, *[0.5] * 2 * corners))]
    rows += [("i8i", (8, 0, 1, 2, 3, -1, 2, 3, 4))]
    if not order:
        return head.encode() + "".join(" ".join(map(str, values)) + "\n" for _, values in rows).encode()
    return head.encode() + b"".join(struct.pack(order + form, *values) for form, values in rows)


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
