"""The session's attribution: with the frame where it costs little, as a job where it takes a while."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from torch import Tensor

from perturber.core.errors import InputError
from perturber.core.evaluation import AttributionResult, SlotResult
from perturber.core.jobs.job import Answer, Attribute
from perturber.core.parameters.plugin import kind_of
from perturber.core.session.attribution import Explain
from perturber.core.session.picture import PictureKey
from perturber.core.session.session import Session
from perturber.engine.frame.attacker import class_number, runner
from perturber.engine.frame.observer import Interest, NetworkInput, to_tensor
from perturber.engine.frame.stage import Stage
from perturber.methods.attributions.base_attribution import Attribution
from perturber.methods.networks.explained import Explained
from perturber.nets.architectures.network import Network

if TYPE_CHECKING:
    from perturber.engine.frame.engine import Engine

KEPT = 8
"""Attributions that are remembered, so that undo and redo cost nothing."""
TARGET, SLOT = "attribution.target", "attribution.slot"


class Explainer:
    """Explains frames; remembers the attributions of the last ones."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._frames: Stage[AttributionResult] = Stage(KEPT)
        self.jobs: Stage[AttributionResult] = Stage(KEPT)

    def interest(self, session: Session) -> Interest | None:
        """What of the frame's own run makes its attribution cheap."""
        explain, method = session.attribution, _method(session.attribution)
        if method is None or not method.cheap:
            return None
        ref = session.models.model(explain.slot)
        return Interest(ref, tap=explain.layer) if method.layered else Interest(ref, slopes=True)

    def of_frame(
        self, session: Session, view: NetworkInput, slots: tuple[SlotResult, ...], strict: bool = False
    ) -> AttributionResult | None:
        """The attribution of the frame observed last; None without one, and for methods that are a job's.

        With ``strict`` an attribution that cannot be had raises its InputError, otherwise the result
        carries the problem.
        """
        explain, method = session.attribution, _method(session.attribution)
        if method is None or not method.cheap:
            return None
        try:
            _check_slot(explain.slot, {result.slot: result for result in slots})
            device = str(self._engine.observer.device)
            # Not the strength of the overlay: moving it computes nothing.
            asked = (explain.slot, explain.target, method, explain.layer)
            key = (view.key, session.models.model(explain.slot), asked, device)
            return self._frames(key, lambda: self._compute(session, method, view))
        except InputError as error:
            if strict:
                raise
            return AttributionResult(explain.slot, _kind(explain), problem=str(error))
        except RuntimeError as error:
            return AttributionResult(explain.slot, _kind(explain), problem=str(error)[:300])
        finally:
            self._engine.observer.release()

    def _compute(self, session: Session, method: Attribution, view: NetworkInput) -> AttributionResult:
        observer, ref = self._engine.observer, session.models.model(session.attribution.slot)
        self._engine.enter("attribution")
        pixels = to_tensor(view.pixels, observer.device) if view.exact is None else view.exact
        explained = begin(session, observer.network(ref), pixels, observer.logits(ref))
        slope = None if method.layered else observer.slope(ref, explained.output)
        explained = replace(explained, seen=observer.activations(ref), gradient=slope)
        return result_of(session.attribution, explained, method.values(explained))


def explain(engine: Engine, session: Session, job: Attribute) -> Iterator[Answer]:
    """The session's attribution by any method, as a job of small steps.

    Raises InputError that names the field: no method, a slot that takes no part, a class or a layer
    that its network does not have.
    """
    wanted, method = session.attribution, _method(session.attribution)
    if method is None:
        raise InputError("attribution.method", "there is none", "a method of attribution")
    models = dict(session.models.items())
    if wanted.slot not in models:
        raise InputError(SLOT, f"{wanted.slot} takes no part", "one of " + ", ".join(models))
    asked = wanted.model_copy(update={"alpha": 1.0})
    key = (PictureKey.of(session), models[wanted.slot].model, asked, str(engine.observer.device))
    known = engine.attributions.jobs.get(key)
    if known is not None:
        yield Answer(1, 1, known)
        return
    while not engine.advance(session):
        yield Answer()
    pixels = engine.frame(session)
    engine.enter("network")
    explained = begin(session, engine.observer.network(models[wanted.slot].model), pixels)
    yield Answer()
    values: Tensor | None = None
    done, total = 0, 1
    for step in method.steps_on(explained):
        done, total, values = step.done, step.total, step.values
        if done < total:
            yield Answer(done, total, partial=None if values is None else result_of(wanted, explained, values))
        engine.enter("network")
    assert values is not None
    found = result_of(wanted, explained, values)
    yield Answer(done, total, engine.attributions.jobs(key, lambda: found), partial=found)


def finish(answers: Iterator[Answer]) -> AttributionResult:
    """The attribution at the end of a job."""
    *_, last = answers
    return cast(AttributionResult, last.value)


def begin(session: Session, network: Network, pixels: Tensor, logits: Tensor | None = None) -> Explained:
    """The question: which class of the network on these pixels, 1×3×H×W. Raises InputError for an unknown class."""
    wanted = session.attribution
    if wanted.target:
        output = class_number(network, wanted.target, TARGET)
    else:
        if logits is None:
            with torch.inference_mode():
                logits = runner(network)(pixels)
        output = int(logits[0].argmax())
    generator = torch.Generator().manual_seed(session.seed)
    return Explained(network, output, pixels, wanted.layer, generator)


def result_of(wanted: Explain, explained: Explained, values: Tensor) -> AttributionResult:
    """What is told of an attribution, H×W."""
    labels, method = explained.network.labels, _method(wanted)
    return AttributionResult(
        slot=wanted.slot,
        kind=_kind(wanted),
        wnid=labels.wnids[explained.output],
        name=labels.names[explained.output],
        values=np.ascontiguousarray(values.detach().float().cpu().numpy()),
        signed=method is not None and method.signed,
    )


def _method(wanted: Explain) -> Attribution | None:
    return None if wanted.method is None else Attribution.of(wanted.method)


def _kind(wanted: Explain) -> str:
    return "" if wanted.method is None else kind_of(type(wanted.method))


def _check_slot(slot: str, answers: Mapping[str, SlotResult]) -> None:
    """Raises InputError when the explained slot takes no part, or its model fails."""
    if slot not in answers:
        raise InputError(SLOT, f"{slot} takes no part", "one of " + ", ".join(answers))
    if answers[slot].problem:
        raise InputError(f"models.{slot}", answers[slot].problem)
