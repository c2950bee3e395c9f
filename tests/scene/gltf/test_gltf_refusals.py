"""What a wrong glTF file is refused for, by file and place, before anything is allocated or fetched."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import process_time
from typing import Any

import numpy as np
import pytest
from gltf_writer import CORNERS, GltfWriter
from mesh_samples import rich_gltf as good

from perturber.core.errors import InputError
from perturber.scene.files.mesh import load_shape

Change = Callable[[GltfWriter], object]


def at(*path: str | int) -> Callable[[GltfWriter, Any], None]:
    """Return a function that sets the value at a path of the description."""

    def change(writer: GltfWriter, value: Any) -> None:
        entry: Any = writer.tree
        for step in path[:-1]:
            entry = entry[step]
        entry[path[-1]] = value

    return change


def test_the_good_file_is_good(tmp_path: Path):
    shape = load_shape(good().write(tmp_path / "m.gltf"))
    assert (len(shape.faces), shape.notices) == (2, ())


PRIMITIVE = ("meshes", 0, "primitives", 0)
WRONG: list[tuple[tuple[str | int, ...], Any, str]] = [
    (("asset",), {"version": "1.0"}, "version '1.0'"),
    (("asset",), {"version": 2}, r"asset: version is 2"),
    (("asset",), [], "asset is a list of 0"),
    (("scene",), 7, r"scenes\[7\] does not exist"),
    (("scene",), "main", "scene is 'main'"),
    (("scenes",), {"0": {}}, "scenes is an object"),
    (("scenes", 0, "nodes"), [9], r"nodes\[9\] does not exist"),
    (("scenes", 0, "nodes"), [True], "nodes is True"),
    (("nodes", 0, "children"), [0], "among its own children"),
    (("nodes", 0, "mesh"), 3, r"meshes\[3\] does not exist"),
    (("nodes", 0, "skin"), 3, r"skins\[3\] does not exist"),
    (("nodes", 0, "matrix"), [1.0] * 15, "matrix is a list of 15"),
    (("nodes", 0, "matrix"), [float("nan")] * 16, "matrix holds nan"),
    (("nodes", 0, "scale"), [1, 1, "1"], "scale holds '1'"),
    (("nodes", 0, "rotation"), [0, 0, 0, 10**400], "rotation holds a number too large"),
    (("nodes", 0, "translation"), [0, 0, False], "translation holds False"),
    (("meshes", 0, "primitives"), "all", "primitives is 'all'"),
    ((*PRIMITIVE, "mode"), 9, "mode is 9"),
    ((*PRIMITIVE, "indices"), 99, r"accessors\[99\] does not exist"),
    ((*PRIMITIVE, "material"), 5, r"materials\[5\] does not exist"),
    ((*PRIMITIVE, "attributes", "POSITION"), -1, "POSITION is -1"),
    ((*PRIMITIVE, "attributes", "COLOR_0"), 4, r"COLOR_0 has .* elements|type is"),
    ((*PRIMITIVE, "attributes", "TEXCOORD_0"), 0, r"accessors\[0\]: type is 'VEC4'"),
    ((*PRIMITIVE, "targets"), "all", "targets is 'all'"),
    (("accessors", 1, "componentType"), 5127, r"accessors\[1\]: componentType is 5127"),
    (("accessors", 1, "type"), "VEC9", "type is 'VEC9'"),
    (("accessors", 1, "count"), 0, "count is 0"),
    (("accessors", 1, "count"), 40_000, "end at byte"),
    (("accessors", 1, "byteOffset"), 4, "end at byte"),
    (("accessors", 1, "byteOffset"), -4, "byteOffset is -4"),
    (("accessors", 1, "bufferView"), 99, r"bufferViews\[99\] does not exist"),
    (("accessors", 1, "sparse", "count"), 5, "count is 5"),
    (("accessors", 1, "sparse", "indices", "componentType"), 5126, "componentType is 5126"),
    (("accessors", 1, "sparse", "values", "byteOffset"), 8, "end at byte"),
    (("bufferViews", 0, "buffer"), 1, r"buffers\[1\] does not exist"),
    (("bufferViews", 0, "byteLength"), 1 << 40, "lie beyond"),
    (("bufferViews", 0, "byteOffset"), 1 << 40, "lie beyond"),
    (("bufferViews", 3, "byteStride"), 400, "byteStride is 400"),
    (("bufferViews", 3, "byteStride"), 4, "byteStride is 4"),
    (("bufferViews", 3, "byteStride"), 252, "end at byte"),
    (("materials", 0, "alphaMode"), "GLASS", "alphaMode is 'GLASS'"),
    (("materials", 0, "alphaCutoff"), "half", ""),
    (("materials", 0, "pbrMetallicRoughness", "baseColorFactor"), [1, 1, 1], "baseColorFactor is a list of 3"),
    (("materials", 0, "pbrMetallicRoughness", "baseColorTexture", "index"), 8, r"textures\[8\] does not exist"),
    (("materials", 0, "pbrMetallicRoughness", "baseColorTexture", "texCoord"), 0.5, "texCoord is 0.5"),
    (("textures", 0, "source"), 8, r"images\[8\] does not exist"),
    (("textures", 0, "sampler"), 8, r"samplers\[8\] does not exist"),
    (("samplers", 0, "wrapS"), 1, r"wrap modes are \[1, 10497\]"),
    (("skins", 0, "joints"), [], "no joints"),
    (("skins", 0, "inverseBindMatrices"), 1, "type is"),
    (("extensionsRequired"), ["VENDOR_unknown"], "VENDOR_unknown"),
    (("extensionsRequired"), "all", "extensionsRequired is 'all'"),
    (("extensionsUsed"), [3], "extensionsUsed is 3"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "value", "says"), WRONG, ids=[f"{p}={v!r:.30}" for p, v, _ in WRONG])
def test_a_wrong_value_is_refused_with_its_place(tmp_path: Path, place: tuple[str | int, ...], value: Any, says: str):
    writer = good()
    at(*((place,) if isinstance(place, str) else place))(writer, value)
    file = writer.write(tmp_path / "m.gltf")
    if not says:  # the value is of no use here, and ignored
        assert len(load_shape(file).faces) == 2
        return
    with pytest.raises(InputError, match=says) as caught:
        load_shape(file)
    assert caught.value.source == str(file)
    assert caught.value.expected


def test_a_sparse_element_that_does_not_exist_is_refused(tmp_path: Path):
    writer = good()
    writer.tree["accessors"][1]["sparse"]["indices"]["bufferView"] = writer.view(bytes([4]))
    with pytest.raises(InputError, match="element 4 does not exist"):
        load_shape(writer.write(tmp_path / "m.gltf"))


def test_vertices_that_do_not_exist_are_refused(tmp_path: Path):
    writer = GltfWriter()
    made = writer.primitive()
    made["indices"] = writer.array([0, 1, 4], "uint8")
    writer.place(made)
    with pytest.raises(InputError, match="vertices that do not exist"):
        load_shape(writer.write(tmp_path / "m.glb"))


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_positions_must_be_finite(tmp_path: Path, value: float):
    writer = GltfWriter()
    corners = CORNERS.copy()
    corners[1, 1] = value
    writer.place(writer.primitive(POSITION=writer.array(corners)))
    with pytest.raises(InputError, match="finite"):
        load_shape(writer.write(tmp_path / "m.glb"))


@pytest.mark.parametrize(
    ("name", "way_out"),
    [
        ("KHR_draco_mesh_compression", "gltf-transform copy in.glb out.glb"),
        ("EXT_meshopt_compression", "gltf-transform copy in.glb out.glb"),
        ("KHR_meshopt_compression", "gltf-transform copy"),
        ("KHR_texture_basisu", "gltf-transform ktxdecompress in.glb out.glb"),
        ("MSFT_texture_dds", "PNG, JPEG or WebP"),
        ("KHR_materials_transmission", "does without"),
        ("VENDOR_\x1b[31mred" + "x" * 100_000, "does without"),
    ],
)
def test_required_extensions_are_refused_by_name(tmp_path: Path, name: str, way_out: str):
    writer = good()
    writer.use(name, required=True)
    with pytest.raises(InputError) as caught:
        load_shape(writer.write(tmp_path / "m.glb"))
    assert name[:7] in caught.value.problem
    assert way_out in caught.value.expected
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600


def test_compression_without_a_fallback_is_refused_even_where_it_is_not_required(tmp_path: Path):
    writer = good()
    writer.use("KHR_draco_mesh_compression")
    writer.tree["accessors"][1] = {"componentType": 5126, "count": 4, "type": "VEC3"}
    draco = {"KHR_draco_mesh_compression": {"bufferView": 0, "attributes": {"POSITION": 0}}}
    writer.tree["meshes"][0]["primitives"][0]["extensions"] = draco
    with pytest.raises(InputError, match="KHR_draco_mesh_compression"):
        load_shape(writer.write(tmp_path / "draco.gltf"))
    writer = good()
    tree = json.loads(writer.text())
    tree["buffers"].append({"byteLength": 9999, "extensions": {"EXT_meshopt_compression": {"fallback": True}}})
    compressed = {"buffer": 0, "byteLength": 9, "byteStride": 12, "count": 4, "mode": "ATTRIBUTES"}
    tree["bufferViews"][3] |= {"buffer": 1, "extensions": {"EXT_meshopt_compression": compressed}}
    (tmp_path / "meshopt.gltf").write_text(json.dumps(tree))
    with pytest.raises(InputError, match="EXT_meshopt_compression"):
        load_shape(tmp_path / "meshopt.gltf")


def test_fallbacks_of_optional_compression_are_drawn_without_a_notice(tmp_path: Path):
    writer = good()
    writer.use("KHR_draco_mesh_compression", "EXT_meshopt_compression")
    draco = {"KHR_draco_mesh_compression": {"bufferView": 0, "attributes": {"POSITION": 0}}}
    writer.tree["meshes"][0]["primitives"][0]["extensions"] = draco
    writer.tree["bufferViews"][3]["extensions"] = {"EXT_meshopt_compression": {"buffer": 0}}
    shape = load_shape(writer.write(tmp_path / "m.glb"))
    assert (len(shape.faces), shape.notices) == (2, ())


@pytest.mark.parametrize(
    "uri", ["http://example.org/m.bin", "https://example.org/m.bin", "file:///etc/passwd", "ftp://a/b", "//a/b"]
)
@pytest.mark.parametrize("key", ["buffers", "images"])
def test_nothing_is_fetched(tmp_path: Path, key: str, uri: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("socket.socket.connect", None)
    writer = good()
    tree = json.loads(writer.text())
    tree[key][0]["uri"] = uri
    (tmp_path / "m.gltf").write_text(json.dumps(tree))
    if key == "buffers":
        with pytest.raises(InputError, match="nothing is fetched"):
            load_shape(tmp_path / "m.gltf")
    else:
        assert "nothing is fetched" in load_shape(tmp_path / "m.gltf").notices[0]


@pytest.mark.parametrize(
    "uri", ["/etc/passwd", "../../secret.bin", "C:\\data\\gone.bin", "a\0b.bin", "x" * 5000, "", "."]
)
def test_files_elsewhere_are_not_read(tmp_path: Path, uri: str):
    (tmp_path / "secret.bin").write_bytes(bytes(5000))
    folder = tmp_path / "models" / "mesh"
    folder.mkdir(parents=True)
    tree = json.loads(good().text())
    tree["buffers"][0]["uri"] = uri
    file = folder / "m.gltf"
    file.write_text(json.dumps(tree))
    with pytest.raises(InputError) as caught:
        load_shape(file)
    assert caught.value.source == str(file)
    assert len(str(caught.value)) < 600 + len(str(file))


def test_files_beside_the_mesh_are_read_and_reported_when_missing(tmp_path: Path):
    tree = json.loads(good().text())
    data = good().data
    (tmp_path / "my data.bin").write_bytes(data)
    tree["buffers"][0]["uri"] = "my%20data.bin"
    tree["images"][0]["uri"] = "gone.png"
    (tmp_path / "m.gltf").write_text(json.dumps(tree))
    shape = load_shape(tmp_path / "m.gltf")
    assert len(shape.faces) == 2
    assert "gone.png was not found" in shape.notices[0]
    (tmp_path / "my data.bin").write_bytes(data[:-1])
    with pytest.raises(InputError, match=r"buffers\[0\]: it is truncated"):
        load_shape(tmp_path / "m.gltf")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "cannot be read as glTF"),
        (b"\xef\xbb\xbf", "cannot be read as glTF"),
        (b"\xff\xfe\x00", "cannot be read as glTF"),
        (b"\x80abc", "cannot be read as glTF"),
        (b'{"a": ' + b"9" * 5000 + b"}", "cannot be read as glTF"),
        (b"{}", "no triangles"),
        (b"[1]", "no JSON object"),
        (b'{"a":' * 5000, "nested too deep|cannot be read"),
        (b"[" + b"[]," * 1_500_000 + b"0]", "objects and lists"),
        (b"glTF", "header is wrong"),
        (b"glTF" + struct.pack("<II", 1, 20) + bytes(8), "version 1"),
        (b"glTF" + struct.pack("<II", 2, 20) + struct.pack("<I4s", 0, b"BIN\0"), "first chunk is not JSON"),
        (b"glTF" + struct.pack("<II", 2, 20) + struct.pack("<I4s", 99, b"JSON"), "truncated"),
        (b"glTF" + struct.pack("<II", 2, 12) + bytes(8), "no JSON"),
        (b"glTF" + struct.pack("<II", 2, 99) + bytes(8), "truncated"),
    ],
)
@pytest.mark.parametrize("suffix", ["gltf", "glb"])
def test_what_is_no_gltf_is_refused(tmp_path: Path, data: bytes, says: str, suffix: str):
    file = tmp_path / f"m.{suffix}"
    file.write_bytes(data)
    with pytest.raises(InputError, match=says) as caught:
        load_shape(file)
    assert caught.value.source == str(file)


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_accepted(tmp_path: Path, mark: str):
    file = tmp_path / "m.gltf"
    file.write_bytes(good().text().encode(mark))
    assert len(load_shape(file).faces) == 2


def test_the_content_decides_between_the_two_forms(tmp_path: Path):
    binary = good().write(tmp_path / "m.glb").rename(tmp_path / "binary.gltf")
    text = good().write(tmp_path / "m.gltf").rename(tmp_path / "text.glb")
    assert len(load_shape(binary).faces) == len(load_shape(text).faces) == 2


def nested(depth: int) -> GltfWriter:
    writer = good()
    writer.tree["nodes"] += [{"children": [number + 2]} for number in range(depth)] + [{"mesh": 0}]
    writer.tree["scenes"][0]["nodes"].append(1)
    return writer


def doubling(levels: int) -> GltfWriter:
    """Every node twice the child of the one above: 2^levels of them."""
    writer = good()
    writer.tree["nodes"] += [{"children": [number + 2] * 2} for number in range(levels)] + [{"mesh": 0}]
    writer.tree["scenes"][0]["nodes"].append(1)
    return writer


def crowd() -> GltfWriter:
    writer = good()
    numbers = writer.add("accessors", {"componentType": 5126, "count": 800_000, "type": "VEC3"})
    writer.tree["nodes"][0]["extensions"] = {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": numbers}}}
    return writer


def many_uses() -> GltfWriter:
    writer = good()
    writer.tree["nodes"] = [{"mesh": 0, "weights": [number]} for number in range(20_000)]
    writer.tree["scenes"][0]["nodes"] = list(range(20_000))
    writer.tree["skins"] = []
    return writer


def zeros() -> GltfWriter:
    writer = good()
    writer.tree["accessors"][1] = {"componentType": 5126, "count": 1 << 50, "type": "VEC3"}
    return writer


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: doubling(40), "too many nodes"),
        (crowd, "faces"),
        (many_uses, "objects"),
        (zeros, "vertices"),
    ],
)
def test_bombs_are_refused_quickly_and_in_little_memory(tmp_path: Path, build: Callable[[], GltfWriter], says: str):
    file = build().write(tmp_path / "m.glb")
    before = getrusage(RUSAGE_SELF).ru_maxrss
    start = process_time()
    with pytest.raises(InputError, match=says):
        load_shape(file)
    assert process_time() - start < 8  # a fifth of it, measured
    assert getrusage(RUSAGE_SELF).ru_maxrss - before < 400 << 10


def test_deep_nesting_is_no_problem(tmp_path: Path):
    assert len(load_shape(nested(3000).write(tmp_path / "m.glb")).faces) == 4


def test_the_libraries_say_nothing_of_their_own(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    writer = good()
    writer.use("KHR_draco_mesh_compression", required=True)
    with pytest.raises(InputError):
        load_shape(writer.write(tmp_path / "m.gltf"))
    load_shape(good().write(tmp_path / "m.glb"))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("suffix", [".gltf", ".glb"])
def test_mutated_files_are_read_or_refused(tmp_path: Path, suffix: str):
    """Bytes changed, removed, or values of the description replaced, at random but always the same."""
    rng = np.random.default_rng(7)
    whole = good().write(tmp_path / f"m{suffix}").read_bytes()
    values = [-1, 0, 1, 2.5, 1e308, 1 << 40, "x", None, True, [], {}, [0], "NaN", [[0]], 5121, 5126]
    refused: list[str] = []
    for number in range(100):
        file = tmp_path / f"m{suffix}"
        if number % 2:
            writer = good()
            spots = list(_spots(writer.tree))
            entry, key = spots[rng.integers(len(spots))]
            entry[key] = values[rng.integers(len(values))]
            writer.write(file)
        else:
            data = bytearray(whole)
            data[rng.integers(len(data))] = rng.integers(256)
            file.write_bytes(data[: rng.integers(len(data) // 2, len(data)) if number % 3 else None])
        try:
            shape = load_shape(file)
            assert np.isfinite(shape.positions).all()
            assert shape.faces.max() < len(shape.positions)
        except InputError as error:
            refused.append(error.source)
    assert set(refused) == {str(tmp_path / f"m{suffix}")}
    assert 20 < len(refused) < 100


def _spots(tree: Any) -> Any:
    """Yield every place of a description: its container and key."""
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in pairs:
        yield tree, key
        if isinstance(value, dict | list):
            yield from _spots(value)
