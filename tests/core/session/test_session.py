"""Session files: round trip, version, and every way a file can be wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import replace_all
from perturber.core.session.models import ArchitectureModel, Probe
from perturber.core.session.scene import MeshSubject, Photo
from perturber.core.session.session import VERSION, Session, dumps, load, loads, save
from perturber.core.storage.files import FileRef


def rich_session() -> Session:
    file = FileRef(path="a.obj", sha256="00")
    return replace_all(
        Session(),
        {
            "scene.subject": MeshSubject(mesh=file),
            "scene.photo": Photo(file=file, crop=0.5),
            "scene.morph.shape": 0.3,
            "post.custom.code": "vec3 effect(vec3 c, float v, vec2 uv) { return c.bgr; } // ünï",
            "models.slot1.model": ArchitectureModel(name="resnet18", weights=file),
            "probe.units": (3, 17),
            "seed": 7,
        },
    )


@pytest.mark.parametrize("session", [Session(), rich_session()], ids=["default", "rich"])
def test_file_round_trip(session: Session, tmp_path: Path):
    file = tmp_path / "a.json"
    save(session, file)
    assert load(file) == session
    assert hash(load(file)) == hash(session)
    assert [f.name for f in tmp_path.iterdir()] == ["a.json"]


def test_a_file_with_overall_alone_moves_shape_and_texture():
    session = loads(json.dumps({"perturber": VERSION, "scene": {"morph": {"overall": 0.4}}}))
    assert session.scene.morph.shape == 0.4


def changed(**parts: object) -> str:
    return json.dumps({**json.loads(dumps(Session())), **parts})


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "JSON"),
        ("[1]", "object"),
        ("{", "JSON"),
        ("[" * 100_000, "JSON"),
        ("9" * 5000, "JSON"),
        ("{}", "perturber"),
        (changed(perturber=VERSION + 1), "newer"),
        (changed(perturber="x"), "version"),
        (changed(perturber=-1), "version"),
        (changed(color=1), "color"),
        (changed(seed=-1), "seed"),
        (changed(scene={"morph": {"shape": 2}}), r"scene\.morph\.shape"),
        (changed(scene={"subject": {"kind": "cow"}}), r"scene\.subject"),
        (changed(post={"color": {"hue": None}}), r"post\.color\.hue"),
        ('{"perturber": 1, "seed": NaN}', "seed"),
    ],
)
def test_bad_files_are_refused_by_name(text: str, names: str, tmp_path: Path):
    file = tmp_path / "bad.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=names) as caught:
        load(file)
    assert caught.value.source == str(file)


def test_missing_binary_and_huge_files_are_refused_by_name(tmp_path: Path):
    binary, huge = tmp_path / "b.json", tmp_path / "h.json"
    binary.write_bytes(b"\xff\xfe\x00\x80")
    huge.write_bytes(b" " * (5 << 20))
    for file in (tmp_path / "none.json", binary, huge, tmp_path):
        with pytest.raises(InputError, match=str(file)):
            load(file)


def test_saving_where_nothing_can_be_written_is_refused_by_name(tmp_path: Path):
    with pytest.raises(InputError, match="nowhere"):
        save(Session(), tmp_path / "nowhere" / "a.json")


def test_a_changed_or_missing_file_is_noticed(tmp_path: Path):
    file = tmp_path / "x.obj"
    file.write_text("v 0 0 0")
    ref = FileRef.of(file)
    assert ref.locate() == file
    file.write_text("v 1 1 1")
    with pytest.raises(InputError, match="changed"):
        ref.locate()
    file.unlink()
    with pytest.raises(InputError, match="no such file"):
        ref.locate()
    with pytest.raises(InputError, match=r"x\.obj"):
        FileRef.of(file)


@pytest.mark.parametrize(
    ("units", "count", "channels", "shown"),
    [
        ((), 4, 100, (0, 1, 2, 3)),
        ((222, 5), 2, 508, (222, 5)),
        ((222, 0), 4, 508, (222, 0, 1, 2)),
        ((222, 5), 3, 6, (5, 0, 1)),
        ((), 8, 3, (0, 1, 2)),
    ],
)
def test_shown_units(units: tuple[int, ...], count: int, channels: int, shown: tuple[int, ...]):
    assert Probe(units=units, count=count).shown(channels) == shown


def test_effects_are_the_identity_only_when_nothing_can_change():
    session = Session()
    assert list(session.post.active()) == []
    cut = replace_all(session, {"post.frequency.cutoff": 9.0})
    assert list(cut.post.active()) == []
    off = replace_all(session, {"post.custom.value": 2.0, "post.custom.enabled": False})
    assert list(off.post.active()) == []
    own = replace_all(session, {"post.custom.code": "vec3 effect(vec3 c, float v, vec2 uv) { return c; }"})
    assert [name for name, _ in own.post.active()] == ["custom"]
