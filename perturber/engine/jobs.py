"""Which function does which job: the one registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from perturber.core.analysis import Diverge
from perturber.core.failures import FindFailures
from perturber.core.jobs import (
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
    Tune,
)
from perturber.core.session import Session
from perturber.core.strength import MeasureStrength, Transfer
from perturber.engine.attributions import explain
from perturber.engine.divergence import diverge
from perturber.engine.edited import save_weights
from perturber.engine.evaluate import Engine
from perturber.engine.examples import find_examples
from perturber.engine.failures import find_failures
from perturber.engine.features import live_features, make_features
from perturber.engine.groups import find_units
from perturber.engine.strength import measure_strength, transfer
from perturber.engine.unitjobs import diversify, find_inputs, tune

Work = Callable[[Engine, Session, Any], Iterator[Answer]]
"""Takes small steps, so that frames never wait long, and tells after each how far it is. The last
answer is a finished one. May raise PerturberError."""
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
    Transfer: transfer,
    Tune: tune,
}


def work_on(engine: Engine, session: Session, job: Job) -> Iterator[Answer]:
    """Begin a job; nothing is computed before the first step."""
    return JOBS[type(job)](engine, session, job)
