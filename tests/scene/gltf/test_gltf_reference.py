"""Twenty glTF files that combine what the format offers, each beside a picture by NumPy of what it means."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from flat_view import Flat, decode, flat_view, is_even
from gltf_writer import CORNERS, FACES, UV, GltfWriter
from PIL import Image

from perturber.core.evaluation import Pixels
from perturber.core.session.scene import MeshSubject
from perturber.core.storage.files import FileRef

Draw = Callable[..., Pixels]
Scene = Callable[[GltfWriter], list[Flat]]
BEHIND = (40, 90, 200)
TWO = FACES.reshape(2, 3)
SCENES: list[Scene] = []


def scene(build: Scene) -> Scene:
    SCENES.append(build)
    return build


def cells(seed: int, alpha: bool = False, count: int = 4) -> np.ndarray:
    """A texture of count×count even cells; with ``alpha`` half of them are translucent."""
    rng = np.random.default_rng(seed)
    made = rng.integers(0, 256, (count, count, 4), np.uint8)
    made[..., 3] = rng.choice([60, 140, 255], (count, count)) if alpha else 255
    return made.repeat(64 // count, 0).repeat(64 // count, 1)


def plate(**more: object) -> Flat:
    return Flat(**{"positions": CORNERS, "faces": TWO, "uv": UV, **more})  # type: ignore[arg-type]


def moved(points: np.ndarray, x: float = 0, y: float = 0, z: float = 0, scale: float = 1) -> np.ndarray:
    return points * scale + np.array([x, y, z])


@scene
def factor_times_gradient_in_eight_bits(w: GltfWriter) -> list[Flat]:
    colors = np.array([[1, 0.2, 0], [0.2, 1, 0.4], [0.6, 0.6, 1], [1, 1, 1]])
    w.place(w.primitive(w.material(factor=(0.5, 0.8, 0.3, 1)), COLOR_0=w.array(colors, "uint8", normalized=True)))
    exact = (colors * 255).round() / 255 * [0.5, 0.8, 0.3]
    return [plate(colors=np.concatenate([exact, np.ones((4, 1))], axis=1))]


@scene
def texture_times_factor_times_colors_in_sixteen_bits(w: GltfWriter) -> list[Flat]:
    colors = np.array([[0.9, 0.5, 0.7, 0.1], [0.8, 0.6, 0.9, 0.5], [0.7, 0.7, 0.5, 1], [0.9, 0.9, 0.9, 0]])
    made = w.material(w.texture(cells(1)), factor=(0.9, 0.4, 0.6, 0.2))
    w.place(w.primitive(made, COLOR_0=w.array(colors, "uint16", normalized=True)))
    return [plate(texture=cells(1), colors=colors * [0.9, 0.4, 0.6, 1])]  # OPAQUE: alpha does not count


@scene
def transform_that_names_the_second_coordinates(w: GltfWriter) -> list[Flat]:
    turn = {"offset": [0.3, 0.6], "rotation": 0.6, "scale": [1.5, 0.8], "texCoord": 1}
    made = w.material(w.texture(cells(2)), {"texCoord": 0, "extensions": {"KHR_texture_transform": turn}})
    second = np.array([[0, 1], [1, 1], [1, 0.25], [0, 0.25]])
    zeros = w.array(np.zeros((4, 2)))
    w.place(w.primitive(made, TEXCOORD_0=zeros, TEXCOORD_1=w.array(second, "uint16", normalized=True)))
    w.use("KHR_texture_transform", required=True)
    c, s = np.cos(0.6), np.sin(0.6)
    x, y = 1.5 * second[:, 0], 0.8 * second[:, 1]
    return [plate(texture=cells(2), uv=np.stack([c * x + s * y + 0.3, -s * x + c * y + 0.6], axis=1))]


@scene
def glossiness_with_interleaved_vertices(w: GltfWriter) -> list[Flat]:
    gloss = {"diffuseTexture": {"index": w.texture(cells(3))}, "diffuseFactor": [0.3, 1, 0.5, 1], "glossinessFactor": 1}
    made = w.material(factor=(1, 0, 0, 1), extensions={"KHR_materials_pbrSpecularGlossiness": gloss})
    position, uv, normal = w.strided([CORNERS, UV, np.tile([0, 0, 1], (4, 1))], gap=8)
    w.place(w.primitive(made, POSITION=position, TEXCOORD_0=uv, NORMAL=normal))
    w.use("KHR_materials_pbrSpecularGlossiness", required=True)
    return [plate(texture=cells(3), colors=np.array([[0.3, 1, 0.5, 1]]))]


@scene
def unlit_webp_in_a_buffer_view(w: GltfWriter) -> list[Flat]:
    made = w.material(w.texture(cells(4), kind="WEBP", inside=True), extensions={"KHR_materials_unlit": {}})
    w.place(w.primitive(made))
    w.use("EXT_texture_webp", "KHR_materials_unlit", required=True)
    return [plate(texture=cells(4))]


@scene
def mask_of_texture_times_factor(w: GltfWriter) -> list[Flat]:
    made = w.material(w.texture(cells(5, alpha=True)), alphaMode="MASK", alphaCutoff=0.4, factor=(1, 1, 1, 0.8))
    w.place(w.primitive(made))
    return [plate(texture=cells(5, alpha=True), colors=np.array([[1, 1, 1, 0.8]]), mode="MASK", cutoff=0.4)]


@scene
def blended_before_opaque(w: GltfWriter) -> list[Flat]:
    w.place(w.primitive(w.material(factor=(0.9, 0.1, 0, 0.5), alphaMode="BLEND")), translation=[0.5, 0.5, 0.5])
    w.place(w.primitive(w.material(w.texture(cells(6)))))
    near = moved(CORNERS, 0.5, 0.5, 0.5)
    return [
        Flat(near, TWO, colors=np.array([[0.9, 0.1, 0, 0.5]]), mode="BLEND"),
        plate(texture=cells(6)),
    ]


@scene
def sparse_strip(w: GltfWriter) -> list[Flat]:
    wrong = CORNERS[[0, 1, 3, 2]].copy()
    wrong[3] = 7
    position = w.array(wrong)
    where, what = w.view(np.array([3], np.uint8).tobytes()), w.view(CORNERS[[2]].tobytes())
    sparse = {"count": 1, "indices": {"bufferView": where, "componentType": 5121}, "values": {"bufferView": what}}
    w.tree["accessors"][position]["sparse"] = sparse
    bright = w.view(np.array([[0.5, 1, 0, 1]] * 4, np.float32).tobytes())
    all_of_them = {"bufferView": w.view(np.arange(4, dtype=np.uint16).tobytes()), "componentType": 5123}
    colors = {"componentType": 5126, "count": 4, "type": "VEC4"}
    colors["sparse"] = {"count": 4, "indices": all_of_them, "values": {"bufferView": bright}}  # type: ignore[assignment]
    entry = {"attributes": {"POSITION": position, "COLOR_0": w.add("accessors", colors)}, "mode": 5}
    w.place(entry)
    return [plate(colors=np.array([[0.5, 1, 0, 1]]))]


@scene
def three_instances(w: GltfWriter) -> list[Flat]:
    places = np.array([[-2.5, 0, 0], [0, 1, 0], [2.5, 0, 0]])
    half = np.sqrt(0.5)
    turns, sizes = np.array([[0, 0, 0, 1], [0, 0, half, half], [0, 0, 1, 0]]), np.array([[1] * 3, [0.5] * 3, [0.8] * 3])
    attributes = {"TRANSLATION": w.array(places), "SCALE": w.array(sizes)}
    attributes["ROTATION"] = w.array(turns, "int16", normalized=True)
    w.place(
        w.primitive(w.material(w.texture(cells(7, count=2)))),
        extensions={"EXT_mesh_gpu_instancing": {"attributes": attributes}},
    )
    w.use("EXT_mesh_gpu_instancing")
    turned = [lambda p: p, lambda p: p[:, [1, 0, 2]] * [-1, 1, 1], lambda p: p * [-1, -1, 1]]
    return [
        plate(texture=cells(7, count=2), positions=turn(CORNERS) * size + place)
        for turn, size, place in zip(turned, sizes, places, strict=True)
    ]


@scene
def quantized(w: GltfWriter) -> list[Flat]:
    position = w.array(CORNERS * 1000, "int16")
    uv = w.array(UV * 0.6, "uint8", normalized=True)
    w.place(w.primitive(w.material(w.texture(cells(8))), POSITION=position, TEXCOORD_0=uv), scale=[0.001] * 3)
    w.use("KHR_mesh_quantization", required=True)
    return [plate(texture=cells(8), uv=(UV * 0.6 * 255).round() / 255)]


@scene
def mirrored_fan(w: GltfWriter) -> list[Flat]:
    ring = np.array([[np.cos(t), np.sin(t), 0] for t in np.linspace(0, 2 * np.pi, 7)[:-1]])
    uv = ring[:, :2] * 0.5 + 0.5
    made = w.primitive(w.material(w.texture(cells(9))), POSITION=w.array(ring), TEXCOORD_0=w.array(uv))
    made["mode"] = 6
    made.pop("indices")
    matrix = np.diag([-1.0, 2.0, 1.0, 1.0])
    matrix[:3, 3] = 3, 1, 0
    w.place(made, matrix=matrix.T.ravel().tolist())
    faces = np.array([[0, i, i + 1] for i in range(1, 5)])
    return [Flat(ring * [-1, 2, 1] + [3, 1, 0], faces, uv=uv, texture=cells(9))]


@scene
def mirrored_and_clamped(w: GltfWriter) -> list[Flat]:
    made = w.material(w.texture(cells(10, count=2), {"wrapS": 33648, "wrapT": 33071}))
    uv = UV * [2.6, 2] - [0.8, 0.5]
    w.place(w.primitive(made, TEXCOORD_0=w.array(uv)))
    return [plate(texture=cells(10, count=2), uv=uv, wrap=("mirror", "clamp"))]


@scene
def repeated_and_mirrored_in_one_picture(w: GltfWriter) -> list[Flat]:
    first = w.texture(cells(11, count=2), {"wrapS": 10497, "wrapT": 33648})
    second = w.add("textures", {"source": 0, "sampler": w.add("samplers", {"wrapS": 33071, "wrapT": 10497})})
    uv = UV * 2 - 0.25
    w.place(w.primitive(w.material(first), TEXCOORD_0=w.array(uv)))
    w.place(w.primitive(w.material(second), TEXCOORD_0=w.array(uv)), translation=[2.5, 0, 0])
    return [
        plate(texture=cells(11, count=2), uv=uv, wrap=("repeat", "mirror")),
        Flat(moved(CORNERS, 2.5), TWO, uv, texture=cells(11, count=2), wrap=("clamp", "repeat")),
    ]


@scene
def second_scene_is_the_default(w: GltfWriter) -> list[Flat]:
    w.place(w.primitive(w.material(factor=(1, 1, 1, 1))), scale=[50, 50, 50])
    shown = w.place(w.primitive(w.material(factor=(0.02, 0.3, 0.7, 1))))
    w.tree["scenes"] = [{"nodes": [0]}, {"nodes": [shown]}]
    w.tree["scene"] = 1
    return [plate(colors=np.array([[0.02, 0.3, 0.7, 1]]))]


@scene
def one_mesh_of_three_materials(w: GltfWriter) -> list[Flat]:
    plain = w.primitive(POSITION=w.array(moved(CORNERS, -2.5)[FACES]), TEXCOORD_0=w.array(UV[FACES]))
    plain.pop("indices")
    textured = w.primitive(w.material(w.texture(cells(12))), COLOR_0=w.array(np.tile([0.4, 1, 0.1], (4, 1))))
    dark = w.primitive(w.material(factor=(0.01, 0.002, 0.05, 1)), POSITION=w.array(moved(CORNERS, 2.5)))
    lines = {"attributes": plain["attributes"], "mode": 1}
    w.place(plain, textured, dark, lines)
    return [
        Flat(moved(CORNERS, -2.5), TWO),
        plate(texture=cells(12), colors=np.array([[0.4, 1, 0.1, 1]])),
        Flat(moved(CORNERS, 2.5), TWO, colors=np.array([[0.01, 0.002, 0.05, 1]])),
    ]


@scene
def turned_inside_turned(w: GltfWriter) -> list[Flat]:
    half = np.sqrt(0.5)
    child = w.place(w.primitive(w.material(w.texture(cells(13)))), rotation=[0, 0, half, half], translation=[0, 1, 0])
    parent = w.add("nodes", {"children": [child], "scale": [2, 1, 1], "translation": [5, 0, 0]})
    w.tree["scenes"][0]["nodes"] = [parent]
    turned = CORNERS[:, [1, 0, 2]] * [-1, 1, 1] + [0, 1, 0]
    return [plate(positions=turned * [2, 1, 1] + [5, 0, 0], texture=cells(13))]


@scene
def alpha_from_three_sources_in_three_layers(w: GltfWriter) -> list[Flat]:
    surfaces = []
    for z, seed, alpha in ((0.6, 14, 0.9), (0.0, 15, 0.5), (0.3, 16, 0.7)):  # not in the order of depth
        texture = cells(seed, alpha=True)
        made = w.material(w.texture(texture), alphaMode="BLEND", factor=(1, 0.8, 1, alpha))
        colors = np.tile([1, 1, 0.5, 0.6], (4, 1))
        w.place(w.primitive(made, COLOR_0=w.array(colors, "uint8", normalized=True)), translation=[z, z, z])
        exact = (colors * 255).round() / 255 * [1, 0.8, 1, alpha]
        surfaces.append(Flat(moved(CORNERS, z, z, z), TWO, UV, exact, texture, mode="BLEND"))
    return surfaces


@scene
def skinned(w: GltfWriter) -> list[Flat]:
    joints = w.array(np.tile([0, 1, 0, 0], (4, 1)), "uint8")
    weights = w.array([[1, 0, 0, 0], [1, 0, 0, 0], [0.5, 0.5, 0, 0], [0, 1, 0, 0]])
    bind = np.tile(np.eye(4), (2, 1, 1))
    bind[1, :3, 3] = 0, -1, 0
    inverse = w.array(bind.transpose(0, 2, 1).reshape(2, 16))
    skin = w.add("skins", {"joints": [1, 2], "inverseBindMatrices": inverse})
    made = w.primitive(w.material(w.texture(cells(17))), JOINTS_0=joints, WEIGHTS_0=weights)
    w.place(made, skin=skin, translation=[9, 9, 9])  # of no effect on a skinned mesh
    w.tree["nodes"] += [{"children": [2]}, {"translation": [0.8, 2, 0]}]
    w.tree["scenes"][0]["nodes"].append(1)
    posed = CORNERS + np.array([[0, 0, 0], [0, 0, 0], [0.4, 0.5, 0], [0.8, 1, 0]])
    return [plate(positions=posed, texture=cells(17))]


@scene
def morphed(w: GltfWriter) -> list[Flat]:
    made = w.primitive(w.material(w.texture(cells(18))))
    lift = np.array([[0, 0, 0], [0, 0, 0], [0, 1, 0], [0, 0, 0]])
    made["targets"] = [{"POSITION": w.array(lift * 9)}, {"POSITION": w.array(lift)}]
    w.place(made, weights=[0, 0.5])
    w.tree["meshes"][0]["weights"] = [1, 1]
    return [plate(positions=CORNERS + lift / 2, texture=cells(18))]


@scene
def mask_of_glossiness_repeated(w: GltfWriter) -> list[Flat]:
    twice = {"extensions": {"KHR_texture_transform": {"scale": [2, 2]}}}
    gloss = {
        "diffuseTexture": {"index": w.texture(cells(19, alpha=True, count=2)), **twice},
        "diffuseFactor": [1, 1, 1, 1],
    }
    made = w.material(alphaMode="MASK", extensions={"KHR_materials_pbrSpecularGlossiness": gloss})
    w.place(w.primitive(made))
    return [plate(texture=cells(19, alpha=True, count=2), uv=UV * 2, mode="MASK")]


@scene
def third_coordinates_without_smoothing(w: GltfWriter) -> list[Flat]:
    made = w.material(w.texture(cells(20)[::16, ::16], {"magFilter": 9728}), {"texCoord": 2}, doubleSided=True)
    empty = w.array(np.zeros((4, 2)))
    entry = w.primitive(made, TEXCOORD_0=empty, TEXCOORD_1=empty, TEXCOORD_2=w.array(UV))
    entry["indices"] = w.array(FACES[::-1].copy(), "uint32")
    w.place(entry)
    return [plate(texture=cells(20))]


@pytest.mark.parametrize("build", SCENES, ids=lambda build: build.__name__)
@pytest.mark.parametrize("suffix", [".glb"])
def test_colors_are_the_references(draw: Draw, tmp_path: Path, build: Scene, suffix: str):
    writer = GltfWriter()
    surfaces = build(writer)
    expected, seen = flat_view(surfaces, BEHIND, 224)
    Image.new("RGB", (8, 8), BEHIND).save(tmp_path / "behind.png")
    got = draw(
        scene__subject=MeshSubject(mesh=FileRef.of(writer.write(tmp_path / f"m{suffix}"))),
        scene__background__file=FileRef.of(tmp_path / "behind.png"),
        scene__camera__yaw=0.0,
        scene__camera__pitch=0.0,
        scene__surface__lighting=0.0,
    )
    even = is_even(expected, seen)
    on_object = (seen > 0) & even
    assert on_object.sum() > 2000
    worst = np.abs(got.astype(float) - expected)[even].max(axis=1)
    assert worst.max() <= 2.0, f"{(worst > 2).sum()} of {len(worst)} pixels differ, by up to {worst.max():.1f}"


def test_there_are_twenty_of_them():
    assert len(SCENES) >= 20


def test_the_reference_decodes_what_it_encodes():
    values = np.linspace(0, 1, 256)
    from flat_view import encode

    np.testing.assert_allclose(decode(encode(values)), values, atol=1e-9)
    assert round(float(encode(np.array(0.5)) * 255)) == 188
