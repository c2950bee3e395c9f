"""What a glTF file's materials look like, feature by feature, and what is said about the rest."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gltf_writer import CORNERS, QUADRANTS, UV, GltfWriter, encoded
from PIL import Image

from perturber.core.evaluation import Pixels
from perturber.core.session.scene import MeshSubject
from perturber.core.storage.files import FileRef
from perturber.scene.files.mesh import load_shape
from perturber.scene.renderer import Renderer

Draw = Callable[..., Pixels]
Show = Callable[..., Pixels]
BLUE = (0, 0, 255)
PLACES = {"upper left": (80, 80), "upper right": (80, 144), "lower left": (144, 80), "lower right": (144, 144)}
WHOLE = {"upper left": (255, 0, 0), "upper right": (0, 255, 0), "lower left": BLUE, "lower right": (255, 255, 255)}


@pytest.fixture
def show(draw: Draw, tmp_path: Path) -> Show:
    """The picture of a written file before blue, unlit and from the front unless stated otherwise."""
    Image.new("RGB", (8, 8), BLUE).save(tmp_path / "blue.png")

    def shown(writer: GltfWriter, name: str = "m.glb", textures: dict[str, Path] | None = None, **more: Any) -> Pixels:
        files = {key: FileRef.of(file) for key, file in (textures or {}).items()}
        view = {"scene__camera__yaw": 0.0, "scene__camera__pitch": 0.0, "scene__surface__lighting": 0.0}
        behind = FileRef.of(tmp_path / "blue.png")
        subject = MeshSubject(mesh=FileRef.of(writer.write(tmp_path / name)), **files)
        return draw(scene__subject=subject, scene__background__file=behind, **{**view, **more})

    return shown


def corners(pixels: Pixels) -> dict[str, tuple[int, ...]]:
    return {name: tuple(int(value) for value in pixels[place]) for name, place in PLACES.items()}


def plate(**material: Any) -> GltfWriter:
    writer = GltfWriter()
    writer.place(writer.primitive(writer.material(**material)))
    return writer


def pictured(info: dict[str, Any] | None = None, pixels: np.ndarray = QUADRANTS, **material: Any) -> GltfWriter:
    writer = GltfWriter()
    writer.place(writer.primitive(writer.material(writer.texture(pixels), info, **material)))
    return writer


def color(*rgba: int) -> np.ndarray:
    return np.full((16, 16, 4), rgba, np.uint8)


@pytest.mark.parametrize(
    ("factor", "seen"),
    [((0.5, 0.214, 0, 1), (188, 127, 0)), ((0.002, 0, 1, 0.3), (7, 0, 255)), ((1, 1, 1, 1), (255, 255, 255))],
)
def test_a_linear_factor_becomes_srgb_once(show: Show, factor: tuple[float, ...], seen: tuple[int, ...]):
    assert set(corners(show(plate(factor=factor))).values()) == {seen}


@pytest.mark.parametrize(("dtype", "normalized"), [("float32", False), ("uint8", True), ("uint16", True)])
@pytest.mark.parametrize("width", [3, 4])
def test_vertex_colors_multiply_the_factor(show: Show, dtype: str, normalized: bool, width: int):
    writer = GltfWriter()
    colors = np.tile([0.6, 0.2, 1, 0.1], (4, 1))[:, :width]
    made = writer.material(factor=(0.5, 1, 1, 1))
    writer.place(writer.primitive(made, COLOR_0=writer.array(colors, dtype, normalized)))
    assert set(corners(show(writer)).values()) == {(149, 124, 255)}


def test_integer_colors_that_forget_to_be_normalized_are_fractions_all_the_same(show: Show):
    writer = GltfWriter()
    writer.place(writer.primitive(COLOR_0=writer.array(np.tile([128, 0, 255, 255], (4, 1)), "uint8")))
    assert set(corners(show(writer)).values()) == {(188, 0, 255)}


def test_colors_are_interpolated_in_linear_light(show: Show):
    writer = GltfWriter()
    writer.place(writer.primitive(COLOR_0=writer.array([[0, 0, 0], [1, 1, 1], [1, 1, 1], [0, 0, 0]])))
    assert np.abs(show(writer)[112, 111:113].astype(int) - 188).max() <= 1


@pytest.mark.parametrize("key", ["diffuseTexture", "diffuseFactor"])
def test_glossiness_gives_color_and_texture(show: Show, key: str):
    writer = GltfWriter()
    gloss = {"diffuseTexture": {"index": writer.texture()}} if key == "diffuseTexture" else {key: [1, 0, 0, 1]}
    made = writer.material(factor=(0, 0, 0, 1), extensions={"KHR_materials_pbrSpecularGlossiness": gloss})
    writer.place(writer.primitive(made))
    expected = WHOLE if key == "diffuseTexture" else dict.fromkeys(WHOLE, (255, 0, 0))
    assert corners(show(writer)) == expected


@pytest.mark.parametrize(("dtype", "top"), [("uint8", 255), ("uint16", 65535)])
def test_normalized_coordinates(show: Show, dtype: str, top: int):
    writer = GltfWriter()
    uv = writer.array(UV * top, dtype)
    writer.tree["accessors"][uv]["normalized"] = True
    writer.place(writer.primitive(writer.material(writer.texture()), TEXCOORD_0=uv))
    assert corners(show(writer)) == WHOLE


def test_the_transform_turns_about_the_upper_left_corner(show: Show):
    """A quarter turn counterclockwise of the coordinates, as in the example of the extension."""
    turn = {"offset": [0, 1], "rotation": np.pi / 2, "scale": [1, 1]}
    seen = corners(show(pictured({"extensions": {"KHR_texture_transform": turn}})))
    assert seen == {
        "upper left": WHOLE["lower left"],
        "upper right": WHOLE["upper left"],
        "lower left": WHOLE["lower right"],
        "lower right": WHOLE["upper right"],
    }


def test_the_second_coordinates_are_used_where_the_texture_names_them(show: Show):
    writer = GltfWriter()
    made = writer.material(writer.texture(), {"texCoord": 1})
    entry = writer.primitive(made, TEXCOORD_0=writer.array(np.full((4, 2), 0.7)), TEXCOORD_1=writer.array(UV))
    writer.place(entry)
    assert corners(show(writer)) == WHOLE
    del entry["attributes"]["TEXCOORD_0"]
    assert corners(show(writer, "one.glb")) == WHOLE


@pytest.mark.parametrize(
    ("mode", "alpha", "factor", "seen"),
    [
        ("OPAQUE", 0, 1.0, (255, 0, 0)),
        ("BLEND", 0, 1.0, BLUE),
        ("BLEND", 255, 1.0, (255, 0, 0)),
        ("BLEND", 255, 0.2, (51, 0, 204)),
        ("BLEND", 51, 0.5, (26, 0, 229)),
        ("MASK", 100, 1.0, BLUE),
        ("MASK", 128, 1.0, (255, 0, 0)),
        ("MASK", 255, 0.5, (255, 0, 0)),
        ("MASK", 255, 0.49, BLUE),
        ("MASK", 200, 0.5, BLUE),
    ],
)
def test_alpha_is_texture_times_factor(show: Show, mode: str, alpha: int, factor: float, seen: tuple[int, ...]):
    writer = pictured(pixels=color(255, 0, 0, alpha), alphaMode=mode, factor=(1, 1, 1, factor))
    for found in corners(show(writer)).values():
        np.testing.assert_allclose(found, seen, atol=1)


def test_a_cutoff_above_one_hides_everything(show: Show):
    assert set(corners(show(plate(alphaMode="MASK", alphaCutoff=1.1))).values()) == {BLUE}


def layered(order: tuple[int, ...], mode: str = "BLEND") -> GltfWriter:
    """A red plate at the front and a green one behind it, half transparent, written in some order."""
    writer = GltfWriter()
    for number in order:
        made = writer.material(factor=[(1, 0, 0, 0.5), (0, 1, 0, 0.5)][number], alphaMode=mode)
        writer.place(writer.primitive(made), translation=[0, 0, 0.2 - 0.4 * number])
    return writer


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(("yaw", "seen"), [(0.0, (128, 64, 64)), (180.0, (64, 128, 64))])
def test_translucent_surfaces_are_drawn_from_the_farthest(
    show: Show, order: tuple[int, ...], yaw: float, seen: tuple[int, ...]
):
    found = show(layered(order), scene__camera__yaw=yaw)[112, 112]
    np.testing.assert_allclose(found, seen, atol=1)


def test_faces_of_one_mesh_are_sorted_too(show: Show):
    writer = GltfWriter()
    nearer = np.array([0, 0, 0.2])
    points = np.concatenate([CORNERS + nearer, CORNERS - nearer])
    made = writer.primitive(
        writer.material(alphaMode="BLEND"),
        POSITION=writer.array(points),
        TEXCOORD_0=writer.array(np.zeros((8, 2))),
        COLOR_0=writer.array([[1, 0, 0, 0.5]] * 4 + [[0, 1, 0, 0.5]] * 4),
    )
    made["indices"] = writer.array([0, 1, 2, 0, 2, 3, 4, 5, 6, 4, 6, 7], "uint8")
    writer.place(made)
    for yaw, seen in ((0.0, (128, 64, 64)), (180.0, (64, 128, 64)), (0.0, (128, 64, 64))):
        np.testing.assert_allclose(show(writer, scene__camera__yaw=yaw)[112, 112], seen, atol=1)


def test_an_opaque_object_that_is_marked_blended_looks_opaque(show: Show):
    writer, plain = (GltfWriter() for _ in range(2))
    for each, mode in ((writer, "BLEND"), (plain, "OPAQUE")):
        holes = QUADRANTS.copy()
        holes[20:30, 20:30, 3] = 0 if mode == "BLEND" else 255
        for z in (0.5, -0.5, 0.0):
            made = each.material(each.texture(holes if z == 0 else QUADRANTS), alphaMode=mode)
            each.place(each.primitive(made), translation=[z, 0, z])
    away = {"scene__camera__yaw": 40.0, "scene__surface__lighting": 1.0}
    assert (show(writer, **away) != show(plain, "p.glb", **away)).any(axis=2).mean() < 0.03


def test_what_is_transparent_covers_nothing(renderer: Renderer, show: Show, tmp_path: Path):
    from perturber.core.parameters.parameter import replace_all
    from perturber.core.session.scene import Scene

    writer = pictured(pixels=color(255, 0, 0, 51), alphaMode="BLEND")
    show(writer)
    subject = MeshSubject(mesh=FileRef.of(tmp_path / "m.glb"))
    front = {"subject": subject, "camera.yaw": 0.0, "camera.pitch": 0.0}
    assert renderer.mask(replace_all(Scene(), front), 224)[112, 112] == 51


def test_unlit_materials_keep_their_color_in_the_light(show: Show):
    lit = {"scene__surface__lighting": 1.0}
    unlit = show(plate(factor=(0.5, 0.214, 0, 1), extensions={"KHR_materials_unlit": {}}), **lit)
    assert tuple(unlit[112, 112]) == (188, 127, 0)
    assert tuple(show(plate(factor=(0.5, 0.214, 0, 1)), **lit)[112, 112]) != (188, 127, 0)


def test_a_black_material_that_emits_light_is_that_light(renderer: Renderer, show: Show):
    writer = GltfWriter()
    strong = {"KHR_materials_emissive_strength": {"emissiveStrength": 2}}
    glow = {"emissiveFactor": [0.5, 0.5, 0.107], "extensions": strong}
    made = writer.material(
        factor=(0, 0, 0, 1), emissiveTexture={"index": writer.texture(color(255, 188, 255, 9))}, **glow
    )
    writer.place(writer.primitive(made))
    seen = show(writer, scene__surface__lighting=1.0)[112, 112]
    np.testing.assert_allclose(seen, (255, 188, 127), atol=1)
    assert renderer.notices == ()


def test_a_users_texture_takes_the_place_of_the_files(show: Show, tmp_path: Path):
    Image.fromarray(QUADRANTS).save(tmp_path / "q.png")
    assert corners(show(plate(), textures={"diffuse": tmp_path / "q.png"})) == WHOLE
    assert corners(show(pictured(pixels=color(9, 9, 9, 255)), textures={"diffuse": tmp_path / "q.png"})) == WHOLE


def test_a_missing_normal_means_flat_faces(tmp_path: Path):
    writer = GltfWriter()
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    made = {"attributes": {"POSITION": writer.array(points)}, "indices": writer.array([0, 2, 1, 0, 1, 3], "uint8")}
    writer.place(made)
    shape = load_shape(writer.write(tmp_path / "m.glb"))
    np.testing.assert_allclose(shape.normals, [[0, 0, -1]] * 3 + [[0, -1, 0]] * 3, atol=1e-6)


def test_normals_follow_uneven_and_mirrored_transforms(tmp_path: Path):
    writer = GltfWriter()
    tilted = np.tile([0.6, 0, 0.8], (4, 1))
    writer.place(writer.primitive(NORMAL=writer.array(tilted)), scale=[-0.5, 1, 1])
    shape = load_shape(writer.write(tmp_path / "m.glb"))
    np.testing.assert_allclose(shape.normals, [[-1.2 / np.hypot(1.2, 0.8), 0, 0.8 / np.hypot(1.2, 0.8)]] * 4, atol=1e-6)
    a, b, c = shape.positions[shape.faces[0]]
    assert np.cross(b - a, c - a)[2] > 0  # it still turns to the front


def test_hidden_nodes_are_left_out(tmp_path: Path):
    writer = GltfWriter()
    writer.place(writer.primitive())
    writer.place(writer.primitive(), extensions={"KHR_node_visibility": {"visible": False}})
    assert len(load_shape(writer.write(tmp_path / "m.glb")).faces) == 2


def test_parts_of_the_same_material_become_one(tmp_path: Path):
    writer = GltfWriter()
    made = writer.material(writer.texture())
    for x in range(300):
        writer.place(writer.primitive(made if x % 2 else None), translation=[x, 0, 0])
    assert [part.count for part in load_shape(writer.write(tmp_path / "m.glb")).parts] == [300, 300]


NOTICES: list[tuple[Callable[[GltfWriter], object], str]] = [
    (lambda w: w.use("KHR_materials_transmission", "KHR_lights_punctual"), "KHR_materials_transmission, KHR_lights"),
    (lambda w: w.use("VENDOR_shine"), "drawn without VENDOR_shine"),
    (lambda w: w.tree["materials"][0].update(emissiveFactor=[0, 1, 0]), "emissiveFactor"),
    (lambda w: w.tree["images"][0].update(uri="gone.png"), "gone.png was not found"),
    (lambda w: w.tree["images"][0].update(uri="data:image/png;base64,AAAA"), "cannot be read as a picture"),
    (lambda w: w.tree["images"][0].update(uri="data:image/ktx2;base64,q0tUWCAyMLs="), "KTX2 is not supported"),
    (lambda w: w.tree["textures"][0].pop("source"), "has no picture"),
    (lambda w: w.tree["meshes"][0]["primitives"][0]["attributes"].pop("TEXCOORD_0"), "TEXCOORD_0) are missing"),
    (
        lambda w: w.tree["textures"].__setitem__(0, {"extensions": {"KHR_texture_basisu": {"source": 0}}}),
        "gltf-transform ktxdecompress",
    ),
]


@pytest.mark.parametrize(("change", "says"), NOTICES, ids=[says for _, says in NOTICES])
def test_what_is_not_drawn_is_reported(
    renderer: Renderer, show: Show, change: Callable[[GltfWriter], object], says: str
):
    writer = pictured()
    change(writer)
    show(writer)
    assert len(renderer.notices) == 1
    assert renderer.notices[0].startswith("m.glb: ")
    assert says in renderer.notices[0]


def test_what_changes_nothing_is_not_reported(renderer: Renderer, show: Show):
    writer = pictured()
    writer.use("KHR_materials_variants", "KHR_xmp_json_ld", "KHR_materials_ior", "KHR_animation_pointer")
    writer.use("KHR_texture_transform", "KHR_materials_unlit", required=True)
    assert corners(show(writer)) == WHOLE
    assert renderer.notices == ()


def test_a_picture_that_is_not_supported_has_its_fallback(renderer: Renderer, show: Show):
    writer = pictured()
    wrong = writer.add("images", {"uri": "data:image/webp;base64,AAAA"})
    ktx = writer.add("images", {"uri": "data:image/ktx2;base64,q0tUWCAyMLs="})
    both = {"EXT_texture_webp": {"source": wrong}, "KHR_texture_basisu": {"source": ktx}}
    writer.tree["textures"][0]["extensions"] = both
    assert corners(show(writer)) == WHOLE
    assert renderer.notices == ()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_pictures_lie_beside_the_file_or_inside(show: Show, tmp_path: Path, kind: str):
    pixels = color(200, 30, 60, 255)[..., :3]
    (tmp_path / f"my skin.{kind.lower()}").write_bytes(encoded(pixels, kind))
    beside = pictured()
    beside.tree["images"][0] = {"uri": f"my%20skin.{kind.lower()}"}
    inside = pictured()
    inside.tree["images"][0] = {"bufferView": inside.view(encoded(pixels, kind)), "mimeType": "image/png"}
    for number, writer in enumerate((beside, inside)):
        np.testing.assert_allclose(show(writer, f"{number}.gltf")[112, 112], (200, 30, 60), atol=3)


def test_a_large_picture_costs_a_bounded_memory(tmp_path: Path):
    writer = GltfWriter()
    for number in range(9):
        made = writer.material(writer.texture(np.full((1500, 2, 4), 20 * number, np.uint8)))
        writer.place(writer.primitive(made), translation=[number, 0, 0])
    pictures = [part.picture for part in load_shape(writer.write(tmp_path / "m.glb")).parts]
    assert {max(picture.size) for picture in pictures if picture is not None} == {1365}


def test_a_file_without_scenes_shows_all_its_nodes(tmp_path: Path):
    writer = GltfWriter()
    child = writer.place(writer.primitive())
    writer.add("nodes", {"children": [child], "scale": [2, 2, 2]})
    tree = json.loads(writer.text())
    del tree["scene"], tree["scenes"]
    (tmp_path / "m.gltf").write_text(json.dumps(tree))
    shape = load_shape(tmp_path / "m.gltf")
    assert len(shape.faces) == 2
    assert np.ptp(shape.positions[:, 0]) == 4


def test_joints_outside_the_scene_still_move_their_skin(tmp_path: Path):
    writer = GltfWriter()
    joints, weights = writer.array(np.zeros((4, 4)), "uint8"), writer.array(np.eye(4)[[0] * 4])
    writer.place(writer.primitive(JOINTS_0=joints, WEIGHTS_0=weights), skin=writer.add("skins", {"joints": [2]}))
    writer.tree["nodes"] += [{"children": [2], "translation": [5, 0, 0]}, {"scale": [2, 2, 2]}]
    shape = load_shape(writer.write(tmp_path / "m.glb"))
    assert (shape.positions.min(axis=0).tolist(), shape.positions.max(axis=0).tolist()) == ([3, 0, 0], [7, 4, 0])
