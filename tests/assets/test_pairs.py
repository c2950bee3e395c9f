"""The committed pairs keep the contract that the renderer and the training rely on."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from assets.build.builder import pair_names
from assets.build.files import Mesh, read_obj
from perturber import paths

PAIRS = pair_names()
ENDS = ("first", "second")
PLAIN = {"label", "morph", "background", "order", *ENDS}
LEVELS = {"standard", "fine"}
MAX_TEXTURES = 6 << 20
SIZES = (1024, 1024), (2048, 2048)
MAX_TRIANGLES = 20_000
MAX_WITH_HAIR = 45_000
"""Triangles of a mesh and its standard hair."""
FLIPPED = 0.01
"""Share of the surface that may face inwards anywhere on the way from one end to the other."""
DEGENERATE = 0.01
"""Share of triangles that may cover no area of the texture."""


def _folder(name: str) -> Path:
    return paths.assets() / name


def _described(name: str) -> dict[str, Any]:
    return tomllib.loads((_folder(name) / "pair.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=PAIRS)
def pair(request: pytest.FixtureRequest) -> tuple[str, Mesh, Mesh]:
    described = _described(request.param)
    first, second = (read_obj(_folder(request.param) / described[end]["mesh"]) for end in ENDS)
    return request.param, first, second


def test_every_described_folder_has_a_recipe() -> None:
    assert {path.parent.name for path in paths.assets().glob("*/pair.toml")} == set(PAIRS)
    assert {"dog_cat", "truck_car", "mug_teapot"} <= set(PAIRS)


@pytest.mark.parametrize("name", PAIRS)
def test_description_is_complete(name: str) -> None:
    described = _described(name)
    assert set(described) >= PLAIN
    assert set(described) <= PLAIN | {"fur", "detail", "reflections"}
    assert (_folder("backgrounds") / f"{described['background']}.png").is_file()
    for end in ENDS:
        fields = described[end]
        assert set(fields) == {"name", "label", "mesh", "wnids"}
        assert fields["mesh"] == f"{fields['name']}.obj"
        assert fields["wnids"]
        assert all(re.fullmatch(r"n\d{8}", wnid) for wnid in fields["wnids"])
        assert len(set(fields["wnids"])) == len(fields["wnids"])


@pytest.mark.parametrize("name", PAIRS)
def test_hair_has_every_level_of_detail_and_is_cheap_at_standard(name: str) -> None:
    described = _described(name)
    assert ("fur" in described) == ("detail" in described)
    if "fur" not in described:
        return
    assert set(described["detail"]) == LEVELS
    assert all(set(hairs) == {"strands", "segments", "widen"} for hairs in described["detail"].values())
    with np.load(_folder(name) / described["fur"]) as held:
        grown = len(held["face"])
    assert all(0 < hairs["strands"] <= grown for hairs in described["detail"].values())
    standard = described["detail"]["standard"]
    triangles = len(read_obj(_folder(name) / described["first"]["mesh"]).faces)
    assert triangles + standard["strands"] * (2 * standard["segments"] - 1) <= MAX_WITH_HAIR


def test_ends_share_their_topology(pair: tuple[str, Mesh, Mesh]) -> None:
    _, first, second = pair
    assert first.vertices.shape == second.vertices.shape
    assert np.array_equal(first.corners, second.corners)
    assert np.array_equal(first.uv, second.uv)
    for mesh in (first, second):
        assert (mesh.corners == mesh.corners[..., :1]).all(), "indices of a corner differ"
        assert len(mesh.vertices) == len(mesh.uv) == len(mesh.normals)
        assert np.array_equal(np.unique(mesh.faces), np.arange(len(mesh.vertices)))


def test_numbers_are_sound(pair: tuple[str, Mesh, Mesh]) -> None:
    _, first, second = pair
    assert len(first.faces) <= MAX_TRIANGLES
    assert first.uv.min() >= 0
    assert first.uv.max() <= 1
    for mesh in (first, second):
        assert np.isfinite(mesh.vertices).all()
        assert np.allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=5e-3)
        low, high = mesh.vertices.min(0), mesh.vertices.max(0)
        assert low[1] == pytest.approx(0, abs=1e-3)
        assert (low + high)[[0, 2]] == pytest.approx([0, 0], abs=2e-3)
        assert 0.8 < (high - low).max() < 2


def test_triangles_cover_texture(pair: tuple[str, Mesh, Mesh]) -> None:
    _, mesh, _ = pair
    a, b, c = (mesh.uv[mesh.faces[:, k]] for k in range(3))
    area = np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]) / 2
    assert (area < 1e-9).mean() <= DEGENERATE


@pytest.mark.parametrize("t", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_surface_stays_outside_out(pair: tuple[str, Mesh, Mesh], t: float) -> None:
    name, first, second = pair
    vertices = (1 - t) * first.vertices + t * second.vertices
    normals = (1 - t) * first.normals + t * second.normals
    a, b, c = (vertices[first.faces[:, k]] for k in range(3))
    flat = np.cross(b - a, c - a)
    area = np.linalg.norm(flat, axis=1)
    against = (flat * normals[first.faces].sum(1)).sum(1) < 0
    assert area[against].sum() / area.sum() < FLIPPED, name
    assert (flat * a).sum() > 0, "the mesh is inside out"


def test_textures_are_small_and_complete() -> None:
    for name in PAIRS:
        total = 0
        for end in ENDS:
            path = _folder(name) / f"{_described(name)[end]['name']}.png"
            total += path.stat().st_size
            with Image.open(path) as picture:
                assert picture.mode == "RGBA"
                assert picture.size in SIZES
            assert f"map_Kd {path.name}" in path.with_suffix(".mtl").read_text(encoding="utf-8")
        assert total <= MAX_TEXTURES, name


def test_thumbnails_show_something() -> None:
    for name in PAIRS:
        with Image.open(_folder(name) / "thumbnail.png") as picture:
            assert picture.size == (128, 128)
            assert np.asarray(picture.convert("L"), float).std() > 5, name
