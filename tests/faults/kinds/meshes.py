"""Meshes of every format with their companions: materials, textures, buffers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import numpy as np
from PIL import Image

from perturber.scene.files.mesh import load_shape, normalized
from tests.faults.hostile import distort, distorted_json, make_place
from tests.faults.kind import Kind
from tests.faults.outcome import WrongError
from tests.mesh_samples import MTL, OBJ, PIECES, ply, rich_gltf, stl
from tests.mutation import damage

VALUES = (-1, 0, 1, 2.5, 1e308, 1 << 40, 1 << 64, "x", None, True, [], {}, [0], "NaN", [[0]], 5121, 5126, "a" * 300)
MESHES = (".obj", ".obj", ".ply", ".stl", ".gltf", ".gltf", ".glb")
LINES = (
    b"usemtl m\n", b"usemtl x\n", b"f 1 2 3\n", b"o x\n", b"g a b\n", b"s 1\n", b"v 0 0 0\n", b"mtllib m.mtl\n",
    b"f 1/1/1 2/2/1 3/3/1 4\n", b"# x\n", b"l 1 2\n", b"\\\n", b"f" + b" 1" * 2000 + b"\n", b"vt 0\n", b"vn 1\n",
)  # fmt: skip
URLS = (
    "http://127.0.0.1:9/a.png",
    "https://example.com/a.png",
    "file:///etc/passwd",
    "../../../../etc/passwd",
    "//x/y",
)


class Meshes(Kind):
    """The mesh itself or one of its companions is damaged, doubled or in a strange place."""

    share: ClassVar[float] = 2.0
    brief: ClassVar[int] = 80

    def run(self, random: np.random.Generator, folder: Path) -> int:
        mesh = _make(str(random.choice(MESHES)), random, folder)
        shape = normalized(load_shape(mesh))
        if not all(np.isfinite(values).all() for values in (shape.positions, shape.normals, shape.uv)):
            raise WrongError("values that are not finite")
        if shape.faces.min() < 0 or shape.faces.max() >= len(shape.positions):
            raise WrongError("faces of vertices that do not exist")
        if sum(part.count for part in shape.parts) != len(shape.faces):
            raise WrongError("parts that do not hold all faces")
        return 0


def _make(suffix: str, random: np.random.Generator, folder: Path) -> Path:
    """Write a mesh with its companions, one of them damaged; return the mesh's path."""
    mesh = folder / f"mesh{suffix}"
    Image.new("RGB", (4, 4)).save(folder / "t.png")
    (folder / "m.mtl").write_bytes(MTL)
    match suffix:
        case ".gltf" | ".glb":
            _write_gltf(mesh, random)
        case ".ply":
            mesh.write_bytes(ply(str(random.choice(["", "<", ">"]))))
        case ".stl":
            mesh.write_bytes(stl(binary=bool(random.integers(2))))
        case _:
            mesh.write_bytes(_many_lines(random) if random.random() < 0.15 else OBJ)
    files = [mesh, mesh, *(file for file in folder.iterdir() if file.is_file() and file != mesh)]
    chosen = files[int(random.integers(len(files)))]
    fate = random.random()
    if fate < 0.8:
        chosen.write_bytes(damage(chosen.read_bytes(), random, PIECES))
    elif fate < 0.9 and chosen != mesh:
        _displace(chosen, random, folder)
    return mesh


def _displace(file: Path, random: np.random.Generator, folder: Path) -> None:
    """Put something into the place of a companion that is no file."""
    file.unlink()
    other = make_place(folder, random)
    if "\0" not in other and "\ud800" not in other:
        file.symlink_to(other)


def _write_gltf(mesh: Path, random: np.random.Generator) -> None:
    """Write a plate with a texture, a skin and colors, its description distorted in half of all cases."""
    writer = rich_gltf()
    if random.random() < 0.3:
        writer.tree["images"][0] = {"uri": str(random.choice([*URLS, "t.png"]))}
    if random.random() < 0.3:
        writer.tree["nodes"].append({"children": [0], "matrix": np.eye(4).ravel().tolist()})
        writer.tree["scenes"][0]["nodes"] = [len(writer.tree["nodes"]) - 1]
    if random.random() < 0.5:
        writer.tree = distort(writer.tree, random, VALUES)
    if mesh.suffix == ".gltf" and random.random() < 0.2:
        mesh.write_bytes(distorted_json(writer.tree, random, VALUES))
        return
    try:
        writer.write(mesh)
    except (KeyError, TypeError, IndexError, AttributeError, ValueError):  # too distorted for the writer
        mesh.write_bytes(json.dumps(writer.tree).encode())


def _many_lines(random: np.random.Generator) -> bytes:
    """Return an OBJ with thousands of lines of the kinds that cost time."""
    chosen = [LINES[index] for index in random.choice(len(LINES), int(random.integers(1, 4)))]
    count = int(random.choice([300, 3000, 20_000]))
    return OBJ + b"".join(chosen * (min(count, 4_000_000 // sum(map(len, chosen)))))
