"""Attack many pictures in batches: success rate, distances, strength curves and transfer."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

import torch
from torch import Tensor

from perturber.core.errors import InputError
from perturber.core.evaluation import Prediction
from perturber.core.rates import Rate
from perturber.core.session.picture import clean
from perturber.core.session.session import Session
from perturber.engine.batch.picture_classes import shown_class
from perturber.engine.frame.engine import Engine
from perturber.engine.frame.observer import top_of
from perturber.methods.attacks.base_attack import Bounded, Iterative
from perturber.methods.networks.victim import Victim
from perturber.methods.strength.strength_search import StrengthSearch, changed, distances, walk_steps
from perturber.nets.architectures.network import Network
from perturber.nets.lookup.find import find_class

Inputs = Iterable[tuple[str, Session]]
"""Name and session of each picture."""
AT_ONCE = 16
"""Pictures that are attacked together."""


@dataclass(frozen=True)
class Label:
    """The class a picture shows, and the network's prediction without an attack."""

    picture: str
    wnid: str
    output: int
    """Number of the class among the network's outputs."""
    named: bool
    """The class comes from the picture's name; otherwise it is the network's own top class."""
    before: Prediction
    already: bool = False
    """The network predicts the target class even without an attack."""

    @property
    def counts(self) -> bool:
        """Whether the picture can be attacked: it is classified correctly, and not as the target."""
        return self.before.output == self.output and not self.already


@dataclass(frozen=True)
class AttackRow:
    """The outcome of the attack on one picture."""

    label: Label
    after: Prediction
    fooled: bool
    l2: float
    """Size of the change over all values, for pixels in [0, 1]."""
    linf: float
    """The largest change of any value."""
    l0: int
    """Number of changed pixels."""
    queries: float
    """Pictures the network evaluated, including for gradients; mean over the batch."""
    seconds: float
    """Mean over the batch."""
    steps: int
    """Steps taken by the batch."""
    flat: bool = False
    """The gradient was zero at every step, so that a gradient attack cannot change the picture."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Pictures that are attacked together, all of them classified correctly."""

    labels: tuple[Label, ...]
    pixels: Tensor
    """N×3×224×224 in [0, 1]."""
    victims: Callable[[Tensor], Victim]
    """Make the victim for the pictures with these row numbers."""

    def victim(self) -> Victim:
        return self.victims(torch.arange(len(self.labels), device=self.pixels.device))


@dataclass(frozen=True, eq=False)
class AttackedBatch:
    """The outcome of a batch."""

    rows: tuple[AttackRow, ...]
    before: Tensor
    after: Tensor
    """N×3×224×224 in [0, 1]."""
    victim: Victim


