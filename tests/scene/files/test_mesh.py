"""What mesh files may hold, and what is refused before it costs time or memory."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time

import numpy as np
import pytest
import trimesh
from PIL import Image

from perturber.core.errors import InputError
from perturber.core.evaluation import Pixels
from perturber.core.session.scene import MeshSubject
from perturber.core.storage.files import FileRef
from perturber.scene.files.mesh import load_shape, normalized
from perturber.scene.files.triangles import count_crowded_edges, find_degenerate
from perturber.scene.renderer import Renderer

Draw = Callable[..., Pixels]
TRIANGLE = "v 0 0 0\nv 1 0 0\nv 0 1 0\n"
PLATE = "v -1 0 0\nv 1 0 0\nv 1 2 0\nv -1 2 0\nvt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\n"
FRONT = {
    "scene__camera__yaw": 0.0,
    "scene__camera__pitch": 0.0,
    "scene__surface__lighting": 0.0,
    "scene__background__name": "grey",
}


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def subject(mesh: Path) -> MeshSubject:
    return MeshSubject(mesh=FileRef.of(mesh))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (TRIANGLE + "f 1 2", 4),
        (TRIANGLE + "f 1 2 3\nf 1 2", 5),
        (TRIANGLE + "f 1/1/1 2/2/2 3/3/3\nf 1/1/1 2/2/2 3/3", 5),
        (TRIANGLE + "f 1 2 3\nv 0.5 0.", 5),
        (TRIANGLE + "f 0 1 2\n", 4),
        (TRIANGLE + "f 1 2 x\n", 4),
        (TRIANGLE + "f 1/a 2/b 3/c\n", 4),
        ("# a cube\n\nv 1 2 3,5\n" + TRIANGLE + "f 1 2 3\n", 3),
        (TRIANGLE + "vt\tu v\nf 1 2 3\n", 4),
        (TRIANGLE + "vn 0 0 inf\nf 1 2 3\n", 4),
        (TRIANGLE + "v 1e 0 0\nf 1 2 3\n", 4),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, text: str, line: int):
    file = write(tmp_path / "broken.obj", text)
    with pytest.raises(InputError, match=r"cannot be read|middle of a line") as caught:
        load_shape(file)
    assert (caught.value.source, caught.value.line) == (str(file), line)


@pytest.mark.parametrize(
    "text",
    [
        TRIANGLE + "f 1 2 3",
        TRIANGLE + "f -1 -2 -3\n",
        TRIANGLE + "f 1 2 \\\n3\n",
        "v .5 -1e-3 +2.\nv 1 0 0 1\nv 0 1 0 0.1 0.2 0.3\n  f  1\t2   3  \n",
        (TRIANGLE + "f 1 2 3\n").replace("\n", "\r\n"),
        "\ufeff# \u00e9\ng a b\ns 1\n" + TRIANGLE + "vt 0.5 0\nvt 0 0 0\nf 1/1 2/2 3/1\n",
        TRIANGLE + "vn 0 0 1\nf 1//1 2//1 3//1\nf 1 2 3\n",
    ],
)
def test_every_way_of_writing_a_triangle_is_read(tmp_path: Path, text: str):
    shape = load_shape(write(tmp_path / "a.obj", text))
    assert len(shape.faces) == text.count("f")
    assert np.isfinite(shape.normals).all()


def test_old_encodings_and_foreign_names_are_read(tmp_path: Path):
    Image.new("RGB", (2, 2), (9, 200, 30)).save(tmp_path / "wei\u00df.png")
    write(tmp_path / "b\u00e4r.mtl", "# \u00e4\nnewmtl m\nmap_Kd C:\\bilder\\wei\u00df.png\n".encode("latin-1"))
    text = "# \u00fc\nmtllib b\u00e4r.mtl\nusemtl m\n" + PLATE + "f 1/1 2/2 3/3\n"
    shape = load_shape(write(tmp_path / "a.obj", text.encode("latin-1")))
    assert shape.notices == ()
    assert shape.parts[0].picture is not None
    assert shape.parts[0].picture.getpixel((0, 0)) == (9, 200, 30, 255)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("faces.ply", "ply\nformat ascii 1.0\nelement vertex 3\nelement face 2000000\nend_header\n", "2,000,000 faces"),
        ("points.ply", "ply\nformat ascii 1.0\nelement vertex 90000000\nend_header\n", "90,000,000 vertices"),
        ("head.ply", "ply\nformat ascii 1.0\nelement vertex 3\n", "no end"),
        ("words.gltf", "{", "cannot be read"),
        ("list.gltf", "[]", "cannot be read"),
        ("deep.gltf", "[" * 100_000, "cannot be read"),
        ("short.glb", b"glTF\2\0\0\0\xff\xff\0\0\4\0\0\0JSON{}  ", "truncated"),
    ],
)
def test_promises_are_checked_before_anything_is_allocated(tmp_path: Path, name: str, text: str | bytes, says: str):
    file = write(tmp_path / name, text)
    with pytest.raises(InputError, match=says) as caught:
        load_shape(file)
    assert caught.value.source == str(file)


def test_gltf_that_promises_a_billion_faces(tmp_path: Path):
    tree = {
        "asset": {"version": "2.0"},
        "accessors": [{"count": 3_000_000_000, "componentType": 5126, "type": "VEC3"}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "nodes": [{"mesh": 0}],
        "scenes": [{"nodes": [0]}],
    }
    with pytest.raises(InputError, match="1,000,000,000 faces"):
        load_shape(write(tmp_path / "huge.gltf", json.dumps(tree)))


def test_a_mesh_used_many_times_counts_many_times(tmp_path: Path):
    ball = trimesh.creation.icosphere(subdivisions=4)
    scene = trimesh.Scene()
    for number in range(70):
        scene.add_geometry(ball, geom_name="ball", transform=trimesh.transformations.translation_matrix((number, 0, 0)))
    scene.export(tmp_path / "many.glb")
    with pytest.raises(InputError, match="faces"):
        load_shape(tmp_path / "many.glb")


def test_parts_are_placed_and_keep_their_own_textures(draw: Draw, tmp_path: Path):
    scene = trimesh.Scene()
    for x, color in ((-2.0, (255, 0, 0)), (2.0, (0, 0, 255))):
        box = trimesh.creation.box()
        material = trimesh.visual.material.PBRMaterial(baseColorTexture=Image.new("RGB", (4, 4), color))
        box.visual = trimesh.visual.TextureVisuals(uv=np.zeros((8, 2)), material=material)
        scene.add_geometry(box, transform=trimesh.transformations.translation_matrix((x, 0, 0)))
    scene.export(tmp_path / "two.glb")
    pixels = draw(scene__subject=subject(tmp_path / "two.glb"), **FRONT)
    red, blue = ((pixels == color).all(axis=2) for color in ((255, 0, 0), (0, 0, 255)))
    assert np.nonzero(red)[1].max() < 112 < np.nonzero(blue)[1].min()
    assert 0.7 < red.sum() / blue.sum() < 1.4


def test_vertex_colors_are_painted_where_they_are(draw: Draw, tmp_path: Path):
    text = "v -1 0 0 1 0 0\nv 1 0 0 1 0 0\nv 1 2 0 0 0 1\nv -1 2 0 0 0 1\nf 1 2 3\nf 1 3 4\n"
    pixels = draw(scene__subject=subject(write(tmp_path / "plate.obj", text)), **FRONT).astype(int)
    column = pixels[:, 112]
    column = column[(column[:, 1] == 0)]
    assert len(column) > 60
    assert column[0, 2] > column[0, 0] + 200
    assert column[-1, 0] > column[-1, 2] + 200
    assert (np.abs(column[:, 0] + column[:, 2] - 255) <= 2).all()


def test_missing_normals_come_from_the_faces(tmp_path: Path):
    shape = load_shape(write(tmp_path / "plate.obj", PLATE + "f 1 2 3\nf 1 3 4\n"))
    np.testing.assert_allclose(shape.normals, [[0, 0, 1]] * 4, atol=1e-6)


def test_the_files_own_normals_are_kept(tmp_path: Path):
    text = PLATE + "vn 0 3 4\nf 1/1/1 2/2/1 3/3/1\n"
    shape = load_shape(write(tmp_path / "plate.obj", text))
    np.testing.assert_allclose(shape.normals, [[0, 0.6, 0.8]] * 3, atol=1e-6)


def test_far_and_tiny_meshes_keep_their_shape(tmp_path: Path):
    text = "".join(f"v {500_000 + x * 1e-2} 4000000 {z * 1e-2}\n" for x, z in ((0, 0), (1, 0), (0, 1)))
    shape = normalized(load_shape(write(tmp_path / "far.obj", text + "f 1 2 3\n")))
    np.testing.assert_allclose(np.ptp(shape.positions, axis=0), [1.5, 0, 1.5], atol=1e-6)


@pytest.mark.parametrize(
    ("library", "picture", "says"),
    [
        ("gone.mtl", None, "gone.mtl was not found"),
        ("../outside.mtl", None, "outside.mtl was not found"),
        ("/dev/zero", None, "zero was not found"),
        ("m.mtl", "none.png", "none.png was not found"),
        ("m.mtl", "text.png", "text.png cannot be read"),
        ("m.mtl", "bomb.png", "bomb.png has too many pixels"),
    ],
)
def test_what_a_mesh_cannot_have_is_told_and_done_without(tmp_path: Path, library: str, picture: str, says: str):
    folder = tmp_path / "mesh"
    folder.mkdir()
    write(tmp_path / "outside.mtl", "newmtl m\n")
    write(folder / "m.mtl", f"newmtl m\nmap_Kd {picture}\n")
    write(folder / "text.png", "no picture")
    Image.new("1", (9000, 9000)).save(folder / "bomb.png")
    text = f"mtllib {library}\nusemtl m\n" + PLATE + "f 1/1 2/2 3/3\n"
    shape = load_shape(write(folder / "a.obj", text))
    assert len(shape.notices) == 1
    assert says in shape.notices[0]
    assert shape.parts[0].picture is None
    assert (shape.colors == 255).all()


def test_a_gltf_without_its_buffer_is_refused_and_names_it(tmp_path: Path):
    for name, data in trimesh.Scene(trimesh.creation.box()).export(file_type="gltf").items():
        if not name.endswith(".bin"):
            write(tmp_path / name, data)
    with pytest.raises(InputError, match=r"\.bin was not found"):
        load_shape(tmp_path / "model.gltf")


def test_a_picture_bomb_inside_a_mesh_is_left_out(renderer: Renderer, draw: Draw, tmp_path: Path):
    box = trimesh.creation.box()
    material = trimesh.visual.material.PBRMaterial(baseColorTexture=Image.new("1", (9000, 9000)))
    box.visual = trimesh.visual.TextureVisuals(uv=np.zeros((8, 2)), material=material)
    box.export(tmp_path / "bomb.glb")
    draw(scene__subject=subject(tmp_path / "bomb.glb"))
    assert "9,000 × 9,000 pixels" in renderer.notices[0]


def test_meshes_load_without_the_optional_helpers_of_trimesh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for helper in ("scipy", "scipy.sparse", "charset_normalizer", "chardet", "networkx"):
        monkeypatch.setitem(sys.modules, helper, None)
    text = b"# \xe9\n" + (PLATE + "f 1 2 3\nf 1 3 4\n").encode()
    shape = load_shape(write(tmp_path / "plate.obj", text))
    np.testing.assert_allclose(shape.normals, [[0, 0, 1]] * 4, atol=1e-6)
    trimesh.creation.box().export(tmp_path / "box.glb")
    assert len(load_shape(tmp_path / "box.glb").faces) == 12


@pytest.mark.parametrize("suffix", ["obj", "ply", "glb", "png", "jpg"])
def test_damaged_files_are_refused_or_read_but_never_crash(tmp_path: Path, suffix: str):
    from perturber.scene.files.image import open_picture

    file = tmp_path / f"good.{suffix}"
    if suffix in ("png", "jpg"):
        Image.fromarray(np.random.default_rng(0).integers(0, 256, (24, 24, 3), np.uint8)).save(file)
    else:
        trimesh.creation.icosphere(subdivisions=1).export(file)
    good = file.read_bytes()
    rng = np.random.default_rng(len(good))
    refused = []
    for number in range(60):
        data = bytearray(good)
        if number % 3 == 0:
            del data[rng.integers(len(data)) :]
        else:
            data[rng.integers(len(data))] = rng.integers(256)
        write(file, bytes(data))
        try:
            if suffix in ("png", "jpg"):
                assert open_picture(file).mode == "RGB"
            else:
                shape = normalized(load_shape(file))
                assert np.isfinite(shape.positions).all()
                assert shape.faces.max() < len(shape.positions)
        except InputError as error:
            refused.append(error.source)
    assert set(refused) == {str(file)}
    assert len(refused) > 10


BOX = (
    "v -1 -1 -1\nv 1 -1 -1\nv 1 1 -1\nv -1 1 -1\nv -1 -1 1\nv 1 -1 1\nv 1 1 1\nv -1 1 1\n"
    "vt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\nusemtl m\n"
    "f 5/1 6/2 7/3\nf 5/1 7/3 8/4\nf 1/1 3/3 2/2\nf 1/1 4/4 3/3\nf 1/1 2/2 6/3\nf 1/1 6/3 5/4\n"
    "f 4/1 8/4 7/3\nf 4/1 7/3 3/2\nf 2/1 3/2 7/3\nf 2/1 7/3 6/4\nf 1/1 5/4 8/3\nf 1/1 8/3 4/2\n"
)
FIN = "v 5 5 5\nf 1/1 2/2 9/3\n"


def damaged(folder: Path, what: str) -> Path:
    """A textured box with something wrong about it."""
    box, library = BOX, b"newmtl m\nmap_Kd checks.png\n"
    checks = np.kron(np.indices((4, 4)).sum(axis=0) % 2, np.ones((8, 8)))
    Image.fromarray((60 + 160 * checks).astype(np.uint8)).save(folder / "checks.png")
    if what == "cut texture":
        write(folder / "checks.png", (folder / "checks.png").read_bytes()[:60])
    elif what == "missing texture":
        (folder / "checks.png").unlink()
    elif what == "opacity map":
        library += b"map_d checks.png\n"
    elif what.endswith("mtl"):
        library = {"binary mtl": bytes(range(256)), "odd mtl": b"newmtl m\nKd red nan 1e999\nmap_Kd\n"}[what]
    elif what == "undefined material":
        box = box.replace("usemtl m", "usemtl gone")
    elif what == "non-manifold":
        box += FIN
    elif what == "points and lines":
        box += "f 1/1 1/1 2/2\nf 3/3 3/3 3/3\nv 0 -1 -1\nf 1/1 9/1 2/2\n"
    elif what == "no area at all":
        box = "\n".join(line for line in box.splitlines() if line[0] != "f") + "\nf 1/1 2/2 1/1\nf 3/1 3/1 3/1\n"
    write(folder / "m.mtl", library)
    return write(folder / "box.obj", "mtllib m.mtl\n" + box)


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("cut texture", "its texture is left out"),
        ("missing texture", "checks.png was not found"),
        ("opacity map", "m.mtl names the opacity map checks.png"),
        ("binary mtl", "m.mtl defines no material"),
        ("odd mtl", "m.mtl, line 2 ('Kd red nan 1e999') is not a color"),
        ("undefined material", "does not define gone"),
        ("non-manifold", "an edge is shared by more than two triangles (non-manifold)"),
        ("points and lines", "3 degenerate triangles"),
        ("no area at all", "all triangles are degenerate (without area)"),
    ],
)
def test_damaged_meshes_are_drawn_and_their_damage_named(
    renderer: Renderer, draw: Draw, tmp_path: Path, what: str, says: str
):
    pixels = draw(scene__subject=subject(damaged(tmp_path, what)), scene__background__name="lawn")
    assert any(notice.startswith("box.obj: ") and says in notice for notice in renderer.notices)
    assert pixels.std() > 10
    if what != "no area at all":
        bare = draw(scene__subject=subject(damaged(tmp_path, "no area at all")), scene__background__name="lawn")
        assert (pixels != bare).any(axis=2).mean() > 0.05


def test_a_sound_mesh_has_no_notices(tmp_path: Path):
    shape = load_shape(damaged(tmp_path, "nothing"))
    assert shape.notices == ()
    assert len(shape.faces) == 12


def test_triangles_without_area_take_their_vertices_and_parts_along(tmp_path: Path):
    far = "v 900 0 0\nv 901 0 0\nv 902 0 0\n" + "usemtl q\nf 9 10 11\n"
    shape = load_shape(write(tmp_path / "far.obj", BOX.replace("vt 0 0", far + "vt 0 0", 1)))
    assert np.abs(shape.positions).max() == 1
    assert [(part.first, part.count) for part in shape.parts] == [(0, 12)]
    assert len(shape.positions) == len(shape.normals) == len(shape.uv) == len(shape.colors)


def test_edges_are_counted_across_seams_and_not_for_neighbors():
    side = np.arange(30) * 0.1
    grid = np.stack([*np.meshgrid(side, side, indexing="ij"), np.zeros((30, 30))], axis=-1).reshape(-1, 3)
    corner = np.arange(900).reshape(30, 30)[:-1, :-1].ravel()
    faces = np.concatenate([corner[:, None] + [0, 1, 30], corner[:, None] + [1, 31, 30]])
    assert count_crowded_edges(grid, faces) == 0
    split = grid[faces].reshape(-1, 3)
    loose = np.arange(len(split)).reshape(-1, 3)
    assert count_crowded_edges(split, loose) == 0
    assert not find_degenerate(split, loose).any()
    twice = np.concatenate([split, split[:3]])
    assert count_crowded_edges(twice, np.arange(len(twice)).reshape(-1, 3)) == 1
    assert find_degenerate(grid, np.array([[0, 0, 1], [0, 1, 2], [5, 5, 5], [0, 1, 30]])).tolist() == [
        True,
        True,
        True,
        False,
    ]


def test_looking_at_every_triangle_is_cheap():
    """Less than half of what sorting the places of the corners alone would take; a tenth of it, measured."""
    ball = trimesh.creation.icosphere(subdivisions=6)
    loose = np.asarray(ball.vertices)[ball.faces].reshape(-1, 3)
    faces = np.arange(len(loose)).reshape(-1, 3)
    looking, sorting = [], []
    for _ in range(3):
        start = process_time()
        assert (int(find_degenerate(loose, faces).sum()), count_crowded_edges(loose, faces)) == (0, 0)
        middle = process_time()
        np.unique(loose, axis=0)
        looking.append(middle - start)
        sorting.append(process_time() - middle)
    assert min(looking) < 0.5 * min(sorting)
