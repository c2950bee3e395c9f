"""The key of a picture against its pixels: what the key leaves out does not change them, what it holds does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from perturber.core.parameters.parameter import Parameter, get, replace, replace_all, walk
from perturber.core.session.picture import PictureKey
from perturber.core.session.scene import MeshSubject, Photo
from perturber.core.session.session import Session
from perturber.core.storage.files import FileRef
from perturber.engine.frame.engine import Engine

CODE = "vec3 effect(vec3 color, float value, vec2 uv) {\n    return color.bgr;\n}\n"
IDLE = {
    "post.custom.enabled": "the code as it ships leaves every picture alone at 1",
    "post.frequency.cutoff": "the bands sum to the picture wherever they are cut",
    "seed": "nothing is random without noise and shuffling",
}
"""What the key holds although it changes no pixel while other effects are at their defaults."""
UNUSED = {
    "mesh": {
        **{f"scene.morph.{name}": "a mesh has one end" for name in ("overall", "shape", "texture")},
        **{f"scene.surface.{name}": "a mesh without a texture is white" for name in ("texture", "blur")},
    }
}
"""By kind of picture, what the key holds although such a picture does not show it."""
TETRAHEDRON = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"


@pytest.fixture
def sessions(tmp_path: Path) -> dict[str, Session]:
    """A session of each kind of picture."""
    noise = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    Image.fromarray(noise).resize((300, 200)).save(tmp_path / "photo.png")
    (tmp_path / "mesh.obj").write_text(TETRAHEDRON)
    return {
        "pair": Session(),
        "photo": replace(Session(), "scene.photo", Photo(file=FileRef.of(tmp_path / "photo.png"))),
        "mesh": replace(Session(), "scene.subject", MeshSubject(mesh=FileRef.of(tmp_path / "mesh.obj"))),
        "plane": replace(Session(), "scene.plane.enabled", True),
    }


def another(parameter: Parameter, value: Any) -> Any:
    """A value that differs from the present one; half way to a bound, as bounds may be special."""
    if parameter.kind == "bool":
        return not value
    if parameter.kind == "text":
        return CODE
    if parameter.kind == "choice":
        return next(choice for choice in parameter.choices if choice != value)
    assert parameter.low is not None
    assert parameter.high is not None
    end = parameter.high if value < parameter.high else parameter.low
    return type(value)(value + (end - value) / 2)


@pytest.mark.parametrize("name", ["pair", "photo", "mesh", "plane"])
def test_pixels_change_with_the_key_and_only_with_it(engine: Engine, sessions: dict[str, Session], name: str):
    session = sessions[name]
    key, pixels = PictureKey.of(session), engine.render(session).copy()
    idle = set()
    for parameter in walk(session):
        changed = replace(session, parameter.path, another(parameter, get(session, parameter.path)))
        for stage in (engine.raster, engine.post):
            stage.clear()  # or an equal key would be answered with what is remembered
        same = np.array_equal(engine.render(changed), pixels)
        if PictureKey.of(changed) == key:
            assert same, parameter.path
        elif same:
            idle.add(parameter.path)
    assert idle == IDLE.keys() | UNUSED.get(name, {}).keys()


@pytest.mark.parametrize("path", ["attack.pinned", "attack.alpha", "attack.original", "attack.method.epsilon"])
def test_an_attacked_frame_changes_with_its_key_and_only_with_it(engine: Engine, path: str):
    session = replace_all(Session(), {"attack.taken": 1, "attack.method.step": 2.0})
    changed = replace(session, path, {"attack.pinned": True, "attack.method.epsilon": 1.0}.get(path, 0.5))
    same = np.array_equal(engine.frame(session).numpy(), engine.frame(changed).numpy())
    assert same == (PictureKey.of(session) == PictureKey.of(changed)) == (path == "attack.pinned")