class AttackRun:
    """Attacks pictures with the session's method in the slot under attack.

    Raises InputError for an unusable slot, target or model.
    """

    def __init__(self, engine: Engine, session: Session) -> None:
        self._engine, self.session = engine, clean(session)
        self.method = Iterative.of(session.attack.method)
        slots = dict(session.models.items())
        if session.attack.slot not in slots:
            raise InputError("--slot", f"{session.attack.slot} is not in use", "one of " + ", ".join(slots))
        self.network = self.network_of(session.attack.slot)
        target = session.attack.target
        self.target = find_class(self.network, target, "--target") if target else None
        self.labels: list[Label] = []
        """One label for each picture seen so far."""

    def network_of(self, slot: str) -> Network:
        """Return the network in a slot."""
        return self._engine.observer.network(self.session.models.model(slot))

    def batches(self, inputs: Inputs) -> Iterator[Batch]:
        """Yield the correctly classified pictures in batches of `AT_ONCE`. Raises InputError for an unreadable picture.

        A universal attack gets all pictures in one batch, since they share one change.
        """
        waiting: list[tuple[Label, Tensor]] = []
        for name, session in inputs:
            pixels = self._engine.frame(clean(session))
            label = self._label(name, pixels)
            self.labels.append(label)
            if label.counts:
                waiting.append((label, pixels))
            if len(waiting) == AT_ONCE and not self.method.is_universal:
                yield self._batch(waiting)
                waiting = []
        if waiting:
            yield self._batch(waiting)

    def attacked(self, batch: Batch) -> AttackedBatch:
        """Run the attack on a batch for all planned steps, or until it ends by itself."""
        began, victim = perf_counter(), batch.victim()
        last = deque(enumerate(walk_steps(self.method, victim, batch.pixels), start=1), maxlen=1)
        steps, reached = last[0] if last else (0, batch.pixels)
        seconds, queries = (v / len(batch.labels) for v in (perf_counter() - began, victim.queries))
        logits = logits_of(self.network, reached)
        change = reached - batch.pixels
        l2, linf = (distances(change, norm).tolist() for norm in ("l2", "linf"))
        touched = (change != 0).any(1).flatten(1).sum(1).tolist()
        flipped = victim.fooled(logits).tolist()  # without a change it is no success
        fooled = [flips and pixels > 0 for flips, pixels in zip(flipped, touched, strict=True)]
        flat = victim.flat.tolist()
        rows = tuple(
            AttackRow(
                label,
                top_of(self.network, logits[[n]])[0],
                fooled[n],
                l2[n],
                linf[n],
                touched[n],
                queries,
                seconds,
                steps,
                flat[n],
            )
            for n, label in enumerate(batch.labels)
        )
        return AttackedBatch(rows, batch.pixels, reached, victim)

    def rounded(self, attacked: AttackedBatch) -> int:
        """Return how many of the successes still fool the network after rounding to 8 bits."""
        written = attacked.after.mul(255).round().div(255)
        flipped = attacked.victim.fooled(logits_of(self.network, written)) & changed(attacked.before, written)
        return sum(row.fooled and flips for row, flips in zip(attacked.rows, flipped.tolist(), strict=True))

    def searched(self, batch: Batch, sizes: Sequence[float], precision: float | None) -> StrengthSearch:
        """Attack with growing sizes; with ``precision`` also bisect to the smallest size for each picture."""
        search = StrengthSearch(Bounded.of(self.method), batch.victims, batch.pixels, unfooled=True)
        for _ in search.curve(sizes):
            pass
        for _ in search.bisect(precision) if precision is not None else ():
            pass
        return search

    def _label(self, name: str, pixels: Tensor) -> Label:
        before = top_of(self.network, logits_of(self.network, pixels))[0]
        shown = shown_class(self.network.labels, name)
        output = before.output if shown is None else shown
        wnid = self.network.labels.wnids[output]
        return Label(name, wnid, output, shown is not None, before, before.output == self.target)

    def _batch(self, waiting: Sequence[tuple[Label, Tensor]]) -> Batch:
        labels = tuple(label for label, _ in waiting)
        goals = [label.output if self.target is None else self.target for label in labels]

        def victims(rows: Tensor) -> Victim:
            return self._engine.attacks.victim(self.session, *(goals[row] for row in rows.tolist()))

        return Batch(labels, torch.cat([pixels for _, pixels in waiting]), victims)


def logits_of(network: Network, pixels: Tensor) -> Tensor:
    """Compute the logits, N×classes in float32, without gradients."""
    with torch.inference_mode():
        return network.logits(pixels).float()


@dataclass(frozen=True)
class Carried:
    """How one slot's attacks transfer to another slot's network."""

    attacked: str
    judging: str
    pictures: int
    """Pictures that both networks classify correctly."""
    fooled: int
    flat: Rate
    """Attacked pictures whose gradient was zero at every step."""


def carried(engine: Engine, session: Session, inputs: Callable[[], Inputs]) -> Iterator[Carried]:
    """Attack each slot's network and test the result on all of them: yield the transfer matrix cell by cell.

    A picture counts if both networks classify it correctly. `Labels.matching` compares the classes of two networks.
    """
    slots = [name for name, _ in session.models.items()]
    for attacked in slots:
        run = AttackRun(engine, _on(session, attacked))
        counts, rows = dict.fromkeys(slots, (0, 0)), list[AttackRow]()
        for batch in run.batches(inputs()):
            found = run.attacked(batch)
            rows += found.rows
            for judging, (shown, fooled) in counts.items():
                more, worse = _judged(run, judging, batch, found.after)
                counts[judging] = shown + more, fooled + worse
        flat = Rate(sum(row.flat for row in rows), len(rows))
        yield from (Carried(attacked, judging, n, fooled, flat) for judging, (n, fooled) in counts.items())


def _judged(run: AttackRun, judging: str, batch: Batch, after: Tensor) -> tuple[int, int]:
    """Return how many pictures a network classifies correctly, and how many of these fool it after the attack."""
    network, labels, target = run.network_of(judging), run.network.labels, run.target
    goal = None if target is None else network.labels.matching(labels, target)
    shown = {row: network.labels.matching(labels, label.output) for row, label in enumerate(batch.labels)}
    known = {row: output for row, output in shown.items() if output is not None}
    if not known:
        return 0, 0
    before, now = batch.pixels[list(known)], after[list(known)]
    own = Victim(network.logits, torch.tensor(list(known.values()), device=before.device))
    correct = ~own.fooled(logits_of(network, before))
    if target is None:
        fooled = own.fooled(logits_of(network, now))
    elif goal is None:
        fooled = correct & False
    else:
        fooled = Victim(network.logits, torch.full_like(own.goal, goal), targeted=True).fooled(logits_of(network, now))
    return int(correct.sum()), int((fooled & correct & changed(before, now)).sum())


def _on(session: Session, slot: str) -> Session:
    return session.model_copy(update={"attack": session.attack.model_copy(update={"slot": slot})})
