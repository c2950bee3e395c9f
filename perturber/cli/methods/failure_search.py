"""One finished search for failures: what was asked, what was found, and how finds compare."""

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
    """One search and what came of it."""

    session: Session
    """What it was searched from."""
    model: str
    share: float
    method: Method
    seed: int
    parameters: int
    found: Failures

    @property
    def first(self) -> int | None:
        """After how many evaluations the first failure was found."""
        return next((number + 1 for number, margin in enumerate(self.found.margins) if margin <= 0), None)

    def alikeness(self, one: Flip, other: Flip) -> float:
        """How far two failures change the same in the same direction: the cosine of their changes."""
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
        """A failure's changes for people, the largest first."""
        subject, known = self.session.scene.subject, pairs()
        word = known[subject.name].morph if isinstance(subject, PairSubject) and subject.name in known else "Morph"
        return list(in_words(self.session, flip.changes, word))
