"""The attribution of a frame, by methods that cost little beside the frame itself; the others are a job's."""

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
"""Attributions that are remembered, so that undo and redo cost nothing."""
TARGET, SLOT = "attribution.target", "attribution.slot"


class Explainer:
    """Explains frames; remembers the attributions of the last ones.

    ``enter`` is told the name of the stage before something is computed.
    """

    def __init__(self, observer: Observer, enter: Callable[[str], None]) -> None:
        self._observer, self._enter = observer, enter
        self._frames: Stage[AttributionResult] = Stage(KEPT)

    def interest(self, session: Session) -> Interest | None:
        """What to keep from the frame's own run, so that its attribution is cheap."""
        explain, method = session.attribution, method_of(session.attribution)
        if method is None or not method.cheap:
            return None
        ref = session.models.model(explain.slot)
        return Interest(ref, tap=explain.layer) if method.layered else Interest(ref, gradients=True)

    def of_frame(
        self, session: Session, view: NetworkInput, observation: Observation, strict: bool = False
    ) -> AttributionResult | None:
        """The attribution of an observed frame; None without one, and for methods that are a job's.

        With ``strict`` an attribution that cannot be had raises its InputError, otherwise the result
        carries the problem.
        """
        explain, method = session.attribution, method_of(session.attribution)
        if method is None or not method.cheap:
            return None
        try:
            _check_slot(explain.slot, {result.slot: result for result in observation.results})
            device = str(self._observer.device)
            # Not the strength of the overlay: moving it computes nothing.
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
    """The question: which class of the network on these pixels, 1×3×H×W. Raises InputError for an unknown class."""
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
    """Return the result of an attribution, H×W."""
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
    """The method of an attribution, which knows how to compute it."""
    return None if wanted.method is None else Attribution.of(wanted.method)


def _kind(wanted: Explain) -> str:
    return "" if wanted.method is None else kind_of(type(wanted.method))


def _check_slot(slot: str, answers: Mapping[str, SlotResult]) -> None:
    """Raises InputError when the explained slot takes no part, or its model fails."""
    if slot not in answers:
        raise InputError(SLOT, f"{slot} takes no part", "one of " + ", ".join(answers))
    if answers[slot].problem:
        raise InputError(f"models.{slot}", answers[slot].problem)
