"""Training pictures: known classes, decided by seed and index alone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from perturber.core.files import FileRef
from perturber.core.scene import PairSubject
from perturber.core.session import dumps, loads
from perturber.training.recipe import Pictures
from perturber.training.sample import classes, invent_backgrounds, sample

STRONG = Pictures(count=64, strength="strong", seed=5)


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> tuple[FileRef, ...]:
    return invent_backgrounds(tmp_path_factory.mktemp("invented"), 5)


def test_the_same_index_is_the_same_session(invented: tuple[FileRef, ...]):
    for index in range(20):
        first, again = sample(STRONG, index, invented), sample(STRONG, index, invented)
        assert first == again
        assert loads(dumps(first[0])) == first[0]
    assert sample(STRONG, 3, invented) != sample(STRONG.model_copy(update={"seed": 6}), 3, invented)


def test_classes_come_equally_often_and_the_morph_is_near_their_end(invented: tuple[FileRef, ...]):
    seen: Counter[int] = Counter()
    for index in range(6 * len(classes())):
        session, number = sample(STRONG, index, invented)
        seen[number] += 1
        kind = classes()[number]
        assert isinstance(session.scene.subject, PairSubject)
        assert session.scene.subject.name == kind.pair
        assert (session.scene.morph.overall < 0.31) if kind.end == "first" else (session.scene.morph.overall > 0.69)
    assert set(seen.values()) == {6}


def test_plain_pictures_have_only_mild_effects_and_strong_ones_more(invented: tuple[FileRef, ...]):
    plain = STRONG.model_copy(update={"strength": "plain"})
    mild = [set(dict(sample(plain, i, invented)[0].post.active())) for i in range(40)]
    assert set().union(*mild) == {"color", "noise"}
    strong = [set(dict(sample(STRONG, i, invented)[0].post.active())) for i in range(64)]
    assert {"custom", "patches", "frequency"} <= set().union(*strong)


def test_backgrounds_are_invented_anew_from_the_seed(tmp_path: Path, invented: tuple[FileRef, ...]):
    again = invent_backgrounds(tmp_path / "a", 5)
    other = invent_backgrounds(tmp_path / "b", 6)
    assert [f.sha256 for f in again] == [f.sha256 for f in invented]
    assert {f.sha256 for f in other}.isdisjoint(f.sha256 for f in invented)
    with Image.open(again[0].path) as picture:
        assert np.asarray(picture).std() > 5


def test_share_of_own_backgrounds_is_as_stated(invented: tuple[FileRef, ...]):
    always = STRONG.model_copy(update={"own_background": 1.0})
    sessions = [sample(always, i, invented)[0] for i in range(32)]
    assert all(s.scene.background.file is None for s in sessions)
