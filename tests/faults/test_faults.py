"""A few seeded inputs of every kind: nothing escapes, hangs, is lost, or eats the memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.campaign import Campaign, bad
from tests.faults.kind import kind_class, kind_names
from tests.faults.outcome import Outcome


@pytest.mark.gl
@pytest.mark.slow
@pytest.mark.parametrize("group", ["files", "engine", "programs"])
def test_whatever_comes_is_accepted_or_refused_by_name(group: str, tmp_path: Path):
    kinds = tuple(name for name in kind_names() if kind_class(name).group == group)
    tallies = Campaign(tmp_path, kinds, workers=1).run()
    assert not bad(tallies), bad(tallies)
    assert {tally.kind: tally.inputs for tally in tallies} == {name: kind_class(name).brief for name in kinds}
    for tally in tallies:
        assert tally.counts.keys() <= {Outcome.ACCEPTED, Outcome.REFUSED}
