"""Compute the session's attribution by any method as a job, for the slower methods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from torch import Tensor

from perturber.core.errors import InputError
from perturber.core.evaluation import AttributionResult
from perturber.core.jobs.job import Answer, Attribute
from perturber.core.session.picture import PictureKey
from perturber.core.session.session import Session
from perturber.engine.frame.explainer import SLOT, begin, method_of, result_of
from perturber.engine.jobs.attack_job import missing_steps
from perturber.engine.jobs.workbench import Workbench


def explain(bench: Workbench, session: Session, job: Attribute) -> Iterator[Answer]:
    """Compute the session's attribution by any method, in small steps.

    Raises InputError that names the field: no method, a slot that is not in use, a class or layer that
    the slot's network does not have.
    """
    engine = bench.engine
    wanted, method = session.attribution, method_of(session.attribution)
    if method is None:
        raise InputError("attribution.method", "no method is chosen", "an attribution method")
    models = dict(session.models.items())
    if wanted.slot not in models:
        raise InputError(SLOT, f"{wanted.slot} is not in use", "one of " + ", ".join(models))
    asked = wanted.model_copy(update={"alpha": 1.0})
    key = (PictureKey.of(session), models[wanted.slot].model, asked, str(engine.observer.device))
    known = bench.attributions.get(key)
    if known is not None:
        yield Answer(1, 1, known)
        return
    for _ in missing_steps(engine, session):
        yield Answer()
    pixels = engine.frame(session)
    engine.enter("network")
    explained = begin(session, engine.observer.network(models[wanted.slot].model), pixels)
    yield Answer()
    values: Tensor | None = None
    done, total = 0, 1
    for step in method.steps_on(explained):
        done, total, values = step.done, step.total, step.values
        if done < total:
            yield Answer(done, total, partial=None if values is None else result_of(wanted, explained, values))
        engine.enter("network")
    assert values is not None
    found = result_of(wanted, explained, values)
    yield Answer(done, total, bench.attributions(key, lambda: found), partial=found)


def finish(answers: Iterator[Answer]) -> AttributionResult:
    """Run a job to its end and return the attribution."""
    *_, last = answers
    return cast(AttributionResult, last.value)
