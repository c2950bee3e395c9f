"""Measure how strong the session's attack must be to succeed, and how it transfers, as jobs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import ceil, isfinite, log, log1p, log2

import torch
from torch import Tensor

from perturber.core.errors import InputError, PerturberError
from perturber.core.evaluation import Prediction
from perturber.core.jobs.job import Answer
from perturber.core.jobs.strength import MeasureStrength, SlotStrength, Strength, Transfer, TransferCell, TransferMatrix
from perturber.core.session.attack import Norm
from perturber.core.session.models import ModelRef
from perturber.core.session.picture import clean
from perturber.core.session.session import Session
from perturber.engine.frame.attacker import FLAT
from perturber.engine.frame.engine import Engine
from perturber.engine.frame.observer import label_of, top_of
from perturber.engine.jobs.workbench import Workbench
from perturber.methods.attacks.base_attack import Bounded, Iterative
from perturber.methods.networks.victim import Victim
from perturber.methods.strength.strength_search import Point, StrengthSearch, distances, doublings, walk_steps
from perturber.nets.architectures.network import Network
from perturber.nets.lookup.find import find_class

WIDER = 4
"""Default upper bound of the sizes to try, as a multiple of the method's epsilon."""


@dataclass(frozen=True, eq=False)
class _Frame:
    """The clean frame and the session, with each slot's predictions and victims."""

    engine: Engine
    session: Session
    pixels: Tensor
    """1×3×224×224."""

    @property
    def method(self) -> Iterative:
        return Iterative.of(self.session.attack.method)

    def network(self, slot: str) -> Network:
        return self.engine.observer.network(self.session.models.model(slot))

    def answer(self, slot: str, pixels: Tensor) -> Tensor:
        """Compute a slot's logits, 1×classes."""
        with torch.inference_mode():
            return self.network(slot).logits(pixels).float()

    def top(self, slot: str, logits: Tensor) -> Prediction:
        return top_of(self.network(slot), logits)[0]

    def victim(self, slot: str, goal: int) -> Victim:
        attack = self.session.attack.model_copy(update={"slot": slot})
        return self.engine.attacks.victim(self.session.model_copy(update={"attack": attack}), goal)

    def goal(self, slot: str) -> int:
        """Return the number of the class to reach (targeted) or of the top class to move away from (untargeted)."""
        if self.session.attack.target:
            return find_class(self.network(slot), self.session.attack.target, "attack.target")
        return int(self.answer(slot, self.pixels).argmax())


def _frame(engine: Engine, session: Session) -> _Frame:
    before = clean(session)
    pixels = engine.frame(before)
    engine.enter("network")
    return _Frame(engine, before, pixels)


def measure_strength(bench: Workbench, session: Session, job: MeasureStrength) -> Iterator[Answer]:
    """Attack each slot's network with growing sizes, then bisect to the smallest, one attack step at a time.

    Raises InputError for a frame that cannot be rendered, or an epsilon of 0.
    """
    frame, ball = _frame(bench.engine, session), session.attack.method.ball
    high = 0.0 if ball is None else job.high or WIDER * ball.epsilon
    norm: Norm = "l2" if ball is None else ball.norm
    if ball is not None and high == 0:
        raise InputError("attack.method.epsilon", "epsilon is 0, so there is no attack to measure", "more than 0")
    slots = session.models.items()
    each = job.points + _rounds(job.precision) if high else 1
    total = len(slots) * each
    found = {name: SlotStrength(name, label_of(slot.model)) for name, slot in slots}
    done: dict[ModelRef, SlotStrength] = {}
    for number, (name, slot) in enumerate(slots):
        try:
            for attacks, measured in _measured(frame, found[name], job, high) if slot.model not in done else ():
                news, found[name] = measured is not found[name], measured
                partial = Strength(norm, session.attack.target, high, tuple(found.values())) if news else None
                yield Answer(number * each + min(attacks, each), total, partial=partial)
        except PerturberError as error:
            found[name] = replace(found[name], problem=str(error))
        found[name] = replace(done.get(slot.model, found[name]), slot=name, finished=True)
        done[slot.model] = found[name]
    value = Strength(norm, session.attack.target, high, tuple(found.values()))
    yield Answer(total, total, value, partial=value)


def _rounds(precision: float) -> int:
    """Return the number of bisections from an interval of factor 2 to the relative precision."""
    return max(ceil(log2(log(2) / log1p(precision))), 0)


