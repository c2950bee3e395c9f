"""PLY files as programs write them: text and bytes, colors of all types, strips, polygons, textures."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from perturber.core.errors import InputError
from perturber.scene.files.mesh import load_shape
from perturber.scene.files.surface import Shape

XYZ = "property float x\nproperty float y\nproperty float z\n"
FACE = "property list uchar int vertex_indices\n"
CORNERS = ((0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0))


def ply(vertex: str, rows: list[str], face: str = FACE, faces: tuple[str, ...] = ("4 0 1 2 3",), more: str = "") -> str:
    """A text file of the unit square, with more properties and their values in ``rows``."""
    head = f"ply\nformat ascii 1.0\n{more}element vertex {len(rows)}\n{XYZ}{vertex}element face {len(faces)}\n{face}"
    body = "".join(f"{x} {y} {z} {row}\n" for (x, y, z), row in zip(CORNERS, rows, strict=True))
    return head + "end_header\n" + body + "".join(f"{face}\n" for face in faces)


def load(folder: Path, text: str | bytes) -> Shape:
    (folder / "a.ply").write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_shape(folder / "a.ply")


def color_properties(kind: str, names: tuple[str, ...] = ("red", "green", "blue")) -> str:
    return "".join(f"property {kind} {name}\n" for name in names)


DIFFUSE = ("diffuse_red", "diffuse_green", "diffuse_blue")


@pytest.mark.parametrize(
    ("properties", "row", "color"),
    [
        (color_properties("uchar"), "200 100 0", [200, 100, 0]),
        (color_properties("uchar", DIFFUSE), "200 100 0", [200, 100, 0]),
        (color_properties("uint8", ("r", "g", "b")), "200 100 0", [200, 100, 0]),
        (color_properties("ushort"), "65535 32896 0", [255, 128, 0]),
        (color_properties("ushort"), "255 128 0", [255, 128, 0]),
        (color_properties("uint"), "4294967295 2147483648 0", [255, 128, 0]),
        (color_properties("int"), "255 128 0", [255, 128, 0]),
        (color_properties("float"), "1.0 0.5 0", [255, 128, 0]),
        (color_properties("double"), "255 128 0", [255, 128, 0]),
        (color_properties("uchar", ("red", "green", "blue", "alpha")), "200 100 0 9", [200, 100, 0]),
    ],
)
def test_vertex_colors_of_every_type(tmp_path: Path, properties: str, row: str, color: list[int]):
    shape = load(tmp_path, ply(properties, [row] * 4))
    assert (shape.colors == [*color, 255]).all()
    assert shape.notices == ()


@pytest.mark.parametrize("faces", [("4 0 1 2 3 10 200 30",), ("3 0 1 2 10 200 30", "3 0 2 3 10 200 30")])
def test_face_colors_reach_all_triangles_of_the_face(tmp_path: Path, faces: tuple[str, ...]):
    shape = load(tmp_path, ply("", [""] * 4, FACE + color_properties("uchar"), faces))
    assert len(shape.faces) == 2
    assert (shape.colors == [10, 200, 30, 255]).all()


def test_face_colors_end_at_the_edge(tmp_path: Path):
    faces = ("3 0 1 2 255 0 0", "3 0 2 3 0 0 255")
    shape = load(tmp_path, ply("", [""] * 4, FACE + color_properties("uchar"), faces))
    assert [shape.colors[face].tolist() for face in shape.faces] == [[[255, 0, 0, 255]] * 3, [[0, 0, 255, 255]] * 3]


def strips(lists: list[str]) -> str:
    head = f"ply\nformat ascii 1.0\nelement vertex 4\n{XYZ}element tristrips {len(lists)}\n"
    body = "".join(f"{x} {y} {z}\n" for x, y, z in CORNERS) + "".join(f"{row}\n" for row in lists)
    return head + "property list int int vertex_indices\nend_header\n" + body


@pytest.mark.parametrize("lists", [["4 0 1 3 2"], ["7 0 1 3 -1 1 2 3"], ["3 0 1 3", "3 1 2 3"], ["6 0 1 3 3 2 1"]])
def test_triangle_strips_face_one_way(tmp_path: Path, lists: list[str]):
    shape = load(tmp_path, strips(lists))
    a, b, c = np.moveaxis(shape.positions[shape.faces], 1, 0)
    facing = np.cross(b - a, c - a)[:, 2]
    assert len(facing) == 2
    if lists != ["6 0 1 3 3 2 1"]:
        assert facing.tolist() == [1, 1]
    assert np.abs(facing).sum() / 2 == 1


def binary(order: str, faces: list[list[int]], cut: int = 0) -> bytes:
    name = {"<": "little", ">": "big"}[order]
    head = f"ply\r\nformat binary_{name}_endian 1.0\r\ncomment by hand\r\nelement vertex 4\r\n{XYZ}property uchar red\n"
    head += "property uchar green\nproperty uchar blue\nelement extra 2\nproperty list short double values\n"
    head += f"element face {len(faces)}\nproperty uchar flags\n{FACE}property float quality\nend_header\r\n"
    body = b"".join(struct.pack(order + "fffBBB", *place, 1, 2, 3) for place in CORNERS)
    body += struct.pack(order + "hdh", 1, 0.5, 0)
    body += b"".join(struct.pack(order + f"BB{len(face)}if", 7, len(face), *face, 0.5) for face in faces)
    return head.replace("\r\n", "\n").replace("\n", "\r\n").encode() + body[: len(body) - cut]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("faces", [[[0, 1, 2, 3]], [[0, 1, 2], [0, 2, 3]], [[0, 1, 2, 3], [0, 1, 2]]])
def test_bytes_of_either_order_with_other_elements_between(tmp_path: Path, order: str, faces: list[list[int]]):
    shape = load(tmp_path, binary(order, faces))
    assert len(shape.faces) == sum(len(face) - 2 for face in faces)
    assert (shape.colors == [1, 2, 3, 255]).all()
    np.testing.assert_array_equal(np.ptp(shape.positions, axis=0), [1, 1, 0])


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_bytes_that_end_too_early_are_refused(tmp_path: Path, cut: int):
    with pytest.raises(InputError, match=r"truncated: its header states 2 rows of face"):
        load(tmp_path, binary("<", [[0, 1, 2, 3], [0, 1, 2]], cut))


def test_old_line_ends_and_marks_are_read(tmp_path: Path):
    text = ply("", [""] * 4)
    for other in (text.replace("\n", "\r"), text.replace("\n", "\r\n"), "\ufeff" + text, text.rstrip()):
        assert len(load(tmp_path, other).faces) == 2


def test_concave_polygons_stay_inside(tmp_path: Path):
    text = ply("", [""] * 4, faces=("4 0 1 2 3",)).replace("1 1 0 \n", "0.25 0.25 0 \n")
    shape = load(tmp_path, text)
    a, b, c = np.moveaxis(shape.positions[shape.faces], 1, 0)
    assert np.cross(b - a, c - a)[:, 2].tolist() == [0.25, 0.25]


def test_textures_of_corners_and_vertices(tmp_path: Path):
    Image.new("RGB", (2, 2), (9, 8, 7)).save(tmp_path / "my texture.png")
    comment = "comment TextureFile my texture.png\n"
    per_face = FACE + "property list uchar float texcoord\n"
    shape = load(tmp_path, ply("", [""] * 4, per_face, ("4 0 1 2 3 8 0 0 .5 0 .5 1 0 1",), comment))
    assert sorted(shape.uv.tolist()) == [[0, 0], [0, 1], [0.5, 0], [0.5, 1]]
    for names in ("s t", "u v", "texture_u texture_v"):
        properties = "".join(f"property float {name}\n" for name in names.split())
        shape = load(tmp_path, ply(properties, ["0 0", "1 0", "1 1", "0 1"], more=comment))
        assert sorted(shape.uv.tolist()) == [[0, 0], [0, 1], [1, 0], [1, 1]]
        assert shape.parts[0].picture is not None
        assert shape.parts[0].picture.getpixel((0, 0)) == (9, 8, 7, 255)


def test_faces_choose_among_textures(tmp_path: Path):
    for name, color in (("a.png", (1, 0, 0)), ("b.png", (0, 1, 0))):
        Image.new("RGB", (2, 2), color).save(tmp_path / name)
    comments = "comment TextureFile a.png\ncomment TextureFile b.png\n"
    face = FACE + "property list uchar float texcoord\nproperty int texnumber\n"
    faces = ("3 0 1 2 6 0 0 1 0 1 1 1", "3 0 2 3 6 0 0 1 1 0 1 0")
    shape = load(tmp_path, ply("", [""] * 4, face, faces, comments))
    assert [part.picture.getpixel((0, 0))[:3] for part in shape.parts if part.picture] == [(1, 0, 0), (0, 1, 0)]
    assert shape.positions[shape.faces[0]][:, 0].tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (ply("", [""] * 4, faces=("3 0 1 4",)), "uses vertex 4, which does not exist"),
        (ply("", [""] * 4, faces=("3 0 1 -1",)), "uses vertex -1"),
        (ply("", [""] * 4, faces=("3 0 1 1.5",)), "uses vertex 1.5"),
        (ply("", [""] * 4, faces=("300 0 1 2",)), "truncated"),
        (ply("", [""] * 4, faces=("-3 0 1 2",)), "a list of face has"),
        (ply("", [""] * 4).replace("1 1 0", "1 one 0"), "'one' is not a number"),
        (ply("", [""] * 4).replace("1 1 0", "1 nan 0"), "finite"),
        (ply("", [""] * 4, faces=()), "no triangles"),
        (ply("", [""] * 4).replace("element vertex 4", "element vertex " + "9" * 5000), "too many rows"),
        (ply("", [""] * 4).replace("element vertex 4", "element vertex 4.0"), "is no name and number"),
        (ply("", [""] * 4).replace("float x", "quaternion x"), "unknown type quaternion"),
        (ply("", [""] * 4).replace("ascii", "utf8"), "format is unknown"),
        (ply("", [""] * 4).replace("float x", "float w"), "no x, y and z"),
        (ply("", [""] * 4).replace("list uchar", "list float"), "length is not an integer"),
        ("ply\nproperty int x\nend_header\n", "precedes the first element"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(tmp_path: Path, text: str, says: str):
    with pytest.raises(InputError) as caught:
        load(tmp_path, text)
    assert says in caught.value.problem
    assert caught.value.source == str(tmp_path / "a.ply")
    assert caught.value.expected


def test_faces_of_two_corners_are_left_out_with_a_notice(tmp_path: Path):
    shape = load(tmp_path, ply("", [""] * 4, faces=("2 0 1", "4 0 1 2 3")))
    assert len(shape.faces) == 2
    assert "a face of fewer than three corners left out" in shape.notices[0]


def test_normals_of_the_file_are_kept(tmp_path: Path):
    properties = "property float nx\nproperty float ny\nproperty float nz\n"
    shape = load(tmp_path, ply(properties, ["0 3 4"] * 4))
    np.testing.assert_allclose(shape.normals, [[0, 0.6, 0.8]] * 4, atol=1e-6)
