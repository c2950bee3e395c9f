"""Untrusted meshes and pictures: loaded when they can be, refused by name when they cannot."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from perturber import paths
from perturber.core.errors import InputError
from perturber.core.evaluation import Pixels
from perturber.core.session.scene import MeshSubject, Photo
from perturber.core.storage.files import FileRef
from perturber.scene.assets.ends import load_pair
from perturber.scene.files.image import photo_pixels, texture_pixels
from perturber.scene.files.mesh import load_shape, normalized
from perturber.scene.files.survey import MAX_FACES
from perturber.scene.renderer import Renderer

Draw = Callable[..., Pixels]
CUBE = """v -1 -1 -1\nv 1 -1 -1\nv 1 1 -1\nv -1 1 -1\nv -1 -1 1\nv 1 -1 1\nv 1 1 1\nv -1 1 1
f 1 3 2\nf 1 4 3\nf 5 6 7\nf 5 7 8\nf 1 2 6\nf 1 6 5\nf 3 4 8\nf 3 8 7\nf 2 3 7\nf 2 7 6\nf 1 5 8\nf 1 8 4
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def subject(mesh: Path, **textures: Path) -> MeshSubject:
    return MeshSubject(mesh=FileRef.of(mesh), **{name: FileRef.of(file) for name, file in textures.items()})


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("empty.obj", "", "no triangles"),
        ("points.obj", "v 0 0 0\nv 1 0 0\n", "no triangles"),
        ("cut.obj", CUBE[:60], "middle of a line"),
        ("words.obj", CUBE.replace("v 1 1 1", "v one 1 1"), "cannot be read"),
        ("nan.obj", CUBE.replace("v 1 1 1", "v nan 1 1"), "finite"),
        ("index.obj", CUBE + "f 1 2 99\n", "index.obj"),
        ("noise.glb", "this is no glTF", "cannot be read"),
        ("noise.ply", "this is no PLY", "cannot be read"),
        ("mesh.dae", "solid", "not a mesh format"),
        ("many.obj", CUBE + "f 1 2 3\n" * 2_000_000, "2,000,012"),
        ("half.obj", CUBE + "f 1 4", "middle of a line"),
    ],
)
def test_bad_meshes_are_refused_by_name(tmp_path: Path, name: str, text: str, says: str):
    file = write(tmp_path / name, text)
    with pytest.raises(InputError, match=says) as caught:
        load_shape(file)
    assert caught.value.source == str(file)
    assert "OBJ" in caught.value.expected


@pytest.mark.parametrize("share", [0.1, 0.3, 0.62, 0.9, 0.9999])
def test_truncated_mesh_is_refused_by_name(tmp_path: Path, share: float):
    whole = (paths.assets() / "dog_cat" / "dog.obj").read_bytes()
    end = int(share * len(whole))
    # Somewhere inside a line, but not in its last number, which reads like a shorter one.
    while b"\n" in whole[end - 3 : end + 1] or whole[end - 1 : end] == b" " or b" " not in whole[end:].split(b"\n")[0]:
        end += 1
    cut = tmp_path / "cut.obj"
    cut.write_bytes(whole[:end])
    with pytest.raises(InputError) as caught:
        load_shape(cut)
    assert caught.value.source == str(cut)


