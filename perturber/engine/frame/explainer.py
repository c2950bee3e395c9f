"""Compute a frame's attribution by the methods cheap enough to run with every frame; the others run as jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from perturber.core.errors import InputError
from perturber.core.evaluation import AttributionResult, SlotResult
from perturber.core.parameters.plugin import kind_of
from perturber.core.session.attribution import Explain
from perturber.core.session.session import Session
from perturber.engine.frame.observation import Observation
from perturber.engine.frame.observer import Interest, NetworkInput, Observer, to_tensor
from perturber.engine.frame.stage import Stage
from perturber.methods.attributions.base_attribution import Attribution
from perturber.methods.networks.explained import Explained
from perturber.nets.architectures.network import Network
from perturber.nets.lookup.find import find_class

KEPT = 8
"""Number of cached attributions, which make undo and redo free."""
TARGET, SLOT = "attribution.target", "attribution.slot"


class Explainer:
    """Explains frames and caches the most recent attributions.

    ``enter`` is called with the name of the stage before it computes.
    """

    def __init__(self, observer: Observer, enter: Callable[[str], None]) -> None:
        self._observer, self._enter = observer, enter
        self._frames: Stage[AttributionResult] = Stage(KEPT)

    def interest(self, session: Session) -> Interest | None:
        """Return what to keep from the frame's own run, so that its attribution is cheap."""
        explain, method = session.attribution, method_of(session.attribution)
        if method is None or not method.cheap:
            return None
        ref = session.models.model(explain.slot)
        return Interest(ref, tap=explain.layer) if method.layered else Interest(ref, gradients=True)

    def of_frame(
        self, session: Session, view: NetworkInput, observation: Observation, strict: bool = False
    ) -> AttributionResult | None:
        """Return the attribution of an observed frame; None without a method, and for methods that run as jobs.

        An attribution that fails raises InputError if ``strict``; otherwise the result holds the problem.
        """
        explain, method = session.attribution, method_of(session.attribution)
        if method is None or not method.cheap:
            return None
        try:
            _check_slot(explain.slot, {result.slot: result for result in observation.results})
            device = str(self._observer.device)
            # Without the overlay's opacity, which needs no new attribution.
            asked = (explain.slot, explain.target, method, explain.layer)
            key = (view.key, session.models.model(explain.slot), asked, device)
            return self._frames(key, lambda: self._compute(session, method, view, observation))
        except InputError as error:
            if strict:
                raise
            return AttributionResult(explain.slot, _kind(explain), problem=str(error))
        except RuntimeError as error:
            return AttributionResult(explain.slot, _kind(explain), problem=str(error)[:300])
        finally:
            observation.drop_graphs()

    def _compute(
        self, session: Session, method: Attribution, view: NetworkInput, observation: Observation
    ) -> AttributionResult:
        ref = session.models.model(session.attribution.slot)
        self._enter("attribution")
        pixels = to_tensor(view.pixels, self._observer.device) if view.exact is None else view.exact
        explained = begin(session, observation.networks[ref], pixels, observation.logits.get(ref))
        gradient = None if method.layered else observation.gradient(ref, explained.output)
        explained = replace(explained, seen=observation.activations.get(ref, {}), gradient=gradient)
        return result_of(session.attribution, explained, method.values(explained))


def begin(session: Session, network: Network, pixels: Tensor, logits: Tensor | None = None) -> Explained:
    """Set up the attribution of one class of the network on these pixels, 1×3×H×W.

    Without a target this is the top class. Raises InputError for an unknown class.
    """
    wanted = session.attribution
    if wanted.target:
        output = find_class(network, wanted.target, TARGET)
    else:
        if logits is None:
            with torch.inference_mode():
                logits = network.logits(pixels)
        output = int(logits[0].argmax())
    generator = torch.Generator().manual_seed(session.seed)
    return Explained(network, output, pixels, wanted.layer, generator)


def result_of(wanted: Explain, explained: Explained, values: Tensor) -> AttributionResult:
    """Return the result of an attribution with these values, H×W."""
    labels, method = explained.network.labels, method_of(wanted)
    return AttributionResult(
        slot=wanted.slot,
        kind=_kind(wanted),
        wnid=labels.wnids[explained.output],
        name=labels.names[explained.output],
        values=np.ascontiguousarray(values.detach().float().cpu().numpy()),
        signed=method is not None and method.signed,
    )


def method_of(wanted: Explain) -> Attribution | None:
    """Return the attribution method, or None if none is chosen."""
    return None if wanted.method is None else Attribution.of(wanted.method)


def _kind(wanted: Explain) -> str:
    return "" if wanted.method is None else kind_of(type(wanted.method))


def _check_slot(slot: str, answers: Mapping[str, SlotResult]) -> None:
    """Check the explained slot. Raises InputError if it is not in use or its model fails."""
    if slot not in answers:
        raise InputError(SLOT, f"{slot} is not in use", "one of " + ", ".join(answers))
    if answers[slot].problem:
        raise InputError(f"models.{slot}", answers[slot].problem)
