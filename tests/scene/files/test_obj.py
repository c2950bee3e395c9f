"""OBJ and MTL files as programs write them: every index, polygon, color and texture where it belongs."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import numpy as np
import pytest
from PIL import Image

from perturber.core.errors import InputError
from perturber.scene.files.mesh import load_shape
from perturber.scene.files.obj.mtl import TextureMap, parse_texture
from perturber.scene.files.surface import Shape

PLATE = "v -1 0 0\nv 1 0 0\nv 1 2 0\nv -1 2 0\nvt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\n"
QUAD = "f 1/1 2/2 3/3 4/4\n"


def load(folder: Path, text: str | bytes, material: str = "", name: str = "a.obj") -> Shape:
    (folder / "m.mtl").write_text(material)
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_shape(folder / name)


def area(shape: Shape) -> float:
    a, b, c = np.moveaxis(shape.positions[shape.faces], 1, 0)
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def paint(path: Path, color: tuple[int, int, int] = (200, 100, 50)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (2, 2), color).save(path)


def texture(shape: Shape) -> object:
    assert len(shape.parts) == 1
    return None if shape.parts[0].picture is None else shape.parts[0].picture.getpixel((0, 0))[:3]


@pytest.mark.parametrize(
    ("text", "triangles", "size"),
    [
        (PLATE + "v 0 3 0\nf 1 2 3 4\nf 4 3 5", 3, 5),
        (PLATE + "f 1 2 3\nf 1 3 4\n# End of File", 2, 4),
        (PLATE + "f 1 2 3\nf 1 3 4 # last", 2, 4),
        (PLATE + "f 1/1 2/2 3/3\nf 1 3 4", 2, 4),
        (PLATE + "v 0 3 0\nf 1 2 3 4\nf 4 3 5\ng", 3, 5),
        (PLATE + "f 1 2 3 4\nusemtl", 2, 4),
        ((PLATE + "f 1 2 3 4\n").replace("\n", "\r"), 2, 4),
        ("\ufeff" + PLATE + "f 1 2 \\\n 3 4\n", 2, 4),
        ((PLATE + "f 1 2 3 4").encode("utf-16"), 2, 4),
        ("# C:\\models\\\n" + PLATE + "f 1 2 3 4\n", 2, 4),
        (PLATE + "f 1/ 2/ 3/ 4/\n", 2, 4),
        (PLATE + "vn 0 0 1\nf 1//1 2//1 3//1 4//1\nl 1 2\np 3\n", 2, 4),
        ("f 1 2 3 4\n" + PLATE, 2, 4),
        (PLATE.replace("v 1 2 0", "v 1 2 0 1.0") + "f 1 2 3 4\n", 2, 4),
        ("".join(f"v {x} {y} 0\n" for x, y in ((0, 0), (2, 0), (2, 2), (1, 0.5), (0, 2))) + "f 2 3 4 5 1\n", 3, 2.5),
        ("v 0 0 0\nv 1 3 0\nv 2 0 0\nv 1 1 0\nf 1 2 3 4\n", 2, 2),
    ],
)
def test_every_way_of_writing_faces_gives_their_area(tmp_path: Path, text: str | bytes, triangles: int, size: float):
    shape = load(tmp_path, text)
    assert shape.notices == ()
    assert len(shape.faces) == triangles
    assert area(shape) == pytest.approx(size)


@pytest.mark.parametrize("relative", ["f -3 -2 -1", "f -3/-3/-1 -2/-2/-1 -1/-1/-1", "f -3//-1 -2//-1 -1//-1"])
def test_negative_indices_count_back_from_their_line(tmp_path: Path, relative: str):
    one = "v {0} 0 0\nv {1} 0 0\nv {0} 1 0\nvt 0.{0} 0\nvt 0.{1} 0\nvt 0 0.{1}\nvn 0 0 1\n" + relative + "\n"
    shape = load(tmp_path, one.format(0, 1) + one.format(5, 6))
    places = [shape.positions[face] for face in shape.faces]
    spans = sorted([*np.ptp(place, axis=0).tolist(), place[:, 0].min()] for place in places)
    assert spans == [[1, 1, 0, 0], [1, 1, 0, 5]]
    if relative.count("/") == 6 and "//" not in relative:
        far = shape.positions[:, 0] > 4
        np.testing.assert_allclose(sorted(shape.uv[far][:, 0]), [0, 0.5, 0.6])


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (PLATE + "f 1 2 9\n", 9, "uses vertex 9, which does not exist (there are 4)"),
        (PLATE + "f -1 -2 -5\n", 9, "uses vertex -5, which does not exist (4 precede it)"),
        (PLATE + "f 1 0 2\n", 9, "cannot be read"),
        (PLATE + "f 1 2 3/1/1/1\n", 9, "cannot be read"),
        (PLATE + "f 1-2 2 3\n", 9, "cannot be read"),
        (PLATE + "f 1 2 \\\n 3\nf 1 2 3.5\n", 11, "cannot be read"),
        (PLATE + "v 1-2 0\nv 1 0 x\nf 1 2 3\n", 9, "cannot be read"),
        (PLATE + "v 1 2 1e999\nf 1 2 3\n", 9, "cannot be read"),
        (PLATE + "f 1/1 2/2 3/3\nf 1/1 2/2 3", 10, "middle of a line"),
        (PLATE + "f 1 2 3\nvt 0.5", 10, "middle of a line"),
    ],
)
def test_a_wrong_line_is_named_with_what_was_expected(tmp_path: Path, text: str, line: int, says: str):
    with pytest.raises(InputError) as caught:
        load(tmp_path, text)
    assert says in caught.value.problem
    assert (caught.value.source, caught.value.line) == (str(tmp_path / "a.obj"), line)
    assert caught.value.expected


def test_faces_without_coordinates_leave_those_of_others_alone(tmp_path: Path):
    paint(tmp_path / "t.png")
    text = "mtllib m.mtl\nusemtl m\n" + PLATE + "f 1/1 2/2 3/3\nf 1 3 4\n"
    shape = load(tmp_path, text, "newmtl m\nKd 1 0 0\nmap_Kd t.png\n")
    bare, textured = sorted(shape.parts, key=lambda part: part.picture is not None)
    first = shape.faces[textured.first : textured.first + textured.count]
    assert shape.uv[first[0]].tolist() == [[0, 0], [1, 0], [1, 1]]
    assert textured.picture is not None
    assert (bare.count, textured.count) == (1, 1)
    assert {tuple(shape.colors[v]) for v in shape.faces[bare.first]} == {(255, 0, 0, 255)}
    assert "no texture coordinates" in shape.notices[0]
    plain = load(tmp_path, PLATE + "f 1/1 2/2 3/3\nf 1 3 4\n")
    assert sorted(map(tuple, plain.uv.tolist())) == [(0, 0), (0, 0), (0, 0), (0, 0), (1, 0), (1, 1)]


def test_indices_that_do_not_exist_but_are_not_needed_are_left_out_with_a_notice(tmp_path: Path):
    shape = load(tmp_path, PLATE + "f 1/1/1 2/2/1 3/9/1\n")
    assert len(shape.notices) == 2
    assert "some faces use texture coordinates that do not exist" in shape.notices[0]
    np.testing.assert_allclose(shape.normals, [[0, 0, 1]] * 3)


@pytest.mark.parametrize(
    ("lines", "colors"),
    [
        (["0 0 0 1 0 0", "1 0 0 0 1 0", "0 1 0 0 0 0.5"], [(255, 0, 0), (0, 255, 0), (0, 0, 128)]),
        (["0 0 0 255 0 0", "1 0 0 0 255 0", "0 1 0 0 0 128"], [(255, 0, 0), (0, 255, 0), (0, 0, 128)]),
        (["0 0 0 1 1 0 0", "1 0 0 1 0 1 0", "0 1 0 1 0 0 0.5"], [(255, 0, 0), (0, 255, 0), (0, 0, 128)]),
        (["0 0 0 1 0 0", "1 0 0", "0 1 0 1.0"], [(255, 0, 0), (128, 128, 128), (128, 128, 128)]),
    ],
)
def test_vertex_colors_replace_the_materials(tmp_path: Path, lines: list[str], colors: list[tuple[int, int, int]]):
    text = "mtllib m.mtl\nusemtl m\n" + "".join(f"v {line}\n" for line in lines) + "f 1 2 3\n"
    shape = load(tmp_path, text, "newmtl m\nKd 0.5 0.5 0.5\n")
    assert [tuple(color[:3]) for color in shape.colors.tolist()] == colors


def test_colors_of_materials_meet_at_their_faces(tmp_path: Path):
    text = "mtllib m.mtl\n" + PLATE + "usemtl red\nf 1 2 3\nusemtl  dark  green \nf 1 3 4\n"
    shape = load(tmp_path, text, "newmtl red\nKd 1 0 0\nnewmtl dark green\n\tKd\t0 .2 0\n")
    assert [shape.colors[face][0].tolist() for face in shape.faces] == [[255, 0, 0, 255], [0, 51, 0, 255]]
    assert len(shape.parts) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my tex.png", TextureMap("my tex.png")),
        ("-s 1 1 1 my tex.png", TextureMap("my tex.png")),
        ("-s 2 3 1 t.png", TextureMap("t.png", scale=(2, 3))),
        ("-s 2 2 -o 0.5 -0.25 0 t.png", TextureMap("t.png", scale=(2, 2), shift=(0.5, -0.25))),
        ("-o 0.5 t.png", TextureMap("t.png", shift=(0.5, 0))),
        ("-mm 0.1 0.5 -bm 2 -clamp on -blendu off t.png", TextureMap("t.png", base=0.1, gain=0.5, clamp=True)),
        ("-clamp off -imfchan l -texres 512 -type sphere a b.png", TextureMap("a b.png")),
        ("-t 1 1 1 t.png", TextureMap("t.png", ignored=("-t",))),
        ("-s 2 2 1 2 2.png", TextureMap("2 2.png", scale=(2, 2))),
        ('-s 1 1 1 "quoted name.png"', TextureMap("quoted name.png")),
        ("-s", TextureMap("-s")),
    ],
)
def test_texture_options_come_before_the_name(text: str, expected: TextureMap):
    assert parse_texture(text) == expected


def test_texture_options_change_coordinates_colors_and_edges(tmp_path: Path):
    paint(tmp_path / "my tex.png", (200, 100, 0))
    text = "mtllib m.mtl\nusemtl m\n" + PLATE + QUAD
    shape = load(tmp_path, text, "newmtl m\nmap_Kd -s 2 3 1 -o 0.5 0 0 -mm 0.2 0.5 -clamp on my tex.png\n")
    assert sorted(shape.uv.tolist()) == [[0.5, 0], [0.5, 3], [2.5, 0], [2.5, 3]]
    assert texture(shape) == (151, 101, 51)
    assert shape.parts[0].material.wrap == ("clamp", "clamp")
    assert shape.notices == ()


def test_parts_with_the_same_texture_are_one_unless_options_differ(tmp_path: Path):
    paint(tmp_path / "t.png")
    text = "mtllib m.mtl\n" + PLATE + "usemtl a\nf 1/1 2/2 3/3\nusemtl b\nf 1/1 3/3 4/4\nusemtl c\nf 1/1 3/3 2/2\n"
    shape = load(tmp_path, text, "newmtl a\nmap_Kd t.png\nnewmtl b\nmap_Kd t.png\nnewmtl c\nmap_Kd -s 2 2 t.png\n")
    assert [part.count for part in shape.parts] == [2, 1]


@pytest.mark.parametrize(
    ("named", "place", "remark"),
    [
        ("../textures/t.png", "textures/t.png", ""),
        ("..\\textures\\t.png", "textures/t.png", ""),
        ("t.png", "textures/t.png", ""),
        ("C:\\Users\\me\\t.png", "source/textures/t.png", ""),
        ("/home/me/maps/t.png", "source/t.png", ""),
        ("maps/t.png", "source/maps/t.png", ""),
        ("a%20b.png", "source/a b.png", ""),
        ("100%.png", "source/100%.png", ""),
        ("../Textures/T.PNG", "textures/t.png", "t.png is used for ../Textures/T.PNG, which differs in letter case"),
        ("Maps/T.png", "source/maps/t.PNG", "t.PNG is used for Maps/T.png, which differs in letter case"),
        ("caf\u00e9.png", "source/cafe\u0301.png", "which differs in letter case"),
    ],
)
def test_textures_are_found_where_archives_keep_them(tmp_path: Path, named: str, place: str, remark: str):
    paint(tmp_path / place)
    (tmp_path / "source").mkdir(exist_ok=True)
    shape = load(tmp_path / "source", "mtllib m.mtl\nusemtl m\n" + PLATE + QUAD, f"newmtl m\nmap_Kd {named}\n")
    assert texture(shape) == (200, 100, 50)
    assert [remark in notice for notice in shape.notices] == [True] * bool(remark)


@pytest.mark.parametrize("named", ["../../secret.png", "../../../secret.png", "link.png", "../other/../../secret.png"])
def test_nothing_outside_the_folder_above_is_read(tmp_path: Path, named: str):
    paint(tmp_path / "secret.png")
    folder = tmp_path / "archive" / "source"
    folder.mkdir(parents=True)
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    shape = load(folder, "mtllib m.mtl\nusemtl m\n" + PLATE + QUAD, f"newmtl m\nmap_Kd {named}\n")
    assert texture(shape) is None
    assert "was not found" in shape.notices[0]


@pytest.mark.parametrize("line", ["mtllib m.mtl", "mtllib none.mtl m.mtl", "mtllib M.MTL", "\tmtllib   m.mtl  "])
def test_material_libraries_are_found_under_every_spelling(tmp_path: Path, line: str):
    shape = load(tmp_path, f"{line}\n" + PLATE + "usemtl m#1\nf 1 2 3\n", "newmtl m#1\nKd 0 0 1\n")
    assert shape.colors[0].tolist() == [0, 0, 255, 255]


def test_material_libraries_may_have_spaces(tmp_path: Path):
    (tmp_path / "my lib.mtl").write_text("newmtl m\nKd 0 0 1\n")
    shape = load(tmp_path, "mtllib my lib.mtl\n" + PLATE + "usemtl m\nf 1 2 3\n")
    assert shape.colors[0].tolist() == [0, 0, 255, 255]


def test_many_materials_cost_linear_time(tmp_path: Path):
    uses = "".join(f"usemtl m{k}\nf 1 2 3\n" for k in range(20_000))
    materials = "".join(f"newmtl m{k}\nKd 0.{k} 0 0\nmap_Kd {k}.png\n" for k in range(20_000))
    start = process_time()
    shape = load(tmp_path, "mtllib m.mtl\nmtllib no.mtl\n" + PLATE + uses, materials)
    assert process_time() - start < 4
    assert len(shape.faces) == 20_000
    assert len(shape.notices) < 25


def test_smooth_normals_and_the_files_own_are_mixed(tmp_path: Path):
    shape = load(tmp_path, PLATE + "vn 1 0 0\nf 1//1 2//1 3//1\nf 1 3 4\n")
    assert sorted(map(tuple, shape.normals.tolist())) == [(0, 0, 1)] * 3 + [(1, 0, 0)] * 3
