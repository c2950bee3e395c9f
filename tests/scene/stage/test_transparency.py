"""What a mesh's materials make transparent: the right colors before the background, and no shadow on the ground."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from perturber.core.evaluation import Pixels
from perturber.core.session.scene import MeshSubject
from perturber.core.storage.files import FileRef
from perturber.scene.files.mesh import load_shape
from perturber.scene.files.surface import MeshMaterial, MeshPart, Shape
from perturber.scene.stage.coverage import coverage_at
from perturber.scene.stage.shadow import footprints

BLUE = (0, 0, 255)
PLATE = "v -1 0 0\nv 1 0 0\nv 1 2 0\nv -1 2 0\nvt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\n"
GROUND = PLATE.replace("2 0\n", "0 -2\n")
FACES = "usemtl m\nf 1/1 2/2 3/3 4/4\n"
Show = Callable[..., Pixels]


def write_obj(folder: Path, material: str, places: str = PLATE) -> Path:
    (folder / "m.mtl").write_text(f"newmtl m\nKd 1 0 0\n{material}\n")
    (folder / "m.obj").write_text("mtllib m.mtl\n" + places + FACES)
    return folder / "m.obj"


@pytest.fixture
def show(draw: Show, tmp_path: Path) -> Show:
    """The picture of a red plate with a material before blue, unlit and from the front unless stated otherwise."""
    Image.new("RGB", (8, 8), BLUE).save(tmp_path / "blue.png")

    def shown(material: str, places: str = PLATE, alpha: Path | None = None, **more: Any) -> Pixels:
        file = FileRef.of(write_obj(tmp_path, material, places))
        subject = MeshSubject(mesh=file, alpha=None if alpha is None else FileRef.of(alpha))
        view = {"scene__camera__yaw": 0.0, "scene__camera__pitch": 0.0, "scene__surface__lighting": 0.0}
        behind = FileRef.of(tmp_path / "blue.png")
        return draw(scene__subject=subject, scene__background__file=behind, **{**view, **more})

    return shown


@pytest.mark.parametrize(
    ("material", "seen"),
    [
        ("d 1", (255, 0, 0)),
        ("d 0.4", (102, 0, 153)),
        ("d -halo 0.4", (102, 0, 153)),
        ("d 0", BLUE),
        ("d 1.7", (255, 0, 0)),
        ("d -0.5", BLUE),
        ("Tr 0", (255, 0, 0)),
        ("Tr 0.6", (102, 0, 153)),
        ("tr 1.0", BLUE),
        ("d 1.0\nTr 1.0", (255, 0, 0)),
        ("Tr 1.0\nd 1.0", (255, 0, 0)),
        ("d 0.4\nmap_Kd green.png", (0, 102, 153)),
        ("d 1\nmap_Kd green.png", (0, 255, 0)),
        ("d 0.4\nmap_Kd none.png", (102, 0, 153)),
        ("d nan", (255, 0, 0)),
    ],
)
def test_the_opacity_of_a_material_is_drawn(show: Show, tmp_path: Path, material: str, seen: tuple[int, ...]):
    Image.new("RGBA", (2, 2), (0, 255, 0, 7)).save(tmp_path / "green.png")  # its alpha is no opacity
    np.testing.assert_allclose(show(material)[112, 112], seen, atol=1)


@pytest.mark.parametrize("material", ["d 0", "Tr 1", "d 1"])
def test_what_is_invisible_leaves_the_background_as_it_is_and_is_noticed(show: Show, tmp_path: Path, material: str):
    lit = {"scene__camera__pitch": 25.0, "scene__surface__lighting": 1.0}
    picture = show(material, **lit)
    notices = load_shape(tmp_path / "m.obj").notices
    hidden = material != "d 1"
    assert (picture == BLUE).all() == hidden
    assert ["invisible" in notice for notice in notices] == [True] * hidden


def test_a_hole_in_the_opacity_texture_casts_no_shadow(show: Show, tmp_path: Path):
    Image.new("L", (4, 4), 0).save(tmp_path / "hole.png")
    lit = {"scene__camera__pitch": 25.0, "scene__surface__lighting": 1.0}
    assert (show("d 1", alpha=tmp_path / "hole.png", **lit) == BLUE).all()


def test_the_shadow_is_as_strong_as_the_material(tmp_path: Path):
    darkest = []
    for opacity in ("1", "0.5", "0"):
        shape = load_shape(write_obj(tmp_path, f"d {opacity}", GROUND))
        darkest.append(int(footprints(shape, shape).darkness.max()))
    full, half, none = darkest
    assert none == 0
    assert 0.4 * full < half < 0.75 * full  # two layers, each half as strong


def test_a_bad_opacity_is_named(tmp_path: Path):
    shape = load_shape(write_obj(tmp_path, "d clear"))
    assert "line 3 ('d clear') is not a number from 0 to 1" in shape.notices[0]
    assert shape.parts[0].material.opacity == "opaque"


def textured(wrap: str, opacity: str = "blend", alpha: float = 1.0) -> Shape:
    """A triangle whose texture is opaque on the right half only, with coordinates from -1 to 3."""
    texels = np.zeros((1, 4, 4), np.uint8)
    texels[0, 2:, 3] = 255
    material: Any = MeshMaterial(opacity=opacity, alpha=alpha, wrap=(wrap, wrap))  # type: ignore[arg-type]
    return Shape(
        np.eye(3),
        np.eye(3, dtype=np.float32),
        np.array([[-1, 0], [3, 0], [0, 0]], np.float32),
        np.full((3, 4), 255, np.uint8),
        np.array([[0, 1, 2]], np.int32),
        (MeshPart(0, 1, Image.fromarray(texels, "RGBA"), material),),
    )


@pytest.mark.parametrize(
    ("wrap", "expected"),
    [
        ("repeat", [0, 1, 0, 1, 0, 1]),
        ("mirror", [1, 0, 0, 1, 1, 0]),
        ("clamp", [0, 0, 0, 1, 1, 1]),
    ],
)
def test_coverage_follows_the_texture_beyond_its_edges(wrap: str, expected: list[int]):
    along = (np.array([-0.8, -0.3, 0.2, 0.7, 1.2, 1.7]) + 1) / 4
    weights = np.stack([1 - along, along, 0 * along], axis=1)
    faces = np.zeros(6, np.int64)
    assert coverage_at(textured(wrap), faces, weights).tolist() == expected
    assert coverage_at(textured(wrap, alpha=0.5), faces, weights).tolist() == [0.5 * value for value in expected]
    assert coverage_at(textured(wrap, "mask", 0.6), faces, weights).tolist() == expected
    assert coverage_at(textured(wrap, "mask", 0.4), faces, weights).tolist() == [0] * 6
    assert coverage_at(textured(wrap, "opaque"), faces, weights).tolist() == [1] * 6
    clear = textured(wrap)
    clear = replace(clear, parts=(replace(clear.parts[0], picture=None),))
    clear.colors[:, 3] = 51
    np.testing.assert_allclose(coverage_at(clear, faces, weights), 0.2)
