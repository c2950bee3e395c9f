"""What a result was computed with, so that it can be cited and repeated."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

import perturber
from perturber.core.errors import InputError
from perturber.core.session.models import ModelRef
from perturber.core.session.session import Session
from perturber.engine.frame.engine import Engine
from perturber.nets.families.family import families
from perturber.nets.families.fingerprint import fingerprint


def provenance(engine: Engine, session: Session, slots: Iterable[str] = ()) -> dict[str, Any]:
    """Return `provenance_on` the engine's device, in its precision."""
    return provenance_on(engine.observer.device, engine.observer.dtype, session, slots)


def provenance_on(
    device: torch.device, dtype: torch.dtype, session: Session, slots: Iterable[str] = ()
) -> dict[str, Any]:
    """Return version, seed, device, precision and the SHA-256 of the weights in some slots (all by default).

    An attack on the session's frame is included. For an edited model or published weights, the hash covers
    everything that determines them (`fingerprint`). ``weights_key`` names the chosen network of a file with several.
    """
    known = dict(session.models.items())
    attack, shown = session.attack, tuple(slots) or tuple(known)
    found = {
        "perturber": perturber.__version__,
        "torch": torch.__version__,
        "seed": session.seed,
        "device": str(device),
        "precision": str(dtype).removeprefix("torch."),
        "weights": {slot: weights_hash(known[slot].model) for slot in shown},
    }
    keys = {slot: key for slot in shown if (key := getattr(known[slot].model, "weights_key", ""))}
    found |= {"weights_key": keys} if keys else {}
    return found | ({"attack": attack.model_dump(mode="json")} if attack.taken else {})


def weights_hash(ref: ModelRef) -> str:
    """Return 64 hex digits that are equal for networks with the same weights; empty if they cannot be read."""
    weights = getattr(ref, "weights", None)
    if weights is not None and weights.sha256:
        return str(weights.sha256)
    try:
        return fingerprint(ref, families())
    except InputError:
        return ""
