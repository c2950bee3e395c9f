"""The table of ablations: every row is a change that the scene knows."""

from __future__ import annotations

import pytest

from perturber.core.rates import Rate
from perturber.core.session.session import Session
from perturber.scene.assets.views import objects
from scripts.believed import ABLATIONS, Ablation, Cell


@pytest.mark.parametrize("ablation", ABLATIONS[1:], ids=lambda a: a.name)
def test_every_ablation_changes_every_object(ablation: Ablation):
    for _, session in objects(Session()):
        changed = ablation.applied(session)
        if ablation.backgrounds != (session.scene.background.name,):
            assert changed.scene != session.scene
        assert changed.scene.camera == session.scene.camera


def test_nothing_is_changed_where_nothing_is_taken_away():
    assert ABLATIONS[0].applied(Session()) == Session()


def test_shares_have_their_interval():
    assert str(Cell(Rate(27, 28), Rate(28, 28), 0.847)) == "96 % (82–99) / 100 % (88–100) / 0.85"
