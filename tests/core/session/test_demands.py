"""What a session asks for beyond its own folder is found wherever it stands."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

import pytest

from perturber.core.parameters.parameter import replace, replace_all
from perturber.core.session.demands import demands
from perturber.core.session.models import ArchitectureModel, EditedModel, FamilyModel
from perturber.core.session.scene import MeshSubject, Photo
from perturber.core.session.session import Session
from perturber.core.storage.files import FileRef
from perturber.methods.attacks.base_attack import AttackMethod


def everywhere(place: Path) -> dict[str, Any]:
    """By field: every place of a session that can hold a file."""
    file = FileRef(path=str(place))
    own = FileRef(path=str(place.parent / "own" / "mesh.obj"))
    return {
        "scene.photo": Photo(file=file),
        "scene.background.file": file,
        "scene.subject": MeshSubject(mesh=file),
        "scene.subject diffuse": MeshSubject(mesh=own, diffuse=file),
        "scene.subject alpha": MeshSubject(mesh=own, alpha=file),
        "models.slot1.model": ArchitectureModel(name="resnet18", weights=file),
        "models.slot2.model": ArchitectureModel(name="resnet18", weights=FileRef(path=own.path), labels=file),
    }


@pytest.mark.parametrize("field", list(everywhere(Path("/x/y"))))
def test_every_file_outside_the_folder_is_named_and_those_inside_are_not(tmp_path: Path, field: str) -> None:
    value = everywhere(tmp_path / "elsewhere.bin")[field]
    session = replace(Session(), field.partition(" ")[0], value)
    (found,) = demands(session, tmp_path / "own")
    assert found.kind == "read"
    assert found.what == str(tmp_path / "elsewhere.bin")
    assert demands(session, tmp_path) == ()


@pytest.mark.parametrize(
    "path", ["../outside.png", "/etc/passwd", "//server/share/x.png", "\\\\server\\share\\x.png", "a\0b", "~/x.png"]
)
def test_a_path_that_leaves_the_folder_in_any_way_is_asked_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    monkeypatch.chdir(tmp_path)
    (found,) = demands(Session().model_copy(update={"scene": photo_scene(path)}), own)
    assert found.kind == "read"


def photo_scene(path: str) -> Any:
    return replace(Session(), "scene.photo", Photo(file=FileRef(path=path))).scene


def test_a_link_out_of_the_folder_is_outside(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (tmp_path / "secret.png").touch()
    (own / "photo.png").symlink_to(tmp_path / "secret.png")
    (own / "circle.png").symlink_to(own / "circle.png")
    (own / "real.png").touch()
    (own / "inside.png").symlink_to(own / "real.png")
    kinds = {name: len(demands(session_with_photo(own / name), own)) for name in os.listdir(own)}
    assert kinds["photo.png"] == 1
    assert kinds["real.png"] == kinds["inside.png"] == 0


def session_with_photo(path: Path) -> Session:
    return replace(Session(), "scene.photo", Photo(file=FileRef(path=str(path))))


def test_published_weights_are_a_download_named_once(tmp_path: Path) -> None:
    model = ArchitectureModel(name="squeezenet1_0")
    session = replace_all(Session(), {"models.slot1.model": model, "models.slot2.model": model})
    (found,) = demands(session, tmp_path)
    assert (found.kind, found.what) == ("download", "squeezenet1_0")
    assert "squeezenet1_0" in found.text


def test_glsl_of_its_own_is_code_also_while_it_is_off(tmp_path: Path) -> None:
    code = "vec3 effect(vec3 color, float value, vec2 uv) { return color.bgr; }"
    session = replace_all(Session(), {"post.custom.code": code, "post.custom.enabled": False})
    (found,) = demands(session, tmp_path)
    assert found.kind == "run"
    other = replace(session, "post.custom.code", code + " ")
    assert demands(other, tmp_path)[0].what != found.what, "other code is asked about again"


class Foreign(AttackMethod):
    """An attack of another distribution."""

    kind: Literal["foreign_for_demands"] = "foreign_for_demands"


def test_a_plug_in_of_another_distribution_is_code(tmp_path: Path) -> None:
    attack = Session().attack.model_copy(update={"method": Foreign()})
    (found,) = demands(Session().model_copy(update={"attack": attack}), tmp_path)
    assert found.kind == "run"
    assert "foreign_for_demands" in found.text


def test_the_default_session_asks_for_nothing(tmp_path: Path) -> None:
    assert demands(Session(), tmp_path) == ()
    edited = EditedModel(first=FamilyModel(), second=FamilyModel(variant="adversarial"))
    assert edited.first.kind == "family"
