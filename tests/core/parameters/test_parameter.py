"""Contract: every parameter of a session can be found, read, replaced and saved."""

from __future__ import annotations

import math

import pytest

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import Parameter, find, get, replace, replace_all, walk
from perturber.core.session.scene import MeshSubject, Photo
from perturber.core.session.session import Session, dumps, loads
from perturber.core.storage.files import FileRef

PARAMETERS = list(walk(Session))
NUMERIC = [p for p in PARAMETERS if p.kind in ("float", "int")]
THESIS = """Background Blur|Background Saturation|Texture Influence|Texture Blur|Lighting Influence|Overall {morph}
|Shape {morph}|Texture {morph}|Alpha|Hue|Saturation|Custom Parameter|Cutoff|Low Alpha|High Alpha|Low Sigma|High Sigma
|Low Hue|High Hue""".replace("\n", "").split("|")


def ids(parameter: Parameter) -> str:
    return parameter.path


def test_all_nineteen_continuous_parameters_of_the_thesis_are_there_by_their_spelling():
    labels = [p.label for p in PARAMETERS if p.continuous]
    assert len(THESIS) == 19
    assert set(THESIS) <= set(labels)
    assert "Patch Shuffling" in [p.label for p in PARAMETERS if p.kind == "int"]


@pytest.mark.parametrize("parameter", PARAMETERS, ids=ids)
def test_parameter_is_documented_and_its_default_is_what_the_session_holds(parameter: Parameter):
    assert parameter.doc
    assert get(Session(), parameter.path) == parameter.default
    assert find(Session, parameter.path) == parameter


@pytest.mark.parametrize("parameter", NUMERIC, ids=ids)
def test_range_holds_the_default_takes_both_ends_and_refuses_what_is_outside(parameter: Parameter):
    assert parameter.low is not None
    assert parameter.high is not None
    assert parameter.low <= parameter.default <= parameter.high
    for value in (parameter.low, parameter.high):
        changed = replace(Session(), parameter.path, value)
        assert get(changed, parameter.path) == value
        assert loads(dumps(changed)) == changed
    for value in (parameter.low - 1, parameter.high + 1, math.nan, math.inf, "x"):
        with pytest.raises(InputError, match=parameter.path):
            replace(Session(), parameter.path, value)


def test_overall_drives_shape_and_texture_but_not_the_other_way_round():
    moved = replace(Session(), "scene.morph.overall", 0.25).scene.morph
    assert (moved.shape, moved.texture) == (0.25, 0.25)
    alone = replace(Session(), "scene.morph.shape", 0.5).scene.morph
    assert (alone.overall, alone.texture) == (0.0, 0.0)


def test_replace_keeps_every_untouched_part_as_it_is():
    session = Session()
    changed = replace(session, "post.color.hue", 0.1)
    assert changed.scene is session.scene
    assert changed.models is session.models
    assert session == Session()


@pytest.mark.parametrize("path", ["", "scene", "scene.morph.x", "scene.morph.overall.x", "nothing"])
def test_paths_that_lead_nowhere_are_refused_by_name(path: str):
    with pytest.raises(InputError) as caught:
        find(Session, path)
    assert caught.value.source == path


def test_walk_follows_the_actual_class_of_a_tagged_field():
    mesh = MeshSubject.model_validate({"mesh": {"path": "a.obj"}})
    session = replace(Session(), "scene.subject", mesh)
    only_of_pairs = {"scene.subject.detail"}
    assert {p.path for p in PARAMETERS} - {p.path for p in walk(session)} == only_of_pairs


def test_parts_that_are_absent_by_default_are_walked_where_they_are_present():
    photo = Photo(file=FileRef(path="a.jpg"))
    paths = [p.path for p in walk(replace(Session(), "scene.photo", photo))]
    assert paths == ["scene.photo.crop", *(p.path for p in PARAMETERS)]


def test_replace_all_applies_in_order_and_refuses_as_a_whole():
    changed = replace_all(Session(), {"scene.morph.overall": 1.0, "scene.morph.texture": 0.5})
    assert changed.scene.morph.model_dump() == {"overall": 1.0, "shape": 1.0, "texture": 0.5}
    with pytest.raises(InputError, match=r"post\.color\.hue"):
        replace_all(Session(), {"seed": 3, "post.color.hue": 9})
