"""Long work that is done in an engine's idle moments: what is asked for, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from perturber.core.groups import Query
from perturber.core.session import Session
from perturber.core.state import State


class Job(State):
    """Something to be worked out for a session, step by step.

    There is at most one job of a ``lane`` at a time, a newer one takes the older one's place. Of
    several lanes the one with the lowest ``order`` is served first.
    """

    lane: ClassVar[str]
    order: ClassVar[int]


@dataclass(frozen=True)
class Answer:
    """How far a job is, and in the end what came of it, or why nothing did."""

    done: int = 0
    total: int = 0
    value: Any = None
    """What came of it; None until the end."""
    problem: str = ""
    partial: Any = None
    """What there is so far, for jobs that show it."""

    @property
    def finished(self) -> bool:
        return self.value is not None or bool(self.problem)


class FindUnits(Job):
    """Groups of units by layer: ``dict[str, Group]``."""

    lane = "units"
    order = 0

    query: Query
    before: Session | None = None
    """The session compared with, for ``changed``."""
