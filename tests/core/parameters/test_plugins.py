"""Plug-ins: found by kind, read from files, and light enough for a window without torch."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import get, replace_all, walk
from perturber.core.parameters.plugin import Plugin, kind_of, kinds
from perturber.core.session.attack import AttackMethod
from perturber.core.session.attribution import AttributionMethod
from perturber.core.session.picture import settled
from perturber.core.session.session import Session, dumps, loads
from perturber.core.session.store import Store

MEMBERS = [member for family in (AttackMethod, AttributionMethod) for member in kinds(family).values()]


@pytest.mark.parametrize("member", MEMBERS, ids=kind_of)
def test_every_plugin_has_a_title_a_text_and_described_fields(member: type[Plugin]):
    assert member.title
    assert member.__doc__
    for parameter in walk(member):
        assert parameter.doc, parameter.path
        assert parameter.label, parameter.path


@pytest.mark.parametrize("member", [m for m in MEMBERS if issubclass(m, AttackMethod)], ids=kind_of)
def test_a_session_with_any_attack_survives_its_file(member: type[Plugin]):
    session = replace_all(Session(), {"attack.method": member(), "attack.taken": 3})
    assert loads(dumps(session)) == session
    assert type(loads(dumps(session)).attack.method) is member


def changed(**method: Any) -> str:
    data = json.loads(dumps(Session()))
    data["attack"]["method"] = method
    return json.dumps(data)


@pytest.mark.parametrize(
    ("method", "named"),
    [
        ({"kind": "nosuch"}, "pgd"),
        ({"kind": "pgd", "epsilon": -1}, "epsilon"),
        ({"kind": "pgd", "x": 1}, "x"),
        ({"kind": [1]}, "pgd"),
    ],
)
def test_what_is_wrong_with_a_plugin_in_a_file_is_named(method: dict[str, Any], named: str):
    with pytest.raises(InputError, match=named):
        loads(changed(**method))


def test_no_plugin_loads_torch():
    """The window reads configurations before, and without, torch."""
    code = (
        "import sys; from perturber.core.session.session import Session;"
        "from perturber.core.parameters.plugin import kinds;"
        "from perturber.core.session.attribution import AttributionMethod; Session(); kinds(AttributionMethod);"
        "print([m for m in ('torch', 'captum', 'scipy', 'moderngl') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", ["scene.camera.yaw", "post.color.hue", "seed"])
def test_another_picture_ends_an_attack_unless_it_is_pinned(path: str):
    store = Store(replace_all(Session(), {"attack.taken": 5}))
    store.set(path, type(get(store.session, path))(0.25 if path != "seed" else 3))
    assert store.session.attack.taken == 0
    store.undo()
    assert store.session.attack.taken == 5
    store.set("attack.pinned", True)
    store.set(path, type(get(store.session, path))(0.5 if path != "seed" else 4))
    assert store.session.attack.taken == 5


def test_what_does_not_change_the_picture_leaves_the_attack():
    old = replace_all(Session(), {"attack.taken": 5})
    new = replace_all(old, {"probe.layer": "mixed3a", "attack.method.epsilon": 1.0})
    assert settled(old, new) == new
