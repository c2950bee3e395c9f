"""Jobs about one unit: dataset examples, inputs from the layer below, tuning curve, diverse feature images."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from perturber.core.errors import InputError, PerturberError
from perturber.core.jobs.job import Answer, Diversify, FindExamples, FindInputs, Input, Tune, TuningCurve
from perturber.core.search.axis import Axis
from perturber.core.session.models import Models
from perturber.core.session.session import Session
from perturber.engine.frame.engine import Engine
from perturber.engine.frame.observer import tap_of
from perturber.engine.jobs.workbench import Workbench
from perturber.methods.features import Visualization
from perturber.methods.features.objectives.diversity import Diversity
from perturber.methods.features.objectives.unit import CenterUnit
from perturber.methods.units.unit_inputs import effective_weights, kernels, layer_below, strongest
from perturber.nets.architectures.network import Network
from perturber.nets.lookup.find import find_unit

TELL = 8
"""Optimizer steps between two previews."""
SCOUTING = 32
"""Optimizer steps of the image that estimates how high the unit's activation can get."""
DIFFERENCE = 0.3
"""Weight of diversity: the gain of uncorrelated images over equal ones, as a share of the estimated activation.

With more, images of high layers no longer show the unit; with less, they differ only in color.
"""


def pixels_of(engine: Engine, session: Session) -> Tensor:
    """Return the session's picture as the networks receive it, 1×3×224×224."""
    pixels = engine.frame(session)
    engine.enter("network")
    return pixels


def find_examples(bench: Workbench, session: Session, job: FindExamples) -> Iterator[Answer]:
    """Find dataset examples of a unit, as a job."""
    return bench.examples.find(job)


def find_inputs(bench: Workbench, session: Session, job: FindInputs) -> Iterator[Answer]:
    """Find the units of the layer below with the largest effective weights on a unit, as a job.

    The weights are gradients on the session's picture; see `effective_weights`.
    """
    engine = bench.engine
    network = engine.features.network(session.models.model(job.slot))
    find_unit(network, job.layer, job.unit)
    found = kernels(effective_weights(network, pixels_of(engine, session), job.layer, job.unit)).cpu()
    below = layer_below(network, job.layer)
    inputs = tuple(
        Input(below, unit, float(found[unit].sum()), np.ascontiguousarray(found[unit].numpy()))
        for unit in strongest(found, job.count)
    )
    yield Answer(1, 1, inputs)


def tune(bench: Workbench, session: Session, job: Tune) -> Iterator[Answer]:
    """Measure a unit's highest activation along a parameter, as a job.

    In a slot without the layer, the one at the same relative depth is measured.
    """
    axis = Axis.along(session, job.parameter, steps=job.steps)
    steps = list(axis.sessions(session))
    values: list[float] = []
    heights: dict[str, list[float]] = {}
    for value, there in steps:
        seen = _heights(bench.engine, there, job)
        if not seen:
            raise InputError("unit", f"no slot has a unit {job.unit} in {job.layer}", "another unit")
        values.append(value)
        for slot, height in seen.items():
            heights.setdefault(slot, []).append(height)
        curve = TuningCurve(job.parameter, tuple(values), {slot: tuple(h) for slot, h in heights.items()})
        last = len(values) == len(steps)
        yield Answer(len(values), len(steps), curve if last else None, partial=curve)


def _heights(engine: Engine, session: Session, job: Tune) -> dict[str, float]:
    """Return the unit's highest activation for each slot that has the unit."""
    networks = _networks(engine, session.models)
    reference = next((n.taps for n in networks.values() if job.layer in n.taps), ())
    pixels = pixels_of(engine, session)
    known: dict[Network, float] = {}
    found = {}
    for slot, network in networks.items():
        tap = tap_of(network, job.layer, reference)
        if job.unit >= network.channels[tap]:
            continue
        if network not in known:
            with torch.inference_mode():
                known[network] = float(network.run(pixels, upto=tap).activations[tap][0, job.unit].max())
        found[slot] = known[network]
    return found


def _networks(engine: Engine, models: Models) -> dict[str, Network]:
    """Return the networks with layers by slot. Raises as `open_model` does if none can be opened."""
    opened, problems = {}, []
    for name, slot in models.items():
        try:
            opened[name] = engine.features.network(slot.model)
        except PerturberError as error:
            problems.append(error)
    if problems and not opened:
        raise problems[0]
    return {name: network for name, network in opened.items() if network.taps}


def diversify(bench: Workbench, session: Session, job: Diversify) -> Iterator[Answer]:
    """Make feature images of one unit that differ from each other, as a job.

    The weight of diversity depends on how high the unit's activation can get, so a few steps of one
    image estimate that first.
    """
    engine, wanted = bench.engine, job.wanted
    total = wanted.spec.steps + SCOUTING
    network = engine.features.network(wanted.model)
    find_unit(network, wanted.layer, wanted.unit)
    goal = CenterUnit(layer=wanted.layer, unit=wanted.unit)
    side = engine.features.side(network, wanted.layer, wanted.spec)
    scout = Visualization(network, (goal,), wanted.spec, side)
    while scout.done < SCOUTING:
        scout.step()
        yield Answer(scout.done, total)
    reached = scout.values()[0]
    weight = DIFFERENCE * (reached if reached > 0 else 1.0)
    objective = goal + weight * Diversity(layer=wanted.layer, count=job.count)
    images = Visualization(network, (objective,), wanted.spec, side)
    while images.done < wanted.spec.steps:
        images.step()
        partial = tuple(images.pictures()) if images.done % TELL == 0 else None
        yield Answer(SCOUTING + images.done, total, partial=partial)
    yield Answer(total, total, tuple(images.pictures()))
