"""The quick reader of pairs agrees with the general one, and steps aside for what it does not know."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from perturber.core.errors import InputError
from perturber.scene.assets.ends import load_pair, read_plain_obj
from perturber.scene.assets.pairs import pairs
from perturber.scene.files.mesh import load_shape

PLAIN = """mtllib a.mtl
o a
v 0 0 0
v 1 0 0
v 0 1 0.5
vt 0 0
vt 1 0
vt 0 1
vn 0 0 1
vn 0 0 1
vn 0 -1 0
usemtl a
f 1/1/1 2/2/2 3/3/3
"""


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    (tmp_path / "a.obj").write_text(PLAIN)
    (tmp_path / "a.mtl").write_text("newmtl a\nKd 1 1 1\nmap_Kd a.png\n")
    Image.new("RGBA", (4, 4), (10, 20, 30, 40)).save(tmp_path / "a.png")
    return tmp_path / "a.obj"


@pytest.mark.parametrize("name", pairs())
def test_every_pair_is_plain_and_read_as_the_general_parser_reads_it(name: str):
    pair = pairs()[name]
    for end in (pair.first, pair.second):
        quick, general = read_plain_obj(pair.folder / end.mesh), load_shape(pair.folder / end.mesh, keep_order=True)
        assert quick is not None
        np.testing.assert_array_equal(quick.positions, general.positions)
        np.testing.assert_array_equal(quick.faces, general.faces)
        np.testing.assert_array_equal(quick.uv, general.uv)
        np.testing.assert_allclose(quick.normals, general.normals, atol=2e-3)
        assert quick.parts[0].picture is not None
        assert general.parts[0].picture is not None
        assert quick.parts[0].picture.tobytes() == general.parts[0].picture.tobytes()


@pytest.mark.parametrize(
    "change",
    [
        ("f 1/1/1 2/2/2 3/3/3", "f 1/1/1 2/2/2 3/3/1"),
        ("f 1/1/1 2/2/2 3/3/3", "f 1/1/1 2/2/2 4/4/4"),
        ("f 1/1/1 2/2/2 3/3/3", "f 1/1/1 2/2/2 3/3/3 1/1/1"),
        ("v 1 0 0", "v 1 0 0 0.5 0.5 0.5"),
        ("v 1 0 0", "v 1 x 0"),
        ("vt 0 0\n", ""),
        ("vn 0 -1 0", "vn 0 -1 0\n# a remark\nvn 0 0 1"),
        ("mtllib a.mtl", "mtllib b.mtl"),
    ],
)
def test_another_form_is_left_to_the_general_parser(plain: Path, change: tuple[str, str]):
    assert read_plain_obj(plain) is not None
    plain.write_text(PLAIN.replace(*change))
    assert read_plain_obj(plain) is None


def test_ends_must_share_their_faces(plain: Path, tmp_path: Path):
    other = tmp_path / "b.obj"
    other.write_text(PLAIN.replace("f 1/1/1 2/2/2 3/3/3", "f 1/1/1 3/3/3 2/2/2"))
    load_pair(plain, plain)
    with pytest.raises(InputError, match=r"its faces differ from a\.obj's"):
        load_pair(plain, other)
