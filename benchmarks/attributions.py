"""Cost of attributions computed with every frame, relative to the frame's own forward pass."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from statistics import median
from typing import Any

from perturber.core.parameters.parameter import replace_all
from perturber.core.parameters.plugin import make
from perturber.core.session.attribution import AttributionMethod
from perturber.core.session.session import Session
from perturber.engine.frame.engine import Engine

TURNS, TIMES = 40, 4
KINDS = {"saliency": "gradient", "grad_cam": "grad_cam"}


def attribution_figures() -> dict[str, Any]:
    """Return ``saliency`` and ``grad_cam``: the time an attribution adds to a frame, over the frame's own forward pass.

    Measured in the engine, on a new frame each time. ``saliency_frame`` is the whole, forward pass and
    attribution. The kinds of frames take turns; the first of each turn, which finds the caches full of
    another's data, is discarded.
    """
    engine = Engine("cpu", "float32")
    quiet = {"models.slot2.predictions": False, "models.slot2.activations": False}
    bare = replace_all(Session(), quiet)
    sessions = {"": bare} | {
        name: replace_all(bare, {"attribution.method": make(AttributionMethod, kind)}) for name, kind in KINDS.items()
    }
    seconds: dict[str, list[float]] = {name: [] for name in sessions}
    seeds = count(1)
    for _ in range(TURNS):
        for name, session in sessions.items():
            seconds[name] += list(_network_seconds(engine, session, seeds))[1:]
    engine.close()
    middle = {name: median(found) for name, found in seconds.items()}
    added = {name: middle[name] / middle[""] - 1 for name in KINDS}
    whole = {"saliency_frame": middle["saliency"] / middle[""], "explained_forward_ms": 1e3 * middle[""]}
    return {**added, **whole}


def _network_seconds(engine: Engine, session: Session, seeds: Iterator[int]) -> Iterator[float]:
    for _ in range(TIMES):
        taken = engine.evaluate(replace_all(session, {"seed": next(seeds)})).seconds
        yield taken["network"] + taken["attribution"]
