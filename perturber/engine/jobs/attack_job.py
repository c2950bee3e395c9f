"""Take the session's attack steps one at a time, as a job or before jobs that need the attacked frame."""

from __future__ import annotations

from collections.abc import Iterator

from perturber.core.jobs.job import Answer, TakeSteps
from perturber.core.session.session import Session
from perturber.engine.frame.engine import Engine
from perturber.engine.jobs.workbench import Workbench


def missing_steps(engine: Engine, session: Session) -> Iterator[int]:
    """Take the attack steps that `Engine.frame` needs, yielding the number taken after each.

    Raises InputError as `Engine.frame` does.
    """
    while missing := engine.advance(session):
        yield session.attack.taken - missing


def take_steps(bench: Workbench, session: Session, job: TakeSteps) -> Iterator[Answer]:
    """Take the session's attack steps as a job. Raises InputError for an attack that cannot begin or fails."""
    total = session.attack.taken
    for taken in missing_steps(bench.engine, session):
        yield Answer(taken, total)
    yield Answer(total, total, total)