def test_more_faces_than_allowed_in_a_binary_mesh(tmp_path: Path):
    grid = trimesh.creation.icosphere(subdivisions=2)
    faces = np.tile(grid.faces, (MAX_FACES // len(grid.faces) + 1, 1))
    trimesh.Trimesh(grid.vertices, faces, process=False).export(tmp_path / "many.ply")
    with pytest.raises(InputError, match="300,160 faces"):
        load_shape(tmp_path / "many.ply")


@pytest.mark.parametrize("suffix", ["obj", "ply", "glb"])
def test_formats_of_the_user_draw(draw: Draw, tmp_path: Path, suffix: str):
    file = tmp_path / f"ball.{suffix}"
    trimesh.creation.icosphere(subdivisions=3, radius=40).export(file)
    pixels = draw(scene__subject=subject(file), scene__background__name="grey", scene__surface__lighting=0.0)
    ball = (pixels[..., 0] != pixels[0, 0, 0]).mean()
    assert 0.3 < ball < 0.85


def test_missing_material_and_texture_load_with_a_notice(renderer: Renderer, draw: Draw, tmp_path: Path):
    draw(scene__subject=subject(write(tmp_path / "a.obj", "mtllib gone.mtl\n" + CUBE)))
    assert "gone.mtl" in renderer.notices[0]
    write(tmp_path / "b.mtl", "newmtl m\nmap_Kd gone.png\n")
    pixels = draw(scene__subject=subject(write(tmp_path / "b.obj", "mtllib b.mtl\nusemtl m\n" + CUBE)))
    assert "gone.png" in renderer.notices[0]
    assert np.isfinite(pixels).all()
    draw()
    assert renderer.notices == ()


def test_degenerate_and_open_meshes_draw(draw: Draw, tmp_path: Path):
    draw(scene__subject=subject(write(tmp_path / "flat.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\nf 1 1 1\nf 3 2 1\n")))
    draw(scene__subject=subject(write(tmp_path / "dot.obj", "v 0 0 0\nv 0 0 0\nv 0 0 0\nf 1 2 3\n")))


def test_alpha_texture_cuts_holes(draw: Draw, tmp_path: Path):
    text = "v -1 0 0\nv 1 0 0\nv 1 2 0\nv -1 2 0\nvt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\nf 1/1 2/2 3/3\nf 1/1 3/3 4/4\n"
    plate = write(tmp_path / "plate.obj", text)
    half = np.zeros((8, 8), np.uint8)
    half[:4] = 255
    Image.fromarray(half).save(tmp_path / "alpha.png")
    Image.new("RGB", (4, 4), (255, 0, 0)).save(tmp_path / "red.png")
    red = subject(plate, diffuse=tmp_path / "red.png", alpha=tmp_path / "alpha.png")
    view = {"scene__camera__yaw": 0.0, "scene__camera__pitch": 0.0, "scene__surface__lighting": 0.0}
    pixels = draw(scene__subject=red, scene__background__name="grey", **view)
    shown = (pixels == (255, 0, 0)).all(axis=2)
    assert shown[:105].sum() > 2000
    assert shown[120:].sum() == 0


def test_ends_of_a_pair_must_share_topology_and_coordinates(tmp_path: Path):
    one = write(tmp_path / "one.obj", CUBE)
    other = write(tmp_path / "other.obj", CUBE.replace("f 1 3 2", "f 1 2 3"))
    with pytest.raises(InputError, match=r"one\.obj"):
        load_pair(one, other)
    load_pair(one, write(tmp_path / "moved.obj", CUBE.replace("v 1 1 1", "v 2 2 2")))


def test_user_meshes_stand_on_the_ground_at_our_size(tmp_path: Path):
    shape = normalized(load_shape(write(tmp_path / "a.obj", CUBE.replace("-1", "99").replace("v 1", "v 101"))))
    low, high = shape.positions.min(axis=0), shape.positions.max(axis=0)
    assert low[1] == 0
    assert np.isclose((high - low).max(), 1.5)
    np.testing.assert_allclose((low + high)[[0, 2]], 0, atol=1e-5)


def png_of_size(path: Path, width: int, height: int) -> Path:
    """A PNG whose header promises a huge picture and whose data are a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    return path


def test_bad_pictures_are_refused_by_name(tmp_path: Path):
    good = tmp_path / "good.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)).save(good)
    cut = tmp_path / "cut.png"
    cut.write_bytes(good.read_bytes()[:3000])
    bombs = [png_of_size(tmp_path / "bomb.png", 60_000, 60_000), png_of_size(tmp_path / "big.png", 9000, 9000)]
    for file in (cut, *bombs, write(tmp_path / "text.jpg", "no picture"), tmp_path / "none.png", tmp_path):
        with pytest.raises(InputError) as caught:
            texture_pixels(file, "RGB")
        assert caught.value.source == str(file)
        with pytest.raises(InputError):
            photo_pixels(file, 1.0, 224)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_pictures_of_every_kind_load(tmp_path: Path, mode: str):
    values = np.linspace(0, 255, 64 * 48).reshape(48, 64)
    if mode == "I;16":
        made = Image.fromarray((values * 257).astype(np.uint16))
    else:
        made = Image.fromarray(values.astype(np.uint8)).convert(mode)
    file = tmp_path / ("a.tif" if mode in ("CMYK", "I;16") else "a.png")
    made.save(file)
    pixels = photo_pixels(file, 1.0, 32)
    assert pixels.shape == (32, 32, 3)
    assert pixels[0].mean() < 60
    assert pixels[-1].mean() > 190


def test_phone_pictures_are_turned_upright(tmp_path: Path):
    array = np.zeros((40, 40, 3), np.uint8)
    array[:20] = 255
    exif = Image.Exif()
    exif[0x0112] = 3
    Image.fromarray(array).save(tmp_path / "a.png", exif=exif)
    assert photo_pixels(tmp_path / "a.png", 1.0, 40)[0].max() == 0


def test_a_photo_that_changed_is_refused(draw: Draw, tmp_path: Path):
    file = tmp_path / "p.png"
    Image.new("RGB", (30, 30)).save(file)
    ref = FileRef.of(file)
    Image.new("RGB", (30, 30), (1, 2, 3)).save(file)
    with pytest.raises(InputError, match="changed"):
        draw(scene__photo=Photo(file=ref))