def _measured(
    frame: _Frame, begun: SlotStrength, job: MeasureStrength, high: float
) -> Iterator[tuple[int, SlotStrength]]:
    """Yield after each attack step on a slot the number of finished attacks and the result so far."""
    method, slot = frame.method, begun.slot
    goal = frame.goal(slot)
    begun = replace(begun, original=frame.top(slot, frame.answer(slot, frame.pixels)))
    if not isinstance(method, Bounded):
        yield from _measured_once(frame, begun, goal)
        return
    search = StrengthSearch(method, lambda rows: frame.victim(slot, goal), frame.pixels, thorough=True)
    shown, attacks = _shown(begun, search.points, search), 0
    for _ in chain(search.curve(doublings(high, job.points)), search.bisect(job.precision)):
        if search.attacks != attacks:
            shown, attacks = _shown(begun, search.points, search), search.attacks
        yield attacks, shown
    yield search.attacks, _shown(begun, search.points, search)


def _shown(begun: SlotStrength, points: Sequence[Point], search: StrengthSearch) -> SlotStrength:
    smallest = float(search.smallest[0])
    return replace(
        begun,
        epsilons=tuple(point.epsilon for point in points),
        probabilities=tuple(float(point.probability[0]) for point in points),
        fooled=tuple(bool(point.fooled[0]) for point in points),
        minimal=smallest if isfinite(smallest) else None,
        failed=float(search.failed[0]),
        notice=FLAT if search.flat[0] else "",
    )


def _measured_once(frame: _Frame, begun: SlotStrength, goal: int) -> Iterator[tuple[int, SlotStrength]]:
    """Measure a method that minimizes the change itself: run one attack and report the size of its change."""
    victim, picture = frame.victim(begun.slot, goal), frame.pixels
    for reached in walk_steps(frame.method, victim, frame.pixels):
        picture = reached
        yield 0, begun
    answers = [frame.answer(begun.slot, pixels) for pixels in (frame.pixels, picture)]
    size, fooled = float(distances(picture - frame.pixels, "l2")[0]), [bool(victim.fooled(a)[0]) for a in answers]
    fooled[1] &= size > 0
    yield (
        1,
        replace(
            begun,
            epsilons=(0.0, size),
            probabilities=tuple(float(answer.softmax(1)[0, goal]) for answer in answers),
            fooled=tuple(fooled),
            minimal=0.0 if fooled[0] else size if fooled[1] else None,
            failed=0.0,
            notice=FLAT if victim.flat.any() else "",
        ),
    )


def transfer(bench: Workbench, session: Session, job: Transfer) -> Iterator[Answer]:
    """Attack each slot's network and test the result on all of them, one attack step at a time.

    Raises InputError for a frame that cannot be rendered.
    """
    frame = _frame(bench.engine, session)
    slots = {name: label_of(slot.model) for name, slot in session.models.items()}
    method = frame.method
    norm: Norm = "l2" if method.ball is None else method.ball.norm
    cells: dict[tuple[str, str], TransferCell] = {}
    sizes: dict[str, float] = {}
    problems: dict[str, str] = {}
    notices: dict[str, str] = {}

    def matrix() -> TransferMatrix:
        names = tuple(slots.values())
        return TransferMatrix(tuple(slots), names, norm, dict(sizes), dict(cells), dict(problems), dict(notices))

    for number, attacked in enumerate(slots):
        picture = frame.pixels
        try:
            victim = frame.victim(attacked, frame.goal(attacked))
            for reached in walk_steps(method, victim, frame.pixels):
                picture = reached
                yield Answer(number, len(slots))
        except PerturberError as error:
            problems[attacked] = str(error)
            continue
        if victim.flat.any():
            notices[attacked] = FLAT
        sizes[attacked] = float(distances(picture - frame.pixels, norm)[0])
        for judging in slots:
            try:
                cells[attacked, judging] = _cell(frame, judging, picture)
            except PerturberError as error:
                problems[judging] = str(error)
            yield Answer(number + 1, len(slots), partial=matrix())
    yield Answer(len(slots), len(slots), matrix(), partial=matrix())


def _known_target(frame: _Frame, judging: str) -> int | None:
    """Return the number of the session's target class, or None where a network does not know it."""
    try:
        return frame.goal(judging)
    except InputError:
        return None


def _cell(frame: _Frame, judging: str, picture: Tensor) -> TransferCell:
    """Return one network's predictions for a picture that attacks another."""
    before, now = (frame.answer(judging, pixels) for pixels in (frame.pixels, picture))
    original, top = frame.top(judging, before), frame.top(judging, now)
    chances, targeted = now.softmax(1)[0], bool(frame.session.attack.target)
    goal = _known_target(frame, judging) if targeted else None
    return TransferCell(
        fooled=not top.same(original) and (not targeted or top.output == goal),
        original=original,
        after=float(chances[int(before[0].argmax())]),
        top=top,
        target=None if goal is None else float(chances[goal]),
    )
