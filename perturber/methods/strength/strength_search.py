"""How strong an attack has to be: success against epsilon, and the smallest epsilon, picture by picture.

Accuracy against epsilon as in Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks", 2018: an
attack inside a smaller ball is one inside every larger ball, too, so the best so far counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import cast

import torch
from torch import Tensor

from perturber.core.session.attack import Norm
from perturber.methods.attacks.base_attack import Bounded, Iterative
from perturber.methods.networks.victim import Victim

Victims = Callable[[Tensor], Victim]
"""The victim of some of N pictures, from their numbers. Every call begins with the same random numbers."""
HALVINGS = 10
"""How far below the smallest size that is tried first the search goes on."""


def walked(method: Iterative, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
    """The pictures N×3×H×W after each of the planned steps."""
    return islice(method.steps_on(victim, pixels), method.planned)


def distances(change: Tensor, norm: Norm) -> Tensor:
    """N sizes of changes N×3×H×W, in float64."""
    flat = change.flatten(1).double()
    return cast(Tensor, flat.norm(dim=1)) if norm == "l2" else flat.abs().amax(1)


def doublings(high: float, points: int) -> tuple[float, ...]:
    """So many sizes, each twice the one before, up to ``high``."""
    return tuple(high / 2 ** (points - 1 - number) for number in range(points))


@dataclass(frozen=True, eq=False)
class Point:
    """Results of attacks of one size on N pictures."""

    epsilon: float
    fooled: Tensor
    """N bools."""
    probability: Tensor
    """Of the class to be left or reached, N."""


class StrengthSearch:
    """Looks for the smallest attack on each of N pictures, step by step.

    ``pixels`` are N×3×H×W in [0, 1]. `curve` and `bisect` yield after every step of an attack; what is
    found so far can be read at any time. ``thorough`` attacks every picture at every size of the
    curve; otherwise a picture that is fooled is not attacked at a larger size.
    """

    def __init__(self, method: Bounded, victims: Victims, pixels: Tensor, thorough: bool = False) -> None:
        self._method, self._victims, self._pixels, self._thorough = method, victims, pixels, thorough
        victim = victims(torch.arange(len(pixels), device=pixels.device))
        with torch.no_grad():
            logits = victim.logits(pixels)
        fooled = victim.fooled(logits)
        self._loss = victim.loss_of(logits)
        self.smallest = torch.full((len(pixels),), torch.inf, dtype=torch.float64, device=pixels.device)
        """N sizes that are known to suffice; infinite where none is."""
        self.smallest[fooled] = 0
        self.failed = torch.zeros_like(self.smallest)
        """N sizes below those that are known not to suffice."""
        self.points = [Point(0.0, fooled, _probability(victim, logits))]
        """The curve so far; it begins without an attack."""
        self.queries = victim.queries
        """Pictures that the network was asked about so far."""
        self.attacks = 0
        """Attacks that are through."""

    def curve(self, sizes: Sequence[float]) -> Iterator[None]:
        """Attack at every size, smallest first."""
        everyone = torch.ones_like(self.smallest, dtype=torch.bool)
        for epsilon in sorted(sizes):
            before = self.points[-1]
            probability = before.probability.clone()
            rows = (everyone if self._thorough else self.smallest.isinf()).nonzero().flatten()
            yield from self._attack(epsilon, rows, probability)
            self.points.append(Point(epsilon, self.smallest <= epsilon, probability))

    def bisect(self, precision: float) -> Iterator[None]:
        """Close in on the smallest size of every picture for which the curve found one that suffices.

        What suffices then exceeds what does not by less than a share of ``precision``.
        """
        floor = min((point.epsilon for point in self.points[1:]), default=0.0) / 2**HALVINGS
        while True:
            low, high = self.failed, self.smallest
            open_ = high.isfinite() & (high > low * (1 + precision)) & (high > floor)
            if not open_.any():
                return
            middle = torch.where(low > 0, (low * high).sqrt(), high / 2)
            epsilon = float(middle[open_][0])
            yield from self._attack(epsilon, (open_ & (middle == epsilon)).nonzero().flatten())

    def _attack(self, epsilon: float, rows: Tensor, probability: Tensor | None = None) -> Iterator[None]:
        """Attack some of the pictures, note what came of it, and put the best ``probability`` so far into its place."""
        if not len(rows):
            return
        victim, reached = self._victims(rows), self._pixels[rows]
        for picture in walked(self._method.with_epsilon(epsilon), victim, self._pixels[rows]):
            reached = picture
            yield
        with torch.no_grad():
            logits = victim.logits(reached)
        self.queries, self.attacks = self.queries + victim.queries, self.attacks + 1
        fooled, loss = victim.fooled(logits), victim.loss_of(logits)
        better = loss > self._loss[rows]
        if probability is not None:
            probability[rows[better]] = _probability(victim, logits)[better]
            self._loss[rows[better]] = loss[better]
        self.smallest[rows] = torch.where(fooled, self.smallest[rows].clamp(max=epsilon), self.smallest[rows])
        failed = ~fooled & (epsilon < self.smallest[rows])
        self.failed[rows] = torch.where(failed, self.failed[rows].clamp(min=epsilon), self.failed[rows])


def minimal_epsilon(
    method: Bounded, victims: Victims, pixels: Tensor, high: float, *, precision: float = 0.05, points: int = 8
) -> Tensor:
    """The smallest epsilon up to ``high`` at which each of N pictures is fooled, in float64; infinite where none is."""
    search = StrengthSearch(method, victims, pixels)
    for _ in search.curve(doublings(high, points)):
        pass
    for _ in search.bisect(precision):
        pass
    return search.smallest


def curve(method: Bounded, victims: Victims, pixels: Tensor, sizes: Sequence[float]) -> list[Point]:
    """Results on N pictures without an attack and under attacks of growing size."""
    search = StrengthSearch(method, victims, pixels)
    for _ in search.curve(sizes):
        pass
    return search.points


def transfer(method: Iterative, victims: Mapping[str, Victims], pixels: Tensor) -> dict[tuple[str, str], Tensor]:
    """Which of N pictures attacked for one network fool another: N bools by (attacked, judging)."""
    everyone = torch.arange(len(pixels), device=pixels.device)
    found = {}
    for attacked, made in victims.items():
        picture = method.after(made(everyone), pixels, method.planned)
        for judging, other in victims.items():
            judge = other(everyone)
            with torch.no_grad():
                found[attacked, judging] = judge.fooled(judge.logits(picture))
    return found


def _probability(victim: Victim, logits: Tensor) -> Tensor:
    """Of the class to be left or reached, N."""
    return logits.softmax(1).gather(1, victim.goal[:, None])[:, 0]
