"""The registry of jobs: the function that runs each kind of job."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from perturber.core.jobs.analysis import Diverge
from perturber.core.jobs.failures import FindFailures
from perturber.core.jobs.job import (
    Answer,
    Attribute,
    Diversify,
    FindExamples,
    FindInputs,
    FindUnits,
    Job,
    LiveFeatures,
    MakeFeatures,
    SaveWeights,
    TakeSteps,
    Tune,
)
from perturber.core.jobs.strength import MeasureStrength, Transfer
from perturber.core.session.session import Session
from perturber.engine.jobs.attack_job import take_steps
from perturber.engine.jobs.attribution_job import explain
from perturber.engine.jobs.divergence_job import diverge
from perturber.engine.jobs.failure_job import find_failures
from perturber.engine.jobs.feature_jobs import live_features, make_features
from perturber.engine.jobs.save_weights import save_weights
from perturber.engine.jobs.strength_job import measure_strength, transfer
from perturber.engine.jobs.unit_groups import find_units
from perturber.engine.jobs.unit_jobs import diversify, find_examples, find_inputs, tune
from perturber.engine.jobs.workbench import Workbench

Work = Callable[[Workbench, Session, Any], Iterator[Answer]]
"""Works in small steps, so that frames never wait long, and yields an answer with its progress after each.
The last answer is finished. May raise PerturberError."""
JOBS: dict[type[Job], Work] = {
    Attribute: explain,
    Diverge: diverge,
    Diversify: diversify,
    FindExamples: find_examples,
    FindFailures: find_failures,
    FindInputs: find_inputs,
    FindUnits: find_units,
    LiveFeatures: live_features,
    MakeFeatures: make_features,
    MeasureStrength: measure_strength,
    SaveWeights: save_weights,
    TakeSteps: take_steps,
    Transfer: transfer,
    Tune: tune,
}


def work_on(bench: Workbench, session: Session, job: Job) -> Iterator[Answer]:
    """Start a job; nothing is computed before the first step."""
    return JOBS[type(job)](bench, session, job)
