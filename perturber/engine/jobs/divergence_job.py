"""Measure where an attack changes a network's activations, and where the slots' networks diverge, as a job."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from perturber.core.errors import InputError, PerturberError
from perturber.core.jobs.analysis import Distances, Diverge, Divergence
from perturber.core.jobs.job import Answer
from perturber.core.session.models import Models
from perturber.core.session.session import Session
from perturber.engine.frame.engine import Engine
from perturber.engine.jobs.attack_job import missing_steps
from perturber.engine.jobs.workbench import Workbench
from perturber.methods.units.divergence import Layers, compare, incomparable, layers_of
from perturber.nets.architectures.network import Network


def diverge(bench: Workbench, session: Session, job: Diverge) -> Iterator[Answer]:
    """Compare the activations of all slots, one run per step.

    Two slots with the same model share a run. Raises InputError if no network can be opened or none has layers, and
    for an attack that cannot begin.
    """
    engine = bench.engine
    networks, problems = _networks(engine, session.models)
    for _ in missing_steps(engine, session):
        yield Answer()
    frame = engine.frame(session)
    engine.enter("network")
    runs: dict[Network, Layers] = {}
    moved: dict[Network, Distances] = {}
    total = len(set(networks.values())) * (2 if session.attack.taken else 1)
    for network in dict.fromkeys(networks.values()):
        runs[network] = layers_of(network, frame)
        yield Answer(len(runs) + len(moved), total)
        if session.attack.taken:
            moved[network] = _distances(runs[network], bench.clean_runs.get(engine, session, network))
            yield Answer(len(runs) + len(moved), total)
        else:
            bench.clean_runs.clear()
    attacked = {slot: moved[network] for slot, network in networks.items() if network in moved}
    pairs = list(combinations(networks, 2))
    reasons = {(one, two): incomparable(networks[one], networks[two]) for one, two in pairs}
    between = {
        (one, two): _distances(runs[networks[two]], runs[networks[one]]) for one, two in pairs if not reasons[one, two]
    }
    unlike = {pair: reason for pair, reason in reasons.items() if reason}
    yield Answer(total, total, Divergence(attacked, between, unlike, problems))


def _networks(engine: Engine, models: Models) -> tuple[dict[str, Network], dict[str, str]]:
    """Return the networks with layers by slot, and for other slots the reason why there is none."""
    opened, problems = {}, {}
    for slot, shown in models.items():
        try:
            network = engine.observer.network(shown.model)
        except PerturberError as error:
            problems[slot] = str(error)
            continue
        if network.taps:
            opened[slot] = network
        else:
            problems[slot] = f"{network.name} has no layers to compare"
    if not opened:
        raise InputError("models", "; ".join(problems.values()), "a network with layers")
    return opened, problems


def _distances(first: Layers, second: Layers) -> Distances:
    found = compare(first, second)
    return Distances(tuple(found), tuple(r for r, _ in found.values()), tuple(c for _, c in found.values()))
