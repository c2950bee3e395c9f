"""A finished search for failures: its settings, its results, and the similarity of results."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perturber.core.jobs.failures import Failures, Flip, Method, in_words
from perturber.core.parameters.parameter import find, get
from perturber.core.session.scene import PairSubject
from perturber.core.session.session import Session
from perturber.scene.assets.pairs import pairs


@dataclass(frozen=True, eq=False)
class FinishedSearch:
    """A search for failures and its results."""

    session: Session
    """The session where the search started."""
    model: str
    share: float
    method: Method
    seed: int
    parameters: int
    found: Failures

    @property
    def first(self) -> int | None:
        """Number of evaluations until the first failure; None if there is none."""
        return next((number + 1 for number, margin in enumerate(self.found.margins) if margin <= 0), None)

    def alikeness(self, one: Flip, other: Flip) -> float:
        """Return the similarity of two failures: the cosine between their changes, relative to the ranges."""
        paths = sorted({*one.changes, *other.changes})
        ranges = [find(self.session, path) for path in paths]
        spans = np.array([(p.high or 0.0) - (p.low or 0.0) for p in ranges])
        start = np.array([float(get(self.session, path)) for path in paths])
        moves = [
            (np.array([flip.changes.get(p, s) for p, s in zip(paths, start, strict=True)]) - start) / spans
            for flip in (one, other)
        ]
        return float(moves[0] @ moves[1] / (np.linalg.norm(moves[0]) * np.linalg.norm(moves[1])))

    def words(self, flip: Flip) -> list[str]:
        """Describe a failure's changes in words, largest first."""
        subject, known = self.session.scene.subject, pairs()
        word = known[subject.name].morph if isinstance(subject, PairSubject) and subject.name in known else "Morph"
        return list(in_words(self.session, flip.changes, word))
