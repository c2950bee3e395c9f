"""Compute predictions for many pictures at once, and along one parameter of the scene."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from perturber.core.errors import InputError
from perturber.core.evaluation import Pixels, Prediction
from perturber.core.parameters.parameter import find
from perturber.core.search.axis import Axis, crossings
from perturber.core.session.scene import PairSubject
from perturber.core.session.session import Session
from perturber.engine.batch.export import Tell, ignore_notice, picture
from perturber.engine.batch.provenance import provenance
from perturber.engine.frame.attacker import rounded
from perturber.engine.frame.engine import Engine
from perturber.engine.frame.observer import to_tensor
from perturber.nets.architectures.network import Network
from perturber.scene.assets.pairs import End, pairs

BATCH = 8
SHOWN = 5
"""Number of pictures that a sweep keeps, evenly spaced."""
Shares = NDArray[np.float32]


Frame = Pixels | Tensor
"""A picture as bytes, H×W×3, or, when attacked, unrounded as 1×3×H×W in [0, 1]."""


def probabilities(network: Network, pictures: Iterable[Frame]) -> Iterator[Shares]:
    """Yield the class probabilities of each picture, computed in batches."""
    with torch.inference_mode():
        waiting = iter(pictures)
        while batch := list(islice(waiting, BATCH)):
            logits = network.logits(torch.cat([_tensor(frame, network.device) for frame in batch]))
            yield from logits.softmax(1).cpu().numpy()


def open_networks(engine: Engine, session: Session) -> list[Network]:
    """Open the networks of the slots that have predictions on, each once. Raises InputError if there are none."""
    refs = dict.fromkeys(slot.model for _, slot in session.models.items() if slot.predictions)
    if not refs:
        raise InputError("models", "predictions are off in all slots", "at least one slot with predictions on")
    return [engine.observer.network(ref) for ref in refs]


def ends_of(session: Session) -> tuple[End, ...]:
    """Return both ends of the session's object pair; empty for a mesh or a photo."""
    scene = session.scene
    known = pairs()
    if scene.photo is not None or not isinstance(scene.subject, PairSubject) or scene.subject.name not in known:
        return ()
    return known[scene.subject.name].first, known[scene.subject.name].second


@dataclass(frozen=True)
class StepPrediction:
    """One model's prediction at one step."""

    model: str
    masses: tuple[float, ...]
    """Summed probability of each group's classes."""
    top: Prediction


@dataclass(frozen=True, eq=False)
class Sweep:
    """The predictions along one parameter."""

    axis: Axis
    label: str
    """Display name of the parameter."""
    groups: tuple[End, ...]
    values: tuple[float, ...]
    answers: dict[str, list[StepPrediction]]
    """By model, one prediction for each value."""
    pictures: dict[float, Pixels] = field(default_factory=dict)
    """Some of the pictures, by value."""
    run: dict[str, Any] = field(default_factory=dict)
    """What it was computed with (`provenance`)."""

    def curve(self, model: str, group: int) -> list[float]:
        """Return a group's probability at each value."""
        return [answer.masses[group] for answer in self.answers[model]]

    def crossings(self, model: str) -> tuple[float, ...]:
        """Return the values at which the two groups' probabilities cross; empty without groups."""
        return crossings(self.values, self.curve(model, 0), self.curve(model, 1)) if self.groups else ()


def sweep(engine: Engine, session: Session, axis: Axis, tell: Tell = ignore_notice) -> Sweep:
    """Evaluate a session along an axis. Raises InputError for an unusable value or model."""
    networks = open_networks(engine, session)
    groups = ends_of(session)
    values: list[float] = []
    pictures: list[Frame] = []
    for value, there in axis.sessions(session):
        values.append(value)
        shown = picture(engine, there, tell=tell)
        pictures.append(engine.frame(there) if there.attack.taken else shown)
    answers = {network.name: _answers(network, pictures, groups) for network in networks}
    kept = sorted({round(share * (len(values) - 1)) for share in np.linspace(0, 1, SHOWN)})
    looks = {values[number]: _bytes(pictures[number]) for number in kept}
    run = provenance(engine, session)
    return Sweep(axis, _label(session, axis.path), groups, tuple(values), answers, looks, run)


def _answers(network: Network, pictures: Sequence[Frame], groups: tuple[End, ...]) -> list[StepPrediction]:
    labels = network.labels
    members = [labels.group(group.wnids) for group in groups]
    for group, known in zip(groups, members, strict=True):
        if not known:
            raise InputError(network.name, f"it has no class of {group.label}", "a network trained on such classes")
    found = []
    for shares in probabilities(network, pictures):
        best = int(shares.argmax())
        share = float(shares[best])
        top = Prediction(labels.wnids[best], labels.names[best], float(np.log(max(share, 1e-30))), share, best)
        found.append(StepPrediction(network.name, tuple(float(shares[list(known)].sum()) for known in members), top))
    return found


def _tensor(frame: Frame, device: torch.device) -> Tensor:
    return frame.to(device) if isinstance(frame, Tensor) else to_tensor(frame, device)


def _bytes(frame: Frame) -> Pixels:
    return rounded(frame) if isinstance(frame, Tensor) else frame


def _label(session: Session, path: str) -> str:
    """Return a parameter's display name with the pair's word for the morph, and its unit."""
    subject, known = session.scene.subject, pairs()
    word = known[subject.name].morph if isinstance(subject, PairSubject) and subject.name in known else "Morph"
    control = find(session, path).control
    return control.label.replace("{morph}", word) + (f" in {control.unit}" if control.unit else "")
