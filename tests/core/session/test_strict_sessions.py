"""Sessions from strangers: no value is converted to another type, and what is wrong is named by its field."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from perturber.core.errors import InputError
from perturber.core.printable import MESSAGE, VALUE
from perturber.core.session.session import VERSION, Session, dumps, load, loads

needs_posix = pytest.mark.skipif(os.name != "posix", reason="pipes and devices")


def text(**parts: object) -> str:
    return json.dumps({"perturber": VERSION, **parts})


@pytest.mark.parametrize(
    ("parts", "field", "expected"),
    [
        ({"seed": "5"}, "seed", "valid integer"),
        ({"seed": True}, "seed", "valid integer"),
        ({"seed": 5.5}, "seed", "valid integer"),
        ({"seed": 10**500}, "seed", "integer"),
        ({"scene": {"morph": {"shape": "0.5"}}}, "scene.morph.shape", "valid number"),
        ({"scene": {"morph": {"shape": True}}}, "scene.morph.shape", "valid number"),
        ({"scene": {"camera": {"yaw": float("nan")}}}, "scene.camera.yaw", "finite number"),
        ({"scene": {"camera": {"yaw": -float("inf")}}}, "scene.camera.yaw", "finite number"),
        ({"scene": {"camera": {"yaw": 10**500}}}, "scene.camera.yaw", "finite number"),
        ({"probe": {"activations": "yes"}}, "probe.activations", "valid boolean"),
        ({"probe": {"activations": 1}}, "probe.activations", "valid boolean"),
        ({"probe": {"units": ["3"]}}, "probe.units.0", "valid integer"),
        ({"probe": {"layer": 3}}, "probe.layer", "valid string"),
        (
            {"attack": {"method": {"kind": "pgd", "steps": "5"}}},
            "attack.method",
            "steps: Input should be a valid integer",
        ),
        ({"attribution": {"method": {"kind": "integrated_gradients", "steps": True}}}, "attribution.method", "integer"),
        ({"models": {"edited": {"edit": {"mix": {"mixed4a": "1"}}}}}, "models.edited.edit.mix.mixed4a", "valid number"),
        ({"models": {"edited": {"edit": {"units": [{"layer": "a", "unit": True, "scale": 0}]}}}}, "unit", "integer"),
    ],
)
def test_a_value_of_another_type_is_refused_by_its_field(parts: dict[str, object], field: str, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        loads(text(**parts), "a.json")
    assert caught.value.source == "a.json"
    assert field in caught.value.problem
    assert expected in caught.value.problem


def test_an_integer_stands_for_a_number() -> None:
    parts = {
        "scene": {"morph": {"shape": 1}},
        "attack": {"method": {"kind": "pgd", "epsilon": 3}},
        "probe": {"units": [3]},
    }
    session = loads(text(**parts))
    assert session.scene.morph.shape == 1.0
    assert isinstance(session.scene.morph.shape, float)
    assert session.probe.units == (3,)


@pytest.mark.parametrize("version", ["true", "1.0", '"1"', "null", "0"])
def test_the_version_is_a_number(version: str) -> None:
    with pytest.raises(InputError, match="perturber"):
        loads(f'{{"perturber": {version}}}')


def test_a_key_that_appears_twice_is_refused() -> None:
    with pytest.raises(InputError, match=r"a\.json: it is not JSON .*'yaw' appears twice"):
        loads('{"perturber": 1, "scene": {"camera": {"yaw": 1, "yaw": 2}}}', "a.json")


@pytest.mark.parametrize("number", ["1e400", "-1e400", "9" * 5000, "NaN", "Infinity"])
def test_a_number_that_is_none_is_refused_by_its_field(number: str) -> None:
    with pytest.raises(InputError, match=r"post\.noise\.sigma: "):
        loads(f'{{"perturber": 1, "post": {{"noise": {{"sigma": {number}}}}}}}')


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "a\udfffb\ud800"])
@pytest.mark.parametrize(
    ("field", "parts"),
    [
        ("scene.photo.file.path", lambda file: {"scene": {"photo": {"file": file}}}),
        ("scene.background.file.path", lambda file: {"scene": {"background": {"file": file}}}),
        ("scene.subject.mesh.path", lambda file: {"scene": {"subject": {"kind": "mesh", "mesh": file}}}),
        (
            "models.slot1.model.labels.path",
            lambda file: {"models": {"slot1": {"model": {"kind": "architecture", "name": "a", "labels": file}}}},
        ),
    ],
)
def test_what_is_no_file_name_is_refused_by_its_field(name: str, field: str, parts: object) -> None:
    assert callable(parts)
    with pytest.raises(InputError) as caught:
        loads(text(**parts({"path": name})))
    assert caught.value.problem.startswith(f"{field}: it has ")


def test_half_a_character_is_no_text() -> None:
    with pytest.raises(InputError, match=r"probe\.layer: it has half of a character"):
        loads(text(probe={"layer": "a\ud800"}))


def test_a_session_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(b"\xef\xbb\xbf" + dumps(Session()).encode())
    assert load(file) == Session()


@needs_posix
def test_a_session_is_a_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    names = [str(tmp_path / "pipe"), str(tmp_path), "/dev/urandom", "/dev/zero", "a\0b", "a\ud800", "x" * 300]
    for name in [*names, "/".join(["y" * 200] * 30)]:
        with pytest.raises(InputError):
            load(name)


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"perturber": 1, "k" * 1_000_000: 1}),
        json.dumps({"perturber": 1, "seed": "s" * 1_000_000}),
        json.dumps({"perturber": 1, "seed": ["s" * 1000] * 1000}),
        json.dumps({"perturber": 1, "\x1b[2J\x9b1m\u202e\n": 1}),
        json.dumps({"perturber": 1, "attack": {"method": {"kind": "\x1b[2J" * 10_000}}}),
        json.dumps({"perturber": 1, "attack": {"method": {"kind": "pgd", "\x1b[2J" * 10_000: 1}}}),
        json.dumps({"perturber": 1, "scene": {"subject": {"kind": "\x1b[2J" * 10_000}}}),
        json.dumps({"perturber": 1, "scene": {"photo": {"file": {"path": "\x1b[2J" * 10_000, "x": 1}}}}),
        '{"perturber": 1, "seed": \x1b[2J}',
        '{"perturber": 1, "scene": ' + "[" * 40 + "]" * 40 + "}",
        '{"perturber": 1, "scene": ' + '{"a":' * 900 + "1" + "}" * 901,
    ],
)
def test_messages_about_a_session_are_bounded_and_escaped(content: str) -> None:
    with pytest.raises(InputError) as caught:
        loads(content, "a.json")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) <= MESSAGE
    assert max(map(len, str(caught.value).split())) <= VALUE


@needs_posix
@pytest.mark.parametrize("kind", ["pipe", "folder", "long", "nul"])
def test_a_file_of_the_session_that_is_none_is_refused(kind: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    name = {"long": "x" * 300, "nul": "a\0b"}.get(kind, kind)
    session = Session()
    file = session.scene.background.model_validate({"file": {"path": f"{tmp_path}/{name}"}}).file
    assert file is not None
    with pytest.raises(InputError):
        file.locate()
