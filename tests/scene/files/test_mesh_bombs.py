"""Meshes that would take minutes or gigabytes: linear, or refused by name before they are read."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import pytest
from strategies import refusal_of

from perturber.core.errors import InputError
from perturber.scene.files import mesh
from perturber.scene.files.mesh import load_shape

TRIANGLE = "v 0 0 0\nv 1 0 0\nv 0 1 0\n"
LONG = 10.0
"""CPU seconds that none of these may take, however slow the machine; each took minutes, or takes a tenth of it."""
PLACES = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], "<f4").tobytes()


def gltf(**changes: Any) -> str:
    uri = "data:;base64," + b64encode(PLACES).decode()
    description: dict[str, Any] = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "buffers": [{"byteLength": 36, "uri": uri}],
    }
    return json.dumps(description | changes)


def zeros(count: int) -> dict[str, Any]:
    return {"componentType": 5126, "count": count, "type": "VEC3"}


def shared_zeros() -> str:
    """Thousands of primitives that use one triangle of a large accessor."""
    primitive = {"attributes": {"POSITION": 0}, "indices": 1}
    indices = {"componentType": 5125, "count": 3, "type": "SCALAR"}
    return gltf(accessors=[zeros(800_000), indices], meshes=[{"primitives": [primitive] * 3900}])


def many_joints() -> str:
    nodes = [{"mesh": 0, "skin": skin} for skin in range(1000)]
    skins = [{"joints": [0] * 3000}] * 1000
    return gltf(nodes=nodes, scenes=[{"nodes": list(range(1000))}], skins=skins)


def ply(faces: int, lists: int) -> str:
    head = "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\n"
    head += f"element face {faces}\nproperty list uchar int vertex_indices\n"
    head += "".join(f"property list uchar int e{k}\n" for k in range(lists)) + "end_header\n"
    row = "3 0 1 2" + " 0" * lists + "\n"
    return head + "0 0 0 1 0 0 0 1 0\n" + row * (faces - 1) + "4 0 1 2 0" + " 0" * lists + "\n"


CASES: dict[str, tuple[str, Callable[[], str], str]] = {
    "usemtl": ("obj", lambda: TRIANGLE + "".join(f"usemtl m{k}\nf 1 2 3\n" for k in range(20_000)), ""),
    "materials": ("obj", lambda: TRIANGLE + "usemtl a#b\n" * 400_000 + "f 1 2 3\n", "usemtl lines"),
    "groups": ("obj", lambda: TRIANGLE + "g a\no b\ns 1\n" * 100_000 + "f 1 2 3\n", ""),
    "last face": ("obj", lambda: TRIANGLE + "f 1 2 3\n" * 100_000 + "f 1 2 x\n", "'f 1 2 x' cannot be read"),
    "digits": ("obj", lambda: TRIANGLE + "v " + "1" * 1_000_000 + "x 1 1\nf 1 2 3\n", "cannot be read"),
    "comments": ("obj", lambda: TRIANGLE + "x #\n" * 1_000_000 + "f 1 2 3\n", "comments"),
    "long path": ("obj", lambda: "mtllib " + "a/../" * 200_000 + "b\n" + TRIANGLE + "f 1 2 3\n", "a name of at most"),
    "uneven": ("ply", lambda: ply(20_000, 60), "lists of different lengths"),
    "shared": ("gltf", shared_zeros, "refer to the same data too often"),
    "joints": ("gltf", many_joints, "refer to the same data too often"),
    "nodes": ("gltf", lambda: gltf(nodes=[{"mesh": 0, "scale": [1, 1, 1]}] * 3000, scenes=[]), ""),
    "laughs": ("gltf", lambda: gltf(nodes=[{"children": [k + 1] * 10} for k in range(20)] + [{}]), "too many nodes"),
    "escaped": (
        "gltf",
        lambda: gltf(buffers=[{"byteLength": 36, "uri": "data:," + "%41" * 1_100_000}]),
        "escaped bytes",
    ),
    "count": ("gltf", lambda: gltf(accessors=[zeros(1 << 53)]), "faces"),
    "solids": ("stl", lambda: "solid a\nendsolid a\n" * 100_000, "no triangles"),
}


@pytest.mark.parametrize("name", CASES)
def test_bombs_are_read_in_linear_time_or_refused(tmp_path: Path, name: str) -> None:
    suffix, build, problem = CASES[name]
    file = tmp_path / f"bomb.{suffix}"
    file.write_text(build())
    start = process_time()
    refusal = refusal_of(lambda: load_shape(file))
    assert process_time() - start < LONG
    assert (refusal is None) == (not problem)
    if refusal is not None:
        assert refusal.source == str(file)
        assert problem in str(refusal)


def test_long_material_files_are_left_out_with_a_notice(tmp_path: Path) -> None:
    (tmp_path / "a.mtl").write_text("newmtl m\nKd 1 0 0\n" + "Kd x\n" * 200_000)
    (tmp_path / "a.obj").write_text("mtllib a.mtl\n" + TRIANGLE + "usemtl m\nf 1 2 3\n")
    shape = load_shape(tmp_path / "a.obj")
    assert any("lines" in notice for notice in shape.notices)


@pytest.mark.parametrize("error", [KeyError("x"), RecursionError(), MemoryError(), ValueError("Iteration limit")])
def test_what_no_check_foresees_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(_path: Path) -> None:
        raise error

    monkeypatch.setattr(mesh, "load_gltf", fail)
    file = tmp_path / "a.gltf"
    file.write_text("{}")
    with pytest.raises(InputError, match=r"cannot be read as glTF|not enough memory") as caught:
        load_shape(file)
    assert caught.value.source == str(file)
