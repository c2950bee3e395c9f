"""What there is to know about one unit: what acts on it, how it is tuned, what else it looks for."""

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
"""Steps of the optimizer between two looks at images under way."""
SCOUTING = 32
"""Steps after which a unit's image tells how strong the unit can get."""
DIFFERENCE = 0.3
"""What images that are nothing alike gain over equal ones, as a share of what scouting reached.

More makes images of high layers that no longer show the unit, less makes them alike but for their colors.
"""


def pixels_of(engine: Engine, session: Session) -> Tensor:
    """The session's picture as the networks take it, 1×3×224×224."""
    pixels = engine.frame(session)
    engine.enter("network")
    return pixels


def find_examples(bench: Workbench, session: Session, job: FindExamples) -> Iterator[Answer]:
    """Examples of a unit, as a job."""
    return bench.examples.find(job)


def find_inputs(bench: Workbench, session: Session, job: FindInputs) -> Iterator[Answer]:
    """The units below that act most on a unit, as a job.

    Their weights are the gradients that `effective_weights` explains, on the session's picture.
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
    """A unit's highest activation along a parameter, as a job. A slot without the layer shows the one at its depth."""
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
    """The highest activation of the unit by slot, of those that have it."""
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
    """The networks of the slots that take part and have layers. Raises as `open_model` when none can be opened."""
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
    """Images of one unit that differ from each other, as a job.

    How much being different counts depends on how strong the unit can get, so one image is begun
    to find that out.
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
