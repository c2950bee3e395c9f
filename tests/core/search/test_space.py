"""The space of a search: which parameters, how far, and what cannot be searched."""

from __future__ import annotations

import numpy as np
import pytest

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import get, replace, replace_all
from perturber.core.search.space import Bound, Box, SearchSpace, searchable
from perturber.core.session.scene import MeshSubject, Photo
from perturber.core.session.session import Session
from perturber.core.storage.files import FileRef


def bounds(space: SearchSpace) -> dict[str, tuple[float, float]]:
    return {bound.path: (bound.low, bound.high) for bound in space.bounds}


def test_a_share_of_the_range_to_both_sides_and_no_farther_than_allowed():
    found = bounds(SearchSpace.around(Session(), 0.1))
    assert found["scene.camera.yaw"] == (-61.0, 11.0)
    assert found["scene.background.saturation"] == (0.9, 1.0)
    assert found["post.color.gamma"] == (0.52, 1.48)
    assert {"scene.morph.shape", "scene.morph.texture", "post.custom.value"} <= set(found)


def test_only_what_can_change_the_picture_is_searched():
    session = Session()
    paths = {p.path for p in searchable(session)}
    assert "scene.morph.overall" not in paths  # it drives shape and texture
    assert not [path for path in paths if not path.startswith(("scene.", "post."))]
    mesh = replace(session, "scene.subject", MeshSubject(mesh=FileRef(path="a.obj")))
    assert paths - {p.path for p in searchable(mesh)} == {"scene.morph.shape", "scene.morph.texture"}
    photo = replace(session, "scene.photo", Photo(file=FileRef(path="a.png")))
    assert {p.path for p in searchable(photo) if p.path.startswith("scene.")} == {"scene.photo.crop"}
    plane = replace_all(session, {"scene.plane.enabled": True, "post.custom.enabled": False})
    assert not {"scene.surface.light", "scene.morph.shape", "post.custom.value"} & {p.path for p in searchable(plane)}


def test_points_are_sessions_within_the_bounds():
    session = replace(Session(), "scene.background.blur", 0.05)
    paths = ("scene.camera.yaw", "scene.background.blur", "post.color.alpha")
    box = Box.of(SearchSpace.around(session, 0.1, paths), session)
    np.testing.assert_allclose(box.sides, [[-1, -0.5, -1], [1, 1, 0]])
    assert box.changes(np.zeros(3)) == {}
    changes = box.changes(np.array([0.5, 1.0, -1.0]))
    assert changes == {"scene.camera.yaw": -7.0, "scene.background.blur": 0.15, "post.color.alpha": 0.9}
    assert list(changes) == ["scene.background.blur", "post.color.alpha", "scene.camera.yaw"]
    assert box.distance(changes) == pytest.approx(np.sqrt((0.25 + 1 + 1) / 3))
    assert get(box.at(changes), "scene.camera.yaw") == -7.0
    assert box.changes(np.array([9.0, -9.0, 9.0])) == {"scene.camera.yaw": 11.0, "scene.background.blur": 0.0}


def test_a_bound_can_be_set_by_itself():
    space = SearchSpace.around(Session()).with_bound(Bound(path="scene.camera.yaw", low=-30, high=40))
    assert bounds(space)["scene.camera.yaw"] == (-30, 40)
    assert len(space.bounds) == len(SearchSpace.around(Session()).bounds)


@pytest.mark.parametrize(
    ("path", "low", "high", "problem"),
    [
        ("scene.nothing", 0, 1, "no such parameter"),
        ("post.patches.k", 1, 3, "cannot be searched"),
        ("attack.alpha", 0, 1, "cannot be searched"),
        ("scene.camera.yaw", 40, -40, "reversed"),
        ("scene.camera.yaw", -400, 40, "out of range"),
        ("scene.camera.yaw", 0, 40, "lies outside"),
        ("scene.camera.yaw", -25, -25, "allow only"),
    ],
)
def test_bounds_that_cannot_be_searched_are_named(path: str, low: float, high: float, problem: str):
    with pytest.raises(InputError, match=problem) as caught:
        Box.of(SearchSpace(bounds=(Bound(path=path, low=low, high=high),)), Session())
    assert caught.value.source == path


def test_a_share_must_be_one_and_a_parameter_is_searched_once():
    with pytest.raises(InputError, match="share"):
        SearchSpace.around(Session(), 0)
    twice = SearchSpace.around(Session(), 0.1, ("scene.morph.shape", "scene.morph.overall"))
    with pytest.raises(InputError, match=r"scene\.morph\.shape.*twice"):
        Box.of(twice, Session())
    alone = Box.of(SearchSpace.around(Session(), 0.1, ("scene.morph.overall",)), Session())
    assert get(alone.at({"scene.morph.overall": 0.1}), "scene.morph.texture") == 0.1
