"""What decides the picture: every parameter changes the key, or is listed as one that does not touch the picture."""

from __future__ import annotations

from typing import Any

import pytest

from perturber.core.parameters.parameter import Parameter, replace, replace_all, walk
from perturber.core.parameters.plugin import make
from perturber.core.session.attack import AttackMethod
from perturber.core.session.models import FamilyModel
from perturber.core.session.picture import PictureKey, clean, is_same_picture, settled
from perturber.core.session.scene import MeshSubject, Photo
from perturber.core.session.session import Session, dumps, loads
from perturber.core.storage.files import FileRef

FILE = FileRef(path="/somewhere/file")
WATCHED = ("models.", "attribution.", "probe.")
"""Decide what is said and shown of the picture, but not the picture."""
SCENES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "pair": ({}, ("attack.",)),
    "mesh": ({"scene.subject": MeshSubject(mesh=FILE)}, ("attack.",)),
    "photo": (
        {"scene.photo": Photo(file=FILE)},
        # A photo takes the place of the whole 3D scene.
        ("attack.", *(f"scene.{part}." for part in ("subject", "morph", "background", "surface", "plane", "camera"))),
    ),
    "plane": (
        {"scene.plane.enabled": True},
        # The plane takes the place of the object, and light does not touch it.
        ("attack.", "scene.subject.", "scene.morph.", "scene.surface.light"),
    ),
    "attacked": ({"attack.taken": 2}, ("attack.pinned",)),
}
"""By name: what makes a session, and which parameters do not touch its picture beside those that are watched."""


def another(parameter: Parameter, value: Any) -> Any:
    """A value that differs from the present one."""
    if parameter.kind == "bool":
        return not value
    if parameter.kind == "text":
        return value + "\n"
    ends = parameter.choices or (parameter.low, parameter.high)
    return next(type(value)(end) for end in ends if end is not None and end != value)


@pytest.mark.parametrize("name", SCENES)
def test_every_parameter_changes_the_key_or_is_listed(name: str):
    changes, untouched = SCENES[name]
    session = replace_all(Session(), changes)
    key = PictureKey.of(session)
    kept, listed = set(), set()
    for parameter in walk(session):
        value: Any = session
        for part in parameter.path.split("."):
            value = getattr(value, part)
        changed = replace(session, parameter.path, another(parameter, value))
        assert changed != session
        if PictureKey.of(changed) == key:
            kept.add(parameter.path)
        if parameter.path.startswith((*WATCHED, *untouched)):
            listed.add(parameter.path)
    assert kept == listed
    assert kept < {parameter.path for parameter in walk(session)}


def test_equal_sessions_have_equal_keys_that_can_be_looked_up():
    session = replace_all(Session(seed=3), {"attack.taken": 2, "post.color.hue": 0.25})
    assert hash(PictureKey.of(loads(dumps(session)))) == hash(PictureKey.of(session))
    assert PictureKey.of(loads(dumps(session))) == PictureKey.of(session)


@pytest.mark.parametrize(
    "changes",
    [
        {"scene.background.name": "street"},
        {"scene.background.file": FILE},
        {"scene.subject": MeshSubject(mesh=FILE)},
        {"scene.photo": Photo(file=FILE)},
        {"scene.plane.enabled": True},
        {"seed": 5},
    ],
)
def test_another_picture_ends_an_attack_unless_it_is_pinned(changes: dict[str, Any]):
    attacked = replace(Session(), "attack.taken", 3)
    assert settled(attacked, replace_all(attacked, changes)) == clean(replace_all(attacked, changes))
    pinned = replace(attacked, "attack.pinned", True)
    assert settled(pinned, replace_all(pinned, changes)).attack.taken == 3


def test_what_does_not_touch_the_picture_leaves_the_attack():
    attacked = replace(Session(), "attack.taken", 3)
    for changes in ({"probe.layer": "conv2d0"}, {"attack.alpha": 0.5}, {"scene.plane.unit": 7}):
        changed = replace_all(attacked, changes)
        assert settled(attacked, changed) is changed


def test_the_plane_shows_the_model_of_its_slot_and_of_no_other():
    plane = replace_all(Session(), {"scene.plane.enabled": True, "scene.plane.slot": "slot2"})
    stylized = FamilyModel(variant="stylized")
    assert is_same_picture(plane, replace(plane, "models.slot1.model", stylized))
    assert not is_same_picture(plane, replace(plane, "models.slot2.model", stylized))
    for changes in ({"scene.plane.unit": 3}, {"scene.plane.layer": "conv2d0"}, {"scene.plane.naive": True}):
        assert not is_same_picture(plane, replace_all(plane, changes))
        assert is_same_picture(Session(), replace_all(Session(), changes))


def test_an_attack_follows_from_the_models_it_looks_at():
    attacked = replace(Session(), "attack.taken", 1)
    other = {"models.slot2.model": FamilyModel(variant="stylized")}
    assert PictureKey.of(replace_all(attacked, other)) == PictureKey.of(attacked)
    assert PictureKey.of(replace(attacked, "attack.slot", "slot2")) != PictureKey.of(attacked)
    joint = replace(attacked, "attack.method", make(AttackMethod, "ensemble"))
    assert PictureKey.of(replace_all(joint, other)) != PictureKey.of(joint)
    assert PictureKey.of(replace(joint, "models.edited.enabled", True)) != PictureKey.of(joint)


def test_a_trajectory_is_one_for_all_steps_and_fades():
    one, other = (
        replace_all(Session(), {"attack.taken": taken, "attack.alpha": alpha}) for taken, alpha in ((1, 0.5), (9, 1.0))
    )
    assert PictureKey.trajectory(one) == PictureKey.trajectory(other) == PictureKey.trajectory(Session())
    assert PictureKey.of(other) == PictureKey.trajectory(one).after(9, 1.0, 1.0)
    assert PictureKey.before(one) == PictureKey.of(Session())
